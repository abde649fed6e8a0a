import PromQL

extension Expression {
    /// Whether a range query gives at each step what an instant query gives there that sees nothing later: no way to
    /// see the future, and nothing that refers to the query's own start, end and step.
    var isSameInRanges: Bool {
        if type == .string { return false }
        var isSame = true
        walk { node in
            switch node {
            case .selector(let selector):
                isSame = isSame && selector.at == nil && selector.boundary == nil && isPast(selector.offset)
            case .range(let range):
                isSame = isSame && range.range.literalMillis != nil
            case .subquery(let subquery):
                isSame = isSame && subquery.at == nil && isPast(subquery.offset) && subquery.range.literalMillis != nil
                if let step = subquery.step { isSame = isSame && step.literalMillis != nil }
            case .call(let call):
                isSame = isSame && ![.start, .end, .step, .range, .info].contains(call.function)
            default: break
            }
            return isSame
        }
        return isSame
    }

    /// Whether it reads series that none of its selectors names.
    var readsUnnamed: Bool {
        var found = false
        walk { node in
            if case .call(let call) = node, call.function == .info { found = true }
            return !found
        }
        return found
    }

    private func isPast(_ duration: DurationExpression) -> Bool { (duration.literalMillis ?? -1) >= 0 }
}
