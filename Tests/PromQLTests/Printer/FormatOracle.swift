import Foundation
import TestSupport

/// A running Prometheus, asked how it formats expressions (`/api/v1/format_query`).
///
/// `GATEHOUSE_FORMAT_COUNT` makes the comparison as long as wanted.
final class FormatOracle {
    private let child: ChildProcess
    private let folder: TemporaryDirectory
    private let port: Int

    static var isInstalled: Bool { Tool.path(of: "prometheus") != nil }

    static var soakCount: Int? { ProcessInfo.processInfo.environment["GATEHOUSE_FORMAT_COUNT"].flatMap(Int.init) }

    init() throws {
        guard let program = Tool.path(of: "prometheus") else { throw Absent(what: "prometheus isn't installed") }
        let folder = try TemporaryDirectory("format")
        let port = try Loopback.freePort()
        let file = try folder.write("global: {scrape_interval: 1h}\n", to: "prometheus.yml")
        child = try ChildProcess(
            program,
            [
                "--config.file=\(file)", "--storage.tsdb.path=\(folder.file("data"))",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
            ], directory: folder.path)
        (self.folder, self.port) = (folder, port)
        guard eventually(within: 30, { (try? answer("/-/ready"))?.hasPrefix("HTTP/1.0 200") == true }) else {
            throw Absent(what: "Prometheus doesn't start: \(child.standardError)")
        }
    }

    /// The formatted text; nil where Prometheus refuses the expression.
    func format(_ expression: String) throws -> String? {
        let query = expression.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let reply = try answer("/api/v1/format_query?query=\(query)")
        guard let start = reply.range(of: "\r\n\r\n")?.upperBound else { throw Absent(what: "no answer: \(reply)") }
        struct Answer: Decodable { var data: String? }
        return try JSONDecoder().decode(Answer.self, from: Data(reply[start...].utf8)).data
    }

    private func answer(_ target: String) throws -> String {
        let socket = try Loopback.connect(port: port)
        defer { close(socket) }
        Loopback.send(socket, Array("GET \(target) HTTP/1.0\r\nHost: localhost\r\n\r\n".utf8))
        return String(decoding: Loopback.receiveAll(socket), as: UTF8.self)
    }
}
