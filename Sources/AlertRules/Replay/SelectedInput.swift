import PromQL
import TimeSeries

/// What the selectors of rules find in recorded data, so that a replay that sees nothing isn't taken for one in which
/// nothing is wrong.
struct SelectedInput {
    /// One sentence for each selector of a rule that matches no series.
    private(set) var remarks: [String] = []
    /// Whether the rules select something of the data, and all of it has no sample that an evaluation could see.
    private(set) var isUnseen = false

    private struct Findings {
        var isInData: Bool
        var isInTime: Bool
    }

    /// - Parameters:
    ///   - data: the input, or what the rules select of it.
    ///   - evaluations: the first and the last evaluation, milliseconds since the epoch.
    init(
        of groups: [RuleGroup], in data: any SeriesSource, evaluations: ClosedRange<Int64>, lookbackMillis: Int64
    ) throws {
        let outputs = groups.flatMap(\.rules).map { RuleOutput(rule: $0) }
        var known: [String: Findings] = [:]
        var (reads, sees) = (false, false)
        for group in groups {
            for rule in group.rules {
                let reach = SelectorReach.millis(of: rule.expression).addingClamped(lookbackMillis)
                let first = evaluations.lowerBound.addingClamped(-reach)
                var said: Set<String> = []
                for (selector, isAbsence) in SelectedInput.selectors(of: rule.expression)
                where !outputs.contains(where: { $0.isRead(by: selector) }) {
                    let isAnytime = selector.at != nil || (selector.offset.literalMillis ?? -1) < 0
                    let time = isAnytime ? Int64.min...Int64.max : first...evaluations.upperBound
                    let text = SelectedInput.text(selector)
                    let found = try known["\(text) \(time)"] ?? SelectedInput.find(selector.matchers, data, time)
                    known["\(text) \(time)"] = found
                    reads = reads || !isAbsence
                    sees = sees || found.isInTime
                    if !found.isInData, !isAbsence, said.insert(text).inserted {
                        remarks.append("\(group.name)/\(rule.name): no series of the input matches \(text)")
                    }
                }
            }
        }
        isUnseen = reads && !sees
    }

    private static func find(
        _ matchers: [LabelMatcher], _ data: any SeriesSource, _ time: ClosedRange<Int64>
    ) throws -> Findings {
        if try !data.spans(matchers, from: time.lowerBound, through: time.upperBound).isEmpty {
            return Findings(isInData: true, isInTime: true)
        }
        return Findings(isInData: try !data.spans(matchers, from: .min, through: .max).isEmpty, isInTime: false)
    }

    /// The selectors, and whether they stand in a function that asks whether there is nothing.
    private static func selectors(of expression: Expression) -> [(selector: VectorSelector, isAbsence: Bool)] {
        var found: [(selector: VectorSelector, isAbsence: Bool)] = []
        expression.walk { node in
            switch node {
            case .selector(let selector): found.append((selector, false))
            case .call(let call) where call.function == .absent || call.function == .absentOverTime:
                found += call.arguments.flatMap(\.selectors).map { ($0, true) }
                return false
            default: break
            }
            return true
        }
        return found
    }

    /// The selector without its modifiers.
    private static func text(_ selector: VectorSelector) -> String {
        var plain = selector
        plain.offset = .zero
        plain.at = nil
        plain.boundary = nil
        return Expression.selector(plain).description
    }
}
