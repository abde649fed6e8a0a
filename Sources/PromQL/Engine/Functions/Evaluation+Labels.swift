import RegularExpressions
import TimeSeries

extension Evaluation {
    func labelReplace(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let columns = try vector(node.arguments[0], grid)
        let target = try string(node.arguments[1], grid)
        let replacement = try string(node.arguments[2], grid)
        let source = try string(node.arguments[3], grid)
        let pattern = try string(node.arguments[4], grid)
        let regex: LinearRegex
        do throws(RegexError) {
            regex = try LinearRegex(pattern)
        } catch {
            let limit = error.isLimit ? " (\(error.reason))" : ""
            throw EvaluationError.failed("invalid regular expression in label_replace(): \(pattern)\(limit)")
        }
        try checkName(target, node.arguments[1], "invalid destination label name in label_replace(): \(target)")
        return try relabelled(columns, target) { labels in
            let text = labels[source]
            try spendOnCaptures(of: regex, in: text, source)
            return regex.expand(replacement, in: text, stoppingBeyond: options.maxLabelValueBytes)
        }
    }

    /// Refuses what would take longer than some seconds for one value, and lets what takes long be ended.
    private func spendOnCaptures(of regex: LinearRegex, in text: String, _ label: String) throws {
        let (work, isBeyond) = text.utf8.count.multipliedReportingOverflow(by: regex.captureWork)
        if isBeyond || work > Evaluation.mostCaptureWork {
            throw EvaluationError.failed(
                "value of label \(Labels.quoted(label)) is too long (\(text.utf8.count) bytes) for the regular expression "
                    + "in label_replace()")
        }
        try spend(work / 64)
    }

    private static let mostCaptureWork = 1 << 32

    func labelJoin(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let columns = try vector(node.arguments[0], grid)
        let target = try string(node.arguments[1], grid)
        let separator = try string(node.arguments[2], grid)
        let sources = try node.arguments.dropFirst(3).map { try string($0, grid) }
        for (source, argument) in zip(sources, node.arguments.dropFirst(3)) {
            try checkName(source, argument, "invalid source label name in label_join(): \(source)")
        }
        try checkName(target, node.arguments[1], "invalid destination label name in label_join(): \(target)")
        return try relabelled(columns, target) { labels in
            var text = ""
            for (place, source) in sources.enumerated() where text.utf8.count <= options.maxLabelValueBytes {
                if place > 0 { text += separator }
                text += labels[source]
            }
            return text
        }
    }

    /// Any text of UTF-8 names a label, but for the empty one; Prometheus 2 takes identifiers only.
    private func checkName(_ name: String, _ argument: Expression, _ message: String) throws {
        if case .string(let literal) = argument.withoutParentheses, literal.invalidText != nil {
            throw EvaluationError.failed(message)
        }
        let isValid =
            options.compatibility == .prometheus2 ? Labels.isLabelIdentifier(name) : !name.isEmpty
        if !isValid { throw EvaluationError.failed(message) }
    }

    /// Sets a label from the others; nil leaves a series as it is.
    private func relabelled(
        _ columns: [Column], _ target: String, _ value: (Labels) throws -> String?
    ) throws -> [Column] {
        var next = columns
        for place in next.indices {
            guard let text = try value(next[place].labels) else { continue }
            try holdText(text, of: target)
            next[place].labels = next[place].labels.setting(target, text)
            if target == Label.metricName { next[place].dropsName = false }
        }
        return options.delayedNameRemoval ? next : try Evaluation.merged(next)
    }
}
