import PromQL

/// How far back the selectors of an expression look: ranges, subqueries and offsets added up.
enum SelectorReach {
    /// Milliseconds; spans that are not literal count as an hour.
    static func millis(of expression: Expression) -> Int64 {
        var total: Int64 = 0
        expression.walk { node in
            switch node {
            case .range(let range): total = total.addingClamped(length(range.range))
            case .subquery(let subquery):
                total = total.addingClamped(length(subquery.range)).addingClamped(length(subquery.offset))
            case .selector(let selector): total = total.addingClamped(length(selector.offset))
            default: break
            }
            return true
        }
        return max(0, total)
    }

    private static func length(_ duration: DurationExpression) -> Int64 { duration.literalMillis ?? 3_600_000 }
}
