import Foundation
import Locking
import TestSupport
import Testing

@Suite(
    "The big list of naughty strings, at the running gateway",
    .enabled(if: Conformance.isPresent, "\(Conformance.absence)"))
struct NaughtyStringTests {
    /// Where the string stands in a request.
    enum Place: String, CaseIterable, Sendable {
        case agent, path, tenant

        func request(_ text: String, id: String) -> [UInt8] {
            let path = self == .path ? NaughtyStringTests.encoded(text) : "x"
            let tenant = self == .tenant ? text : "acme"
            let agent = self == .agent ? text : "test"
            return Array(
                """
                GET /api/v1/rec/\(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Request-Id: \(id)\r\n\
                X-Tenant-Id: \(tenant)\r\nUser-Agent: \(agent)\r\n\r\n
                """.utf8)
        }
    }

    @Test("each leaves one line of valid JSON, wherever it stands in a request", arguments: Place.allCases)
    func lines(_ place: Place) throws {
        let strings = try JSONDecoder().decode([String].self, from: Data(Conformance.bytes("http/blns/blns.json")))
        #expect(strings.count == 515)
        let upstream = try RecordingUpstream()
        let gateway = try GatewayProcess(CaseBench.defaults + GatewayProcess.cells(["rec": upstream.port]))
        let answers = Locked([String: Reply]())
        onThreads(4, count: strings.count) { index in
            guard let connection = try? HTTPConnection(port: gateway.port) else { return }
            connection.send(place.request(strings[index], id: "n\(index)"))
            guard let reply = connection.receive() else { return }
            answers.withLock { $0[reply.header("X-Request-Id") ?? ""] = reply }
        }
        let replies = answers.withLock { $0 }
        #expect(replies.count == strings.count)
        #expect(replies.values.allSatisfy { [200, 400].contains($0.status) })
        let lines = try lines(gateway, count: strings.count)
        #expect(lines.count == strings.count)
        for line in lines {
            let id = try #require(line.requestID)
            #expect(line.status == replies[id]?.status, "\(id)")
            guard line.status == 200, let text = Int(id.dropFirst()).map({ strings[$0] }) else { continue }
            check(line, text, at: place)
        }
    }

    /// All lines once there are so many, each parsed by itself.
    private func lines(_ gateway: GatewayProcess, count: Int) throws -> [AccessLine] {
        let bytes = { FileManager.default.contents(atPath: gateway.accessLogFile) ?? Data() }
        #expect(eventually { AccessLine.parse(String(decoding: bytes(), as: UTF8.self)).count >= count })
        let all = bytes()
        #expect(!all.contains { $0 < 32 && $0 != 10 })
        return try all.split(separator: 10).map { try JSONDecoder().decode(AccessLine.self, from: $0) }
            .filter { $0.event == "access" }
    }

    /// What was served is written as it was sent, but for spaces around it and what is too long.
    private func check(_ line: AccessLine, _ text: String, at place: Place) {
        switch place {
        case .agent:
            let sent = text.trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
            let logged = line.userAgent ?? ""
            #expect(line.truncated == true ? sent.utf8.starts(with: logged.utf8) : sent.utf8.elementsEqual(logged.utf8))
        case .path: #expect(line.path == "/api/v1/rec/" + Self.encoded(text) || line.truncated == true)
        case .tenant: #expect(line.tenant == text)
        }
    }

    fileprivate static func encoded(_ text: String) -> String {
        text.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
