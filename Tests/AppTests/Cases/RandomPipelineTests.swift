import Foundation
import Locking
import TestSupport
import Testing

/// What reaches the cell of random pipelines is what the plain model says, however the bytes are cut.
@Suite("Random pipelines, through the running gateway")
struct RandomPipelineTests {
    /// How a client cuts its bytes.
    private enum Cut: Int, CaseIterable {
        case whole
        case twice
        case bytewise
    }

    private static let batch = 250

    @Test("the upstream records what the model says, and the client is answered as often")
    func pipelines() throws {
        let count = ProcessInfo.processInfo.environment["GATEHOUSE_PIPELINES"].flatMap { Int($0) } ?? 750
        let seed = SeededGenerator.forTest().seed
        let upstream = try RecordingUpstream()
        // No time limit ends what the model waits for.
        let gateway = try GatewayProcess(
            "timeouts: { head: 60s, body: 60s, idle: 60s }\noverload: { max_refused_percent: 0 }\n"
                + GatewayProcess.cells(["rec": upstream.port]))
        var faults: [String] = []
        var forwarded = 0
        for first in stride(from: 0, to: count, by: Self.batch) where faults.isEmpty {
            let numbers = first..<min(count, first + Self.batch)
            faults = Self.run(numbers, seed, gateway.port, upstream)
            forwarded += upstream.messages.count
            upstream.forget()
        }
        print("\(count) pipelines in three cuts, \(forwarded) requests at the upstream")
        #expect(forwarded > count)
        #expect(faults.isEmpty, "\(faults.prefix(5).joined(separator: "\n"))")
    }

    private static func run(_ numbers: Range<Int>, _ seed: UInt64, _ port: Int, _ upstream: RecordingUpstream)
        -> [String]
    {
        let faults = Locked<[String]>([])
        let expected = Locked<[PipelineModel.Request: Int]>([:])
        onThreads(8, count: numbers.count * Cut.allCases.count) { index in
            let number = numbers.lowerBound + index / Cut.allCases.count
            guard let cut = Cut(rawValue: index % Cut.allCases.count) else { return }
            var maker = PipelineMaker(seed: seed &+ UInt64(number))
            let bytes = maker.pipeline(cell: "rec", mark: "\(number)-\(cut)")
            let model = PipelineModel(bytes, cell: "rec")
            expected.withLock { for request in model.requests { $0[request, default: 0] += 1 } }
            guard let fault = send(bytes, cut, at: number &* 7_919, model, port) else { return }
            faults.withLock { $0.append("pipeline \(number), \(cut): \(fault)\n\(text(bytes))") }
        }
        // What was cut off by the client's end must be over, or its bytes would count as the next batch's.
        if !eventually({ !upstream.isWaiting }) { return ["half a message is left open at the upstream"] }
        var seen: [PipelineModel.Request: Int] = [:]
        for message in upstream.messages where message.isComplete {
            let body = message.body
            seen[.init(method: message.method, target: message.target, body: body), default: 0] += 1
            if !message.isCanonical { faults.withLock { $0.append("\(message)") } }
        }
        let wanted = expected.withLock { $0 }
        for (request, count) in seen where wanted[request] != count {
            faults.withLock { $0.append("the upstream has \(count) instead of \(wanted[request] ?? 0): \(request)") }
        }
        for (request, count) in wanted where seen[request] == nil {
            faults.withLock { $0.append("the upstream has 0 instead of \(count): \(request)") }
        }
        return faults.withLock { $0 }
    }

    /// Sends a pipeline and reads the answers; says what differs from the model.
    private static func send(
        _ bytes: [UInt8], _ cut: Cut, at cutPlace: Int, _ model: PipelineModel, _ port: Int
    ) -> String? {
        guard let connection = try? HTTPConnection(port: port, timeoutSeconds: 30) else { return "no connection" }
        switch cut {
        case .whole: connection.send(bytes)
        case .twice:
            let place = cutPlace % bytes.count
            connection.send(Array(bytes[..<place]))
            usleep(1_000)
            connection.send(Array(bytes[place...]))
        case .bytewise:
            for byte in bytes { if !connection.send([byte]) { break } }
        }
        var received: [UInt8] = []
        while Self.answers(received).count < model.answers.count {
            let part = connection.receivePart()
            if part.isEmpty { break }
            received += part
        }
        if model.ending == .ended, connection.receiveEnding() == .open { return "the connection stays open" }
        let answers = Self.answers(received).map { $0 == 200 ? 200 : 400 }
        return answers == model.answers ? nil : "answers \(Self.answers(received)) instead of \(model.answers)"
    }

    /// The statuses of all final answers.
    private static func answers(_ bytes: [UInt8]) -> [Int] {
        let start = Array("HTTP/1.1 ".utf8)
        var rest = bytes[...]
        var found: [Int] = []
        while let range = rest.firstRange(of: start) {
            rest = rest[range.upperBound...]
            let digits = rest.prefix(3)
            if digits.count == 3, rest.dropFirst(3).first == 32,
                let status = Int(String(decoding: digits, as: UTF8.self)),
                status >= 200
            {
                found.append(status)
            }
        }
        return found
    }

    private static func text(_ bytes: [UInt8]) -> String {
        bytes.map {
            $0 == 13
                ? "\\r"
                : $0 == 10
                    ? "\\n\n"
                    : Character(Unicode.Scalar($0)).isASCII && $0 >= 32 && $0 < 127
                        ? String(Character(Unicode.Scalar($0))) : "\\x" + String($0, radix: 16)
        }.joined()
    }
}
