import Foundation
import TestSupport
import Testing

/// The commands of docs/LOG_SHIPPER.md, run as they stand there.
@Suite("The commands of the log-shipper's document")
struct ShipperDocumentCommandTests {
    private static func commands() throws -> [String] {
        let path = "\(Places.packageRoot)/docs/LOG_SHIPPER.md"
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("$ log-shipper ") }.map { String($0.dropFirst(14)) }
    }

    @Test("each works with a running shipper")
    func commands() throws {
        let folder = try TemporaryDirectory("documents")
        let receiver = try LogReceiver()
        try folder.write("{\"tenant\":\"acme\",\"ts\":\"2026-01-02T03:04:05Z\",\"m\":\"padding\"}\n", to: "app.jsonl")
        let writing = BackgroundLoop { [path = folder.file("app.jsonl")] _ in
            if let handle = FileHandle(forWritingAtPath: path) {
                handle.seekToEndOfFile()
                handle.write(Data("{\"tenant\":\"acme\",\"m\":\"padding\"}\n".utf8))
                try? handle.close()
            }
            usleep(20_000)
        }
        defer { writing.stop() }
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: receiver.url)
        let commands = try Self.commands()
        #expect(commands.count >= 10)
        for command in commands where !command.hasPrefix("run ") {
            let words = command.replacingOccurrences(of: " --config shipper.yaml", with: "").split(separator: " ")
            let result = try shipper.command(words.map(String.init))
            #expect(result.status == 0, "\(command): \(result.error)")
            #expect(!result.output.isEmpty, "\(command)")
        }
    }
}
