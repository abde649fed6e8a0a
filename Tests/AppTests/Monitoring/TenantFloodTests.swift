import Foundation
import TestSupport
import Testing

/// Made-up tenants against the program itself: what it keeps of them is bounded.
///
/// 100,000 of them here; `GATEHOUSE_FLOOD=1000000` sends the million of the acceptance line, for which a release build
/// is the right one.
@Suite("A flood of made-up tenants")
struct TenantFloodTests {
    private static var count: Int {
        ProcessInfo.processInfo.environment["GATEHOUSE_FLOOD"].flatMap { Int($0) } ?? 100_000
    }

    @Test("costs the gateway less than 32 MiB; its page stays valid and below the bound it stated")
    func flood() throws {
        let count = Self.count
        let yaml = "tenancy: { provisioned: [acme] }\n" + GatewayProcess.cells(["erp": 9_001])
        let gateway = try GatewayProcess(yaml)
        let bound = try Self.statedPageBytes(gateway.accessLogFile)
        var flood = try Flood(port: gateway.port, connections: 4, seed: SeededGenerator.forTest(seed: 47))
        defer { flood.close() }
        let warm = 5_000
        #expect(flood.send(warm) == warm)
        _ = try gateway.metrics()
        let before = try Self.residentBytes(gateway.child.pid)
        #expect(flood.send(count) == count)
        let growth = try Self.residentBytes(gateway.child.pid) - before
        print("\(count) made-up tenants: resident \(before) bytes before, \(growth) more after")
        #expect(growth < 32 << 20)

        // A provisioned tenant whose first request comes now has its name.
        #expect(try gateway.send("GET", "/api/v1/none/x", headers: [("X-Tenant-Id", "acme")]).status == 404)
        let page = try Self.settledPage(gateway)
        try Self.judge(page, requests: count + warm)
        #expect(page.text.utf8.count < min(bound, 1 << 20), "\(bound)")
    }

    /// The bound of the page that the gateway logs when it starts.
    private static func statedPageBytes(_ log: String) throws -> Int {
        var bound: Int?
        _ = eventually(within: 10) {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            bound = text.firstMatch(of: /[^_]page_bytes"?[:=]"?([0-9]+)/).flatMap { Int($0.1) }
            return bound != nil
        }
        return try #require(bound)
    }

    /// The page when the event loops have told what they saw, which they do every second.
    private static func settledPage(_ gateway: GatewayProcess) throws -> MetricsPage {
        var page = try gateway.metrics()
        _ = eventually(within: 10) {
            if let newer = try? gateway.metrics() { page = newer }
            return page.sum("gateway_metrics_overflow_total", ["label": "tenant"])
                == page.sum("gateway_requests_total", ["tenant": "_other"])
        }
        return page
    }

    private static func judge(_ page: MetricsPage, requests: Int) throws {
        var sums: [String: Double] = [:]
        for sample in page.matching("gateway_requests_total", [:]) {
            sums[sample.labels["tenant"] ?? "", default: 0] += sample.value
        }
        #expect(sums.removeValue(forKey: "acme") == 1)
        sums.removeValue(forKey: "_none")
        let other = sums.removeValue(forKey: "_other") ?? 0
        // Of 200 places the first 100 go to whoever comes first; all ids differ, so each has one request.
        #expect(sums.count == 100 && sums.values.allSatisfy { $0 == 1 }, "\(sums.count)")
        #expect(other == Double(requests - 100))
        #expect(page.sum("gateway_metrics_overflow_total", ["label": "tenant"]) == other)
        print("page: \(page.text.utf8.count) bytes, \(page.samples.count) samples")
        if let promtool = Tool.path(of: "promtool") {
            let folder = try TemporaryDirectory("flood")
            let file = try folder.write(page.text, to: "page")
            let outcome = try ChildProcess.run("/bin/sh", ["-c", "\"$0\" check metrics < \"$1\"", promtool, file])
            #expect(outcome.status == 0, "\(outcome)")
        }
    }

    /// What the kernel says a process has in memory.
    private static func residentBytes(_ pid: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
        return try #require(kilobytes) * 1024
    }
}

/// Pipelined requests of an unknown cell, each of another tenant, over a few connections.
private struct Flood {
    private let descriptors: [Int32]
    private var random: SeededGenerator
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private static let batch = 100
    private static let digits = Array("0123456789abcdef".utf8)

    init(port: Int, connections: Int, seed: SeededGenerator) throws {
        descriptors = try (0..<connections).map { _ in try Loopback.connect(port: port) }
        random = seed
    }

    func close() { for descriptor in descriptors { Glibc.close(descriptor) } }

    /// Sends so many and returns how many answers of status 404 came; gives up at the first that doesn't come.
    mutating func send(_ count: Int) -> Int {
        var answered = 0
        while answered < count {
            var open: [(Int32, Int)] = []
            var left = count - answered
            for descriptor in descriptors where left > 0 {
                let size = min(Self.batch, left)
                guard Loopback.send(descriptor, requests(size)) else { return answered }
                open.append((descriptor, size))
                left -= size
            }
            for (descriptor, size) in open {
                guard receive(descriptor, size) else { return answered }
                answered += size
            }
        }
        return answered
    }

    private mutating func requests(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * 96)
        for _ in 0..<count {
            bytes += "GET /api/v1/none/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: ".utf8
            let id = random.next()
            for digit in 0..<16 { bytes.append(Self.digits[Int(id >> UInt64(4 * digit) & 15)]) }
            bytes += "\r\n\r\n".utf8
        }
        return bytes
    }

    /// Reads until so many answers have begun; what is left of the last one is read with the next batch.
    private mutating func receive(_ descriptor: Int32, _ count: Int) -> Bool {
        let mark = Array("HTTP/1.1 404".utf8)
        var seen = 0
        var kept = 0
        while seen < count {
            let room = buffer.count - kept
            let got = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress.map { $0 + kept }, room, 0) }
            guard got > 0 else { return false }
            let end = kept + got
            var position = 0
            buffer.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                while position < end, let hit = memchr(base + position, Int32(mark[0]), end - position) {
                    let start = UnsafeRawPointer(hit) - base
                    guard end - start >= mark.count else { break }
                    let isMark = memcmp(hit, mark, mark.count) == 0
                    seen += isMark ? 1 : 0
                    position = start + (isMark ? mark.count : 1)
                }
            }
            // A mark may be cut in two.
            let tail = max(position, end - mark.count + 1)
            kept = end - tail
            for offset in 0..<kept { buffer[offset] = buffer[tail + offset] }
        }
        return true
    }
}
