import Foundation
import Testing

@testable import Gateway

@Suite struct ConfigurationDocumentTests {
    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let file = root.appendingPathComponent("docs/CONFIGURATION.md")

    @Test func `the document shows the table of keys as the parser has it`() throws {
        let begin = "<!-- gateway keys: written by `gateway check --keys` -->\n"
        let end = "<!-- end of gateway keys -->"
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let start = try #require(text.range(of: begin))
        let stop = try #require(text.range(of: end))
        #expect(String(text[start.upperBound..<stop.lowerBound]) == GatewayConfiguration.markdown())
    }

    @Test func `the example of the environment has every variable once, with a value that is accepted`() throws {
        let example = Self.root.appendingPathComponent("deploy/.env.example")
        let text = try String(contentsOf: example, encoding: .utf8)
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let assignment = line.drop { $0 == "#" }
            guard let equals = assignment.firstIndex(of: "="), !assignment.hasPrefix(" ") else { continue }
            let name = String(assignment[..<equals])
            #expect(values.updateValue(String(assignment[assignment.index(after: equals)...]), forKey: name) == nil)
        }
        #expect(Set(values.keys) == Set(GatewayConfiguration.environmentNames))
        for (name, value) in values where name != "GATEWAY_GOVERNANCE_MODE" {
            #expect(throws: Never.self, "\(name)=\(value)") {
                try GatewayConfiguration.load(path: nil, environment: [name: value])
            }
        }
    }

    @Test func `every key has a meaning and a name of its own`() {
        let settings = GatewayConfiguration.table.settings
        #expect(Set(settings.map(\.key)).count == settings.count)
        #expect(settings.allSatisfy { !$0.summary.isEmpty && !$0.unit.isEmpty })
        let names = GatewayConfiguration.environmentNames
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.hasPrefix("GATEWAY_") || $0 == "GOVERNANCE_URL" })
    }

    @Test func `every documented default is what an empty file gives`() throws {
        let yaml = GatewayConfiguration().effectiveYAML()
        #expect(try GatewayConfiguration.parse(yaml, file: "defaults") == GatewayConfiguration())
    }
}
