import CurlHTTP
import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("ConfigurationCheck")
struct ConfigurationCheckTests {
    private func configuration(_ directory: TemporaryDirectory) -> ShipperConfiguration {
        var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.jsonl")])]
        configuration.outputs = [
            .init(name: "out", type: .ndjson, url: "https://user:pass@logs.example/push?token=abc&x")
        ]
        return configuration
    }

    @Test("a directory of an archive that cannot be made is a problem before anything is read")
    func archiveDirectory() throws {
        let directory = try TemporaryDirectory("check")
        var configuration = configuration(directory)
        configuration.outputs = [.init(name: "archive", type: .file, url: "")]
        for (path, isFine) in [(directory.file("new/deep"), true), ("/dev/null/archive", false)] {
            configuration.outputs[0].file.directory = path
            let problems = ConfigurationCheck(configuration).problems
            #expect(problems.isEmpty == isFine, "\(problems)")
            let says = problems.contains { $0.contains("output archive: directory") && $0.contains("/dev/null") }
            #expect(says != isFine)
        }
    }

    @Test("it tells tenants, odd lines and times, and shows the first request with its secrets masked")
    func report() throws {
        let directory = try TemporaryDirectory("check")
        try directory.write(
            "{\"tenant\":\"acme\",\"ts\":\"2026-01-02T03:04:05Z\",\"n\":1}\n{\"tenant\":\"acme\"}\nno JSON\n\n{\"n\":1}\n",
            to: "a.jsonl")
        try directory.write("secret-token\n", to: "token")
        var configuration = configuration(directory)
        configuration.outputs[0].credentials = .bearer(token: nil, tokenFile: directory.file("token"))
        configuration.outputs[0].headers = [("X-Api-Key", "12345"), ("X-Team", "blue")]
        let check = ConfigurationCheck(configuration)
        #expect(check.problems.isEmpty, "\(check.problems)")
        let text = check.lines.joined(separator: "\n")
        for line in [
            "1 files match", "a.jsonl 87 B, from its beginning", "4 lines looked at: 1 with a time, 3 without",
            "1 of kind empty", "1 of kind not_json", "1 of kind tenant_missing", "2 tenants:", "acme 2 lines",
            "_none 2 lines", "first request: POST https://***@logs.example/push?token=***&x",
            "Authorization: Bearer ***", "X-Api-Key: ***", "X-Team: blue", "X-Tenant-Id: ",
        ] {
            #expect(text.contains(line), "\(line) is missing in\n\(text)")
        }
        for secret in ["secret-token", "12345", "pass", "abc"] { #expect(!text.contains(secret)) }
        let object = try JSONSerialization.jsonObject(with: Data(check.json.utf8)) as? [String: Any]
        #expect(object?["fine"] as? Bool == true)
        let input = try #require((object?["inputs"] as? [[String: Any]])?.first)
        #expect(input["lines"] as? Int == 4 && input["with_time"] as? Int == 1)
        // Nothing was written.
        #expect(!FileManager.default.fileExists(atPath: directory.file("state")))
    }

    @Test("compressed files are looked into, also when they have several members, but not where that is off")
    func compressed() throws {
        let directory = try TemporaryDirectory("check")
        let codec = try GzipCodec.make(level: 1)
        var bytes: [UInt8] = []
        for tenant in ["a", "b"] {
            let output = GrowableBytes()
            let lines = Array(String(repeating: "{\"tenant\":\"\(tenant)\"}\n", count: 3).utf8)
            try lines.withUnsafeBytes { try codec.compress($0, into: output) }
            bytes += Array(output.bytes)
        }
        try Data(bytes).write(to: URL(fileURLWithPath: directory.file("old.jsonl")))
        var configuration = configuration(directory)
        let check = ConfigurationCheck(configuration)
        #expect(check.problems.isEmpty, "\(check.problems)")
        #expect(check.inputs[0].ranked(check.tenants).map(\.lines) == [3, 3])
        #expect(check.lines.contains("  1 of these files are compressed"))
        #expect(ConfigurationCheck(configuration, lines: 4).inputs[0].lines == 4)
        // Half of it is no reason for alarm: it may still be being written.
        try Data(bytes.prefix(bytes.count - 6)).write(to: URL(fileURLWithPath: directory.file("old.jsonl")))
        #expect(ConfigurationCheck(configuration).problems.isEmpty)
        bytes[20] ^= 0xff
        try Data(bytes).write(to: URL(fileURLWithPath: directory.file("old.jsonl")))
        #expect(ConfigurationCheck(configuration).problems.count == 1)
        configuration.inputs[0].compression = .none
        #expect(ConfigurationCheck(configuration).inputs[0].compressedFiles == 0)
    }

    @Test("lines are joined to records as they are when shipping")
    func records() throws {
        let directory = try TemporaryDirectory("check")
        try directory.write(
            "{\"tenant\":\"a\"}\n2026-01-01 one\n  at x\r\n  at y\n2026-01-02 two\n2026-01-03 three\n  at z\n",
            to: "a.jsonl")
        var configuration = configuration(directory)
        configuration.inputs[0].multiline = .init(start: "^(\\d{4}-|\\{)")
        let check = ConfigurationCheck(configuration)
        #expect(check.inputs[0].lines == 4 && check.inputs[0].joined == 2)
        #expect(check.lines.contains("  2 of them are records of several lines"))
        let start = String(decoding: try #require(check.previews[0]).start, as: UTF8.self)
        #expect(start.hasPrefix("{\"message\":\"2026-01-01 one\\n  at x\\n  at y\"}\n2026-01-02 two\n"), "\(start)")
        #expect(ConfigurationCheck(configuration, lines: 2).inputs[0].lines == 2)
        configuration.outputs[0].type = .loki
        let plain = try #require(ConfigurationCheck(configuration).previews[0])
        #expect(String(decoding: plain.start, as: UTF8.self).contains("\"2026-01-01 one\\n  at x\\n  at y\""))
        configuration.inputs[0].multiline?.maxLines = 2
        #expect(ConfigurationCheck(configuration).inputs[0].lines == 5)
    }

    @Test("only so many lines are looked at, over all files of an input")
    func limit() throws {
        let directory = try TemporaryDirectory("check")
        for name in ["a", "b", "c"] {
            try directory.write(String(repeating: "{\"tenant\":\"\(name)\"}\n", count: 10), to: "\(name).jsonl")
        }
        let check = ConfigurationCheck(configuration(directory), lines: 15)
        #expect(check.inputs[0].lines == 15)
        #expect(check.inputs[0].ranked(check.tenants).map(\.name) == ["a", "b"])
        #expect(ConfigurationCheck(configuration(directory), lines: 0).lines.contains("  no line to show a request of"))
    }

    @Test("what would keep it from working is a problem: secrets, certificates and a state directory out of reach")
    func problems() throws {
        let directory = try TemporaryDirectory("check")
        try directory.write("{\"tenant\":\"a\"}\n", to: "a.jsonl")
        var configuration = configuration(directory)
        configuration.outputs[0].credentials = .basic(user: "u", password: nil, passwordFile: "/absent/password")
        configuration.outputs[0].tls.caFile = "/absent/ca.pem"
        let problems = ConfigurationCheck(configuration).problems.joined(separator: "\n")
        #expect(problems.contains("output out: read /absent/password"))
        #expect(problems.contains("output out: cannot read /absent/ca.pem"))
        #expect(problems.contains("output out: cannot read /absent/password"))
    }

    @Test("a file that a checkpoint knows begins where it says, for each output its own")
    func positions() throws {
        let directory = try TemporaryDirectory("check")
        let path = try directory.write("{\"tenant\":\"a\"}\n", to: "a.jsonl")
        var configuration = configuration(directory)
        configuration.outputs.append(.init(name: "two", type: .ndjson, url: "http://x/"))
        let sighting = try #require(FileShell.look(at: path))
        let state = configuration.directory(of: "two")
        try StateDirectory.create(state)
        let file = RememberedFile(
            identity: sighting.identity, path: path, fingerprint: Fingerprint(head: []), front: 9, marker: .empty,
            isInsideLongLine: false, pending: ["a": 4], lastSeenSeconds: 0)
        try CheckpointStore(directory: state).save(Checkpoint(sequence: 0, routing: 0, files: [file]))
        let text = ConfigurationCheck(configuration).lines.joined(separator: "\n")
        #expect(text.contains("out from its beginning; two from offset 9, 1 tenants from 4"), "\(text)")
    }
}
