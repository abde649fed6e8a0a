import Foundation
import PromQL
import TestSupport
import Testing

@testable import AlertRules

/// promtool and this implementation over generated files, right ones and wrong ones.
@Suite(.enabled(if: Tool.path(of: "promtool") != nil, "promtool is not installed"))
struct GeneratedAgreementTests {
    private static let files = 200

    /// A file, and what was done to it.
    private struct Sample {
        var path: String
        var mutations: [FileMutation]
    }

    @Test("Generated files have the same verdict and the same failures in both")
    func agreement() throws {
        var random = SeededGenerator.forTest()
        // GATEHOUSE_KEEP names a folder in which the files stay, to look into a disagreement.
        let kept = ProcessInfo.processInfo.environment["GATEHOUSE_KEEP"]
        let folder = try TemporaryDirectory()
        let samples = try (0..<GeneratedAgreementTests.files).map { try write($0, to: folder, &random) }
        var options = UnitTestRunner.Options()
        options.compatibility = .prometheus2
        let ours = try UnitTestRunner(options: options).run(files: samples.map(\.path))
        let promtool = try #require(Tool.path(of: "promtool"))
        var theirs: [PromtoolBatch.Verdict] = []
        for first in stride(from: 0, to: samples.count, by: 40) {
            theirs += try PromtoolBatch(promtool, samples[first..<min(samples.count, first + 40)].map(\.path)).verdicts
        }
        let passed = theirs.count(where: \.isPassed)
        var disagreements: [String] = []
        for (sample, (mine, their)) in zip(samples, zip(ours, theirs)) {
            guard let difference = difference(mine, their) else { continue }
            let name = sample.path.split(separator: "/").last ?? ""
            disagreements.append("\(name) \(sample.mutations): \(difference)")
        }
        if let kept { try FileManager.default.copyItem(atPath: folder.path, toPath: kept) }
        print("\(samples.count) files: promtool passes \(passed), \(disagreements.count) disagreements")
        #expect(disagreements.isEmpty, "\(disagreements.joined(separator: "\n"))")
        #expect(passed > 60 && passed < 140)
    }

    /// Every third file stays as it was found; a tenth of the others is broken twice.
    private func write(
        _ index: Int, to folder: TemporaryDirectory, _ random: inout SeededGenerator
    ) throws -> Sample {
        var file = try GeneratedFile(&random, ruleFile: "rules-\(index).yml")
        var mutations: [FileMutation] = []
        if index % 3 != 0 {
            for _ in 0..<(random.oneIn(10) ? 2 : 1) {
                guard let mutation = FileMutation.allCases.randomElement(using: &random) else { continue }
                mutation.apply(to: &file, &random)
                mutations.append(mutation)
            }
        }
        try folder.write(file.rules.joined(separator: "\n") + "\n", to: "rules-\(index).yml")
        let path = try folder.write(file.lines.joined(separator: "\n") + "\n", to: "test-\(index).yml")
        return Sample(path: path, mutations: mutations)
    }

    /// The verdicts, and where tests ran, what stands in the first line of each failure; the whole text where nothing
    /// but values differs.
    private func difference(_ mine: UnitTestReport, _ theirs: PromtoolBatch.Verdict) -> String? {
        if mine.isPassed != theirs.isPassed {
            return "ours \(mine.isPassed ? "passes" : "fails"): \(mine.failures)\ntheirs: \(theirs.complaint)"
        }
        guard mine.errors.isEmpty else { return nil }
        let messages = mine.cases.flatMap { $0.failures.map(\.message) }
        // promtool goes on after some errors in input series, with what it could read.
        if messages.contains(where: { $0.contains(".yml:") }) { return nil }
        let isAboutValues = !messages.contains { $0.contains(" err: ") || !$0.hasPrefix("    ") }
        let own = isAboutValues ? messages.joined(separator: "\n") : heads(of: messages.joined(separator: "\n"))
        let their = isAboutValues ? theirs.complaint : heads(of: theirs.complaint)
        return normalised(own) == normalised(their) ? nil : "ours:\n\(own)\ntheirs:\n\(their)"
    }

    /// promtool leaves the order of samples with equal labels to chance.
    private func normalised(_ text: String) -> [[String]] {
        text.trimmingCharacters(in: .newlines).components(separatedBy: "\n").map {
            $0.components(separatedBy: ": {").flatMap { $0.components(separatedBy: ", {") }.sorted()
        }
    }

    private func heads(of text: String) -> String {
        text.split(separator: "\n").filter { line in
            ["name: ", "alertname: ", "expr: ", "rule: "].contains { line.hasPrefix("    " + $0) }
        }.map { $0.components(separatedBy: " err: ")[0] }.joined(separator: "\n")
    }
}
