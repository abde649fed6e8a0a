import Foundation
import Locking
import Synchronization
import TestSupport
import Testing

@testable import LogShipper

/// Offers lines as a sender does.
private func offer(_ hub: TapHub, _ lines: [String], output: String = "loki", tenant: String = "acme") {
    hub.offer(output: output, tenant: tenant) { body in
        for line in lines {
            let bytes = Array(line.utf8)
            bytes.withUnsafeBytes { body($0) }
        }
    }
}

@Suite("Tap")
struct TapTests {
    private func text(_ stream: TapStream, now: Int64 = 0) -> String? {
        guard case .piece(let bytes) = stream.next(now, orCall: {}) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("nobody watches, nothing is kept; whoever watches sees what fits the filter")
    func filters() throws {
        let hub = TapHub()
        #expect(!hub.isOpen)
        offer(hub, ["before"])
        var filter = TapFilter()
        filter.tenant = "acme"
        filter.output = "loki"
        filter.grep = Array("needle".utf8)
        let stream = try #require(hub.open(filter))
        #expect(hub.isOpen)
        offer(hub, ["a needle", "nothing", "needl", "needle", "needneedle", ""])
        offer(hub, ["needle of another"], tenant: "other")
        offer(hub, ["needle elsewhere"], output: "splunk")
        #expect(text(stream) == "loki acme a needle\nloki acme needle\nloki acme needneedle\n")
        #expect(text(stream) == nil)
        stream.cancel()
        #expect(!hub.isOpen)
    }

    @Test("a slow reader misses lines, and is told how many; the buffer stays bounded")
    func bounded() throws {
        let hub = TapHub()
        let stream = try #require(hub.open(TapFilter()))
        let line = String(repeating: "x", count: 1000)
        for _ in 0..<100 { offer(hub, Array(repeating: line, count: 10)) }
        let shown = try #require(text(stream))
        #expect(shown.utf8.count < TapStream.bufferBytes + 20_000)
        let lines = shown.split(separator: "\n")
        let missing = try #require(lines.last?.firstMatch(of: /^# ([0-9]+) lines left out/).flatMap { Int($0.1) })
        #expect(lines.count - 1 + missing == 1000)
    }

    @Test("JSON has one object a line; long lines are cut; bytes that are no text are replaced")
    func json() throws {
        let hub = TapHub()
        var filter = TapFilter()
        filter.isJSON = true
        let stream = try #require(hub.open(filter))
        offer(hub, ["\u{1b}[2J\"", String(repeating: "y", count: 100_000)])
        let lines = try #require(text(stream)).split(separator: "\n")
        let first = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: String]
        #expect(first == ["output": "loki", "tenant": "acme", "line": "\u{1b}[2J\""])
        let second = try JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: Any]
        #expect(second?["cut"] as? Bool == true)
    }

    @Test("it ends at its limit, says an empty line when nothing happens, and calls when something does")
    func ends() throws {
        let hub = TapHub()
        var filter = TapFilter()
        filter.limit = 3
        let stream = try #require(hub.open(filter))
        let calls = Atomic<Int>(0)
        let now = Clock.monotonicNanos()
        #expect(stream.next(now, orCall: { calls.add(1, ordering: .relaxed) }) == .wait)
        #expect(text(stream, now: now + TapStream.idleNanos + 1_000_000_000) == "\n")
        offer(hub, ["1", "2", "3", "4", "5"])
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(text(stream) == "loki acme 1\nloki acme 2\nloki acme 3\n")
        #expect(stream.next(orCall: {}) == .end)
    }

    @Test("only so many may watch at a time")
    func many() throws {
        let hub = TapHub()
        let streams = try (0..<TapHub.maxStreams).map { _ in try #require(hub.open(TapFilter())) }
        #expect(hub.open(TapFilter()) == nil)
        streams[0].cancel()
        #expect(hub.open(TapFilter()) != nil)
    }

    @Test("a filter survives its way through a query, and nonsense is refused")
    func query() {
        var filter = TapFilter()
        filter.tenant = "a&b=c%"
        filter.output = "loki"
        filter.grep = [0, 0xff, 0x20, 0x2b]
        filter.isJSON = true
        filter.limit = 7
        #expect(TapFilter(query: filter.query) == filter)
        #expect(TapFilter(query: nil) == TapFilter())
        for bad in ["x=1", "limit=0", "limit=-1", "limit=x", "format=xml", "grep=%", "grep=%zz"] {
            #expect(TapFilter(query: bad) == nil, "\(bad)")
        }
    }

    @Test("only a client on this machine may watch")
    func local() {
        func v6(_ last: [UInt8]) -> [UInt8] { Array(repeating: 0, count: 16 - last.count) + last }
        #expect(PeerAddress.isLoopback(v6: v6([1])))
        #expect(PeerAddress.isLoopback(v6: v6([0xff, 0xff, 127, 0, 0, 9])))
        for other in [[2], [0xff, 0xff, 10, 0, 0, 1], [0], [1, 0], [127, 0, 0, 1]] as [[UInt8]] {
            #expect(!PeerAddress.isLoopback(v6: v6(other)))
        }
        #expect(!PeerAddress.isLoopback(-1))
    }

    @Test("lines come through the listener as they leave, and the end of the client ends the tap")
    func listener() throws {
        let hub = TapHub()
        let server = try OpsServer(try #require(ListenAddress("127.0.0.1:0"))) { request in
            guard let filter = TapFilter(query: request.query), let stream = hub.open(filter) else {
                return .whole(OpsResponse(status: 503, body: []))
            }
            return .tap(stream)
        }
        try server.start()
        defer { server.stop() }
        var configuration = ShipperConfiguration(stateDirectory: "/absent")
        configuration.opsListen = "127.0.0.1:\(server.port)"
        let isDone = Atomic<Bool>(false)
        let offering = try PlatformThread(name: "offer") {
            while !isDone.load(ordering: .acquiring) {
                if hub.isOpen { offer(hub, ["one", "two"]) }
                usleep(1000)
            }
        }
        var seen = ""
        try TapRequest(configuration, TapFilter()).run { piece in
            seen += String(decoding: piece, as: UTF8.self)
            return seen.count < 200
        }
        #expect(seen.hasPrefix("loki acme one\nloki acme two\n"))
        #expect(eventually { !hub.isOpen })
        var filter = TapFilter()
        filter.limit = 2
        seen = ""
        try TapRequest(configuration, filter).run { piece in
            seen += String(decoding: piece, as: UTF8.self)
            return true
        }
        #expect(seen == "loki acme one\nloki acme two\n")
        isDone.store(true, ordering: .releasing)
        offering.join()
    }
}
