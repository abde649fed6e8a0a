import Foundation
import TestSupport
import Testing

@testable import AlertRules

/// docs/ALERT_RULES.md's files are run.
@Suite("The document about rule tests")
struct AlertRulesDocumentTests {
    private struct Block {
        var language: String
        var lines: [String]

        /// The name behind `# file:`, without what is said about it.
        var file: String? {
            guard let first = lines.first, first.hasPrefix("# file: ") else { return nil }
            return first.dropFirst(8).split(separator: " ").first.map(String.init)
        }

        var text: String { lines.joined(separator: "\n") }
    }

    private func document() throws -> String {
        try String(contentsOfFile: "\(Places.packageRoot)/docs/ALERT_RULES.md", encoding: .utf8)
    }

    private func blocks() throws -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        for line in try document().components(separatedBy: "\n") {
            if let block = open {
                if line == "```" {
                    blocks.append(block)
                    open = nil
                } else {
                    open?.lines.append(line)
                }
            } else if line.hasPrefix("```") {
                open = Block(language: String(line.dropFirst(3)), lines: [])
            }
        }
        return blocks
    }

    @Test("its tests pass and fail as it says, with the text that it shows")
    func files() throws {
        let blocks = try blocks()
        let folder = try TemporaryDirectory()
        for block in blocks { if let name = block.file { try folder.write(block.text, to: name) } }
        var seen = 0
        for (index, block) in blocks.enumerated() {
            guard let name = block.file, block.text.contains("\ntests:") else { continue }
            let failures = try UnitTestRunner().run(file: folder.file(name)).failures
                .map { $0.replacingOccurrences(of: folder.path + "/", with: "") }
            let isMeantToFail = block.lines[0].hasSuffix("(fails)")
            #expect(failures.isEmpty != isMeantToFail, "\(name): \(failures.joined(separator: "\n"))")
            if isMeantToFail { #expect(failures.joined(separator: "\n") == blocks[index + 1].text) }
            seen += 1
        }
        #expect(seen >= 3)
    }

    @Test("it names every key that the files may have")
    func keys() throws {
        let document = try document()
        for key in [
            "rule_files", "evaluation_interval", "group_eval_order", "fuzzy_compare", "tests", "name", "interval",
            "start_timestamp", "input_series", "series", "values", "repeat", "alert_rule_test", "promql_expr_test",
            "external_labels", "external_url", "eval_time", "alertname", "exp_alerts", "exp_alerts_subset", "exp_state",
            "never_fires", "exp_labels", "exp_annotations", "expr", "exp_samples", "labels", "value", "histogram",
        ] {
            #expect(document.contains("`\(key)`") || document.contains("`\(key): "), "\(key)")
        }
    }
}
