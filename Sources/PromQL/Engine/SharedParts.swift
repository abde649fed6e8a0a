import Locking
import TimeSeries

/// Results of parts that occur more than once, in one expression or in several that are evaluated over the same steps.
///
/// It belongs to one engine and to samples that don't change: whoever appends samples that one of the expressions
/// reads makes a new one. A result is forgotten after its last use. Parts about which a remark was made are not
/// shared, because a remark tells where in the text its part stands.
public final class SharedParts: Sendable {
    /// What a result depends on beside the samples.
    struct Key: Hashable {
        let text: String
        let grid: StepGrid
        let query: StepGrid
        let queryEnd: Int64
        let use: HistogramUse
    }

    private struct State: Sendable {
        /// How often a part is still wanted.
        var uses: [String: Int] = [:]
        var results: [Key: StepValue] = [:]
        var pointCount = 0
    }

    private let maxPoints: Int
    private let state: Locked<State>

    /// Finds the parts that occur more than once; nil when there are none.
    ///
    /// - Parameter maxPoints: values that all results together may hold; what doesn't fit is evaluated again.
    public init?(_ expressions: [Expression], maxPoints: Int = 16_000_000) {
        guard SharedParts.readSameSeries(expressions) else { return nil }
        var uses: [String: Int] = [:]
        for expression in expressions {
            expression.walk { part in
                if !SharedParts.isWorthIt(part) { return true }
                let text = part.description
                let count = (uses[text] ?? 0) + 1
                uses[text] = count
                // Below a part that is known already, nothing will be evaluated again.
                return count == 1
            }
        }
        uses = uses.filter { $0.value > 1 }
        if uses.isEmpty { return nil }
        self.maxPoints = maxPoints
        var first = State()
        first.uses = uses
        state = Locked(first)
    }

    /// Whether some selector occurs twice; only then can a larger part.
    private static func readSameSeries(_ expressions: [Expression]) -> Bool {
        let selectors = expressions.flatMap(\.selectors)
        if selectors.count < 2 { return false }
        var seen: Set<String> = []
        return selectors.contains { selector in
            !seen.insert(selector.matchers.map(\.description).joined(separator: ",")).inserted
        }
    }

    /// Selectors cost next to nothing, scalars depend on too much, and long texts cost more than they spare.
    private static func isWorthIt(_ part: Expression) -> Bool {
        switch part {
        case .call, .aggregation, .binary:
            let source = part.source
            return part.type == .vector && source.end - source.start <= mostTextBytes
        default: return false
        }
    }

    private static let mostTextBytes = 4096

    /// The part's text if its result is shared.
    func text(of part: Expression) -> String? {
        if !SharedParts.isWorthIt(part) { return nil }
        let text = part.description
        return state.withLock { $0.uses[text] == nil ? nil : text }
    }

    /// The result of an earlier evaluation.
    func result(_ key: Key) -> StepValue? {
        state.withLock { state in
            guard let found = state.results[key] else { return nil }
            let left = (state.uses[key.text] ?? 1) - 1
            state.uses[key.text] = left
            if left <= 0 {
                state.results[key] = nil
                state.pointCount -= found.pointCount
            }
            return found
        }
    }

    /// Keeps a result for the evaluations that follow.
    func keep(_ result: StepValue, _ key: Key) {
        let points = result.pointCount
        state.withLock { state in
            let left = (state.uses[key.text] ?? 1) - 1
            state.uses[key.text] = left
            if left <= 0 || state.results[key] != nil || points > maxPoints - state.pointCount { return }
            state.results[key] = result
            state.pointCount += points
        }
    }
}
