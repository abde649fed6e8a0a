import Foundation
import Locking
import TestSupport
import Testing

/// Pipelined requests and answers of random sizes and framings, cut at random places, with every byte compared.
@Suite("Mixed traffic, through the running gateway")
struct MixedTrafficTests {
    private static let requestSizes = [0, 0, 1, 100, 4_096, 5_000, 60_000, 66_000, 200_000]
    private static let answerSizes = [0, 1, 100, 4_000, 4_097, 65_536, 70_000, 300_000]
    private static let cuts = [1, 3, 50, 1_000, 4_096, 20_000, 65_536, 1_000_000]

    /// One request, as its target tells the upstream.
    private struct Exchange {
        var requestSize: Int
        var isChunkedRequest: Bool
        var answerSize: Int
        var isChunkedAnswer: Bool

        init(_ numbers: inout SeededGenerator) {
            requestSize = MixedTrafficTests.requestSizes.randomElement(using: &numbers) ?? 0
            isChunkedRequest = .random(using: &numbers)
            answerSize = MixedTrafficTests.answerSizes.randomElement(using: &numbers) ?? 0
            isChunkedAnswer = .random(using: &numbers)
        }

        init?(target: String) {
            let numbers = target.split(separator: "/").last?.split(separator: "-").compactMap { Int($0) } ?? []
            guard numbers.count == 4 else { return nil }
            (requestSize, isChunkedRequest) = (numbers[0], numbers[1] == 1)
            (answerSize, isChunkedAnswer) = (numbers[2], numbers[3] == 1)
        }

        var request: [UInt8] {
            let name = "\(requestSize)-\(isChunkedRequest ? 1 : 0)-\(answerSize)-\(isChunkedAnswer ? 1 : 0)"
            let head = "POST /api/v1/rec/\(name) HTTP/1.1\r\nHost: a\r\n"
            return Array(head.utf8) + BodyPattern.framed(requestSize, isChunked: isChunkedRequest)
        }

        func answer(isRight: Bool) -> [UInt8] {
            let head = "HTTP/1.1 200 OK\r\nX-Right: \(isRight)\r\n"
            return Array(head.utf8) + BodyPattern.framed(answerSize, isChunked: isChunkedAnswer)
        }
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32, _ numbers: inout SeededGenerator) {
        var rest = bytes[...]
        while let cut = cuts.randomElement(using: &numbers), !rest.isEmpty {
            guard Loopback.send(descriptor, Array(rest.prefix(cut))) else { return }
            rest = rest.dropFirst(cut)
        }
    }

    @Test("whatever the sizes, framings and pieces, every body arrives unchanged both ways")
    func unchanged() throws {
        let seed = SeededGenerator.forTest().seed
        let upstream = try RecordingUpstream { peer in
            peer.isRecording = false
            var numbers = SeededGenerator(seed: seed &+ UInt64(peer.number))
            while let message = peer.message(), let exchange = Exchange(target: message.target) {
                let isRight = message.body == BodyPattern.bytes(exchange.requestSize)
                Self.send(exchange.answer(isRight: isRight), to: peer.descriptor, &numbers)
            }
        }
        let gateway = try GatewayProcess("pool: { max_idle: 2 }\n" + GatewayProcess.cells(["rec": upstream.port]))
        let faults = Locked<[String]>([])
        onThreads(6, count: 60) { index in
            var numbers = SeededGenerator(seed: seed &+ UInt64(1_000 + index))
            let exchanges = (0..<Int.random(in: 1...4, using: &numbers)).map { _ in Exchange(&numbers) }
            let fault = Self.run(exchanges, port: gateway.port, &numbers)
            if let fault { faults.withLock { $0.append("\(index): \(fault)") } }
        }
        #expect(faults.withLock { $0 }.isEmpty)
    }

    /// Sends all at once on one connection, from another thread, and reads the answers.
    ///
    /// - Returns: What went wrong.
    private static func run(_ exchanges: [Exchange], port: Int, _ numbers: inout SeededGenerator) -> String? {
        guard let connection = try? HTTPConnection(port: port, timeoutSeconds: 20) else { return "no connection" }
        let bytes = exchanges.flatMap(\.request)
        let seed = numbers.next()
        let descriptor = connection.descriptor
        let sent = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var numbers = SeededGenerator(seed: seed)
            send(bytes, to: descriptor, &numbers)
            sent.signal()
        }
        defer {
            shutdown(descriptor, Int32(SHUT_RDWR))
            sent.wait()
        }
        for exchange in exchanges {
            guard let reply = connection.receive() else { return "\(exchange): no answer, \(connection.ending)" }
            guard reply.status == 200, reply.header("X-Right") == "true" else {
                return "\(exchange): the request's body differs, \(reply.status)"
            }
            guard reply.isComplete, reply.body == BodyPattern.bytes(exchange.answerSize) else {
                return "\(exchange): the answer's body differs"
            }
        }
        return nil
    }
}
