import Foundation
import Locking
import TestSupport

/// A destination of logs that unpacks every accepted request and counts each line it gets.
final class LogReceiver: Sendable {
    /// What became of a request.
    enum Answer: Sendable {
        case accept
        case refuse(Int, retryAfter: Int? = nil)
    }

    /// One line, as often as it came.
    struct Arrival: Sendable {
        /// The starts of the sender that sent it, by its header ``LogReceiver/startHeader``.
        var starts: [Int] = []
    }

    /// Tells which start of the sender a request is from.
    static let startHeader = "X-Start"

    private struct State {
        var arrivals: [String: Arrival] = [:]
        var faults: [String] = []
    }

    private let state = Locked(State())
    private let stub = Locked<HTTPStub?>(nil)
    private let answer: @Sendable (Int) -> Answer
    let port: Int

    /// - Parameter answer: Decides over the n-th request.
    init(_ answer: @escaping @Sendable (Int) -> Answer = { _ in .accept }) throws {
        self.answer = answer
        port = try Loopback.freePort()
        try start()
    }

    deinit { stop() }

    /// Where to POST.
    var url: String { "http://127.0.0.1:\(port)/logs" }

    /// Listens again after ``stop()``.
    func start() throws {
        let count = Locked(0)
        let stub = try HTTPStub(port: port) { [weak self] request in
            let number = count.withLock { value in
                defer { value += 1 }
                return value
            }
            return self?.receive(request, number) ?? .hangUp
        }
        self.stub.withLock { $0 = stub }
    }

    /// Refuses connections from now on.
    func stop() { stub.withLock { $0 }?.stop() }

    /// The different lines so far.
    var distinctLines: Int { state.withLock { $0.arrivals.count } }

    /// Every line with its arrivals.
    var arrivals: [String: Arrival] { state.withLock { $0.arrivals } }

    /// Requests that could not be unpacked, or mixed tenants.
    var faults: [String] { state.withLock { $0.faults } }

    private func receive(_ request: StubRequest, _ number: Int) -> StubResponse {
        if case .refuse(let status, let retryAfter) = answer(number) {
            return .status(status, headers: retryAfter.map { [("Retry-After", "\($0)")] } ?? [])
        }
        do {
            let isPacked = request.header("Content-Encoding")?.lowercased() == "gzip"
            let body = isPacked ? try gunzip(request.body) : request.body
            let start = request.header(Self.startHeader).flatMap(Int.init) ?? 0
            let lines = body.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
            state.withLock { state in
                for line in lines { state.arrivals[line, default: Arrival()].starts.append(start) }
                if body.last != 10 { state.faults.append("the last line isn't ended") }
                if Set(lines.map(Self.tenant)).count > 1 { state.faults.append("tenants are mixed in one request") }
            }
        } catch {
            state.withLock { $0.faults.append("\(error)") }
        }
        return .status(204)
    }

    /// The value of the key "tenant" of a line that this suite or the gateway wrote.
    static func tenant(_ line: String) -> String {
        guard let key = line.firstRange(of: "\"tenant\":\"") else { return "" }
        return String(line[key.upperBound...].prefix { $0 != "\"" })
    }
}
