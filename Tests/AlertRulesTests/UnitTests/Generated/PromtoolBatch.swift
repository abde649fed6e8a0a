import Foundation
import TestSupport

/// What promtool said about several files in one process, which is one start of it instead of many.
struct PromtoolBatch {
    /// What it said about one file.
    struct Verdict: Equatable {
        var isPassed: Bool
        /// What stands on stderr below `FAILED:`.
        var complaint: String
    }

    /// In the order of the files.
    private(set) var verdicts: [Verdict] = []

    init(_ promtool: String, _ paths: [String]) throws {
        let result = try ChildProcess.run(promtool, ["test", "rules"] + paths, within: 120)
        let outputs = PromtoolBatch.pieces(of: result.output, head: "Unit Testing:  ")
        if result.status == 0 || result.status == 1, outputs.count == paths.count {
            var complaints = PromtoolBatch.pieces(of: result.error, head: "  FAILED:\n")[...]
            for output in outputs {
                let isPassed = output.contains("\n  SUCCESS\n")
                verdicts.append(Verdict(isPassed: isPassed, complaint: isPassed ? "" : complaints.popFirst() ?? ""))
            }
        } else if paths.count > 1 {
            // It went down over one of them: ask about each alone.
            for path in paths { verdicts += try PromtoolBatch(promtool, [path]).verdicts }
        } else {
            verdicts = [Verdict(isPassed: result.status == 0, complaint: result.error)]
        }
    }

    private static func pieces(of text: String, head: String) -> [String] {
        text.components(separatedBy: head).dropFirst().map { piece in
            piece.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("  WARNING:") }
                .joined(separator: "\n")
        }
    }
}
