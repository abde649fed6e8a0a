/// The difference of two texts in `diff -u`'s form.
public enum LineDiff {
    /// Hunks with three lines around each change; empty when the texts are equal.
    public static func unified(_ old: String, _ new: String, path: String) -> String {
        if old == new { return "" }
        let (left, right) = (lines(old), lines(new))
        let script = script(left, right, LineMatching(left, right))
        return "--- \(path)\n+++ \(path)\n" + hunks(script).map(text).joined()
    }

    private struct Step {
        var mark: Character
        var line: Substring
        var old: Int
        var new: Int
    }

    /// Every line with its end; the last one may have none.
    private static func lines(_ text: String) -> [Substring] {
        var found: [Substring] = []
        var rest = text[...]
        while !rest.isEmpty {
            let end = rest.utf8.firstIndex(of: UInt8(ascii: "\n")).map { rest.utf8.index(after: $0) } ?? rest.endIndex
            found.append(rest[..<end])
            rest = rest[end...]
        }
        return found
    }

    private static func script(_ left: [Substring], _ right: [Substring], _ matching: LineMatching) -> [Step] {
        var steps: [Step] = []
        var (old, new) = (0, 0)
        while old < left.count || new < right.count {
            if old < left.count, !matching.keptOld[old] {
                steps.append(Step(mark: "-", line: left[old], old: old, new: new))
                old += 1
            } else if new < right.count, !matching.keptNew[new] {
                steps.append(Step(mark: "+", line: right[new], old: old, new: new))
                new += 1
            } else {
                guard old < left.count, new < right.count else { break }
                steps.append(Step(mark: " ", line: left[old], old: old, new: new))
                old += 1
                new += 1
            }
        }
        return steps
    }

    private static func hunks(_ steps: [Step]) -> [ArraySlice<Step>] {
        var found: [Range<Int>] = []
        for (index, step) in steps.enumerated() where step.mark != " " {
            let around = max(0, index - 3)..<min(steps.count, index + 4)
            if let last = found.last, last.upperBound >= around.lowerBound {
                found[found.count - 1] = last.lowerBound..<around.upperBound
            } else {
                found.append(around)
            }
        }
        return found.map { steps[$0] }
    }

    private static func text(_ hunk: ArraySlice<Step>) -> String {
        guard let first = hunk.first else { return "" }
        let (old, new) = (hunk.count { $0.mark != "+" }, hunk.count { $0.mark != "-" })
        let places = "-\(old == 0 ? first.old : first.old + 1),\(old) +\(new == 0 ? first.new : first.new + 1),\(new)"
        return hunk.reduce(into: "@@ \(places) @@\n") { out, step in
            out += "\(step.mark)\(step.line)"
            if step.line.utf8.last != UInt8(ascii: "\n") {
                out += "\n\\ No newline at end of file\n"
            }
        }
    }
}
