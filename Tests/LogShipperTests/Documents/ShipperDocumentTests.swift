import Foundation
import TestSupport
import Testing

@testable import LogShipper

/// Holds docs/LOG_SHIPPER.md and deploy/log-shipper against the program.
@Suite("The log-shipper's documents")
struct ShipperDocumentTests {
    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Places.packageRoot)/\(path)", encoding: .utf8)
    }

    /// The fenced blocks of a language.
    static func blocks(_ language: String, in text: String) -> [String] {
        text.components(separatedBy: "```\(language)\n").dropFirst().map {
            $0.components(separatedBy: "\n```")[0] + "\n"
        }
    }

    /// The text of a block scalar under a key, without its indentation.
    static func scalar(_ key: String, in text: String) -> String? {
        let lines = text.components(separatedBy: "\n")
        guard let start = lines.firstIndex(where: { $0.hasSuffix("\(key): |") }) else { return nil }
        let indent = lines[start].prefix { $0 == " " }.count + 2
        let body = lines[(start + 1)...].prefix { $0.isEmpty || $0.prefix(indent).allSatisfy { $0 == " " } }
        return body.map { String($0.dropFirst(indent)) }.joined(separator: "\n") + "\n"
    }

    @Test(
        "every configuration in the documents is one",
        arguments: ["docs/LOG_SHIPPER.md", "docs/CONFIGURATION-shipper.md"])
    func examples(_ path: String) throws {
        let blocks = Self.blocks("yaml", in: try Self.text(path)).filter { $0.contains("state_dir:") }
        #expect(!blocks.isEmpty)
        for block in blocks { _ = try ShipperConfiguration.parse(block, file: path) }
    }

    @Test("the deployed configurations are ones", arguments: ["kubernetes-sidecar.yaml", "kubernetes-node-agent.yaml"])
    func deployed(_ name: String) throws {
        let block = try #require(Self.scalar("shipper.yaml", in: try Self.text("deploy/log-shipper/\(name)")))
        #expect(block.contains("outputs:"))
        _ = try ShipperConfiguration.parse(block, file: name)
        let plain = try Self.text("deploy/log-shipper/shipper.yaml")
        let configuration = try ShipperConfiguration.parse(plain, environment: ["SHIPPER_OUTPUT_URL": "http://other/"])
        #expect(configuration.outputs[0].url == "http://other/")
    }

    @Test("the example of the environment has every variable, and no others")
    func environment() throws {
        let lines = try Self.text("deploy/log-shipper/.env.example").split(separator: "\n")
        let names = lines.filter { $0.hasPrefix("#SHIPPER_") }.map { String($0.dropFirst().prefix { $0 != "=" }) }
        #expect(names.sorted() == ShipperConfiguration.environmentKeys.map(\.variable).sorted())
    }

    @Test("the grace periods are longer than the drains")
    func grace() throws {
        for (name, expected) in [("kubernetes-sidecar.yaml", 60), ("kubernetes-node-agent.yaml", 40)] {
            let text = try Self.text("deploy/log-shipper/\(name)")
            let block = try #require(Self.scalar("shipper.yaml", in: text))
            #expect(text.contains("terminationGracePeriodSeconds: \(expected)"))
            #expect(try ShipperConfiguration.parse(block).drainNanos < Int64(expected) * 1_000_000_000)
        }
    }

    @Test("each of the 80 acceptance cases has a row, and each that is answered has a test of that name")
    func cases() throws {
        let text = try Self.text("docs/LOG_SHIPPER.md")
        var rows: [Int: String] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            if cells.count == 3, let number = Int(cells[0]) { rows[number] = cells[2] }
        }
        #expect(rows.keys.sorted() == Array(1...80))
        let tested = try Self.testedCases()
        for (number, answer) in rows.sorted(by: { $0.key < $1.key }) where !answer.hasPrefix("open") {
            #expect(tested.contains(number), "no test is called 'case \(number): …'")
        }
    }

    static func testedCases() throws -> Set<Int> {
        var found: Set<Int> = []
        let root = "\(Places.packageRoot)/Tests"
        for folder in ["LogShipperTests", "AppTests"] {
            let names = FileManager.default.enumerator(atPath: "\(root)/\(folder)")?.compactMap { $0 as? String } ?? []
            for name in names where name.hasSuffix(".swift") {
                let text = try String(contentsOfFile: "\(root)/\(folder)/\(name)", encoding: .utf8)
                for match in text.matches(of: /"cases? ([0-9, and]+):/) {
                    for number in match.1.split(whereSeparator: { !$0.isNumber }) { found.insert(Int(number) ?? 0) }
                }
            }
        }
        return found
    }
}
