import TimeSeries

extension Evaluation {
    func binary(_ node: BinaryOperation, _ grid: StepGrid) throws -> StepValue {
        if node.operation.isTrim, histogramUse != .buckets { return try using(.buckets) { try binary(node, grid) } }
        switch (try evaluate(node.left, grid), try evaluate(node.right, grid)) {
        case (.scalar(let left), .scalar(let right)):
            let operation = node.operation
            if operation.isComparison { return .scalar(zip(left, right).map { operation.compare($0, $1) ? 1 : 0 }) }
            return .scalar(zip(left, right).map { operation.compute($0, $1) })
        case (.vector(let columns), .scalar(let scalar)):
            return .vector(try vectorScalar(node, columns, scalar, scalarIsLeft: false))
        case (.scalar(let scalar), .vector(let columns)):
            return .vector(try vectorScalar(node, columns, scalar, scalarIsLeft: true))
        case (.vector(let left), .vector(let right)):
            if node.operation.isSetOperator { return .vector(try setOperation(node, left, right, grid)) }
            return .vector(try VectorJoin(node, self, steps: grid.count).join(left, right))
        default: throw EvaluationError.failed("binary expression must contain only scalar and instant vector types")
        }
    }

    private func vectorScalar(
        _ node: BinaryOperation, _ columns: [Column], _ scalar: [Double], scalarIsLeft: Bool
    ) throws -> [Column] {
        let pairwise = PairwiseOperation(
            operation: node.operation, returnsBool: node.returnsBool, keepsRight: scalarIsLeft)
        var next: [Column] = []
        next.reserveCapacity(columns.count)
        for column in columns {
            try hold(scalar.count)
            var result = Column(labels: column.labels, dropsName: column.dropsName, steps: scalar.count)
            if !node.operation.isTrim {
                if scalarIsLeft {
                    pairwise.apply(scalar, column.values, into: &result.values)
                } else {
                    pairwise.apply(column.values, scalar, into: &result.values)
                }
            }
            if column.hasHistograms || node.operation.isTrim {
                let other = Column(labels: .empty, values: scalar)
                let operation = HistogramOperation(node: node, evaluation: self)
                operation.apply(scalarIsLeft ? other : column, scalarIsLeft ? column : other, into: &result)
                try hold(result.pointCount)
            }
            if !node.operation.isComparison || node.returnsBool || !result.isEmpty { next.append(result) }
        }
        return node.operation.changesMetric(options.compatibility) || node.returnsBool ? try withoutNames(next) : next
    }

    /// `and`, `or`, `unless`: which steps of which column stay, by the presence of partners with the same key.
    private func setOperation(
        _ node: BinaryOperation, _ left: [Column], _ right: [Column], _ grid: StepGrid
    ) throws -> [Column] {
        let key = MatchKey(node.matching ?? VectorMatching())
        let others = node.operation == .or ? left : right
        var presence: [Labels: [Bool]] = [:]
        for column in others {
            var steps = presence[key.of(column.labels)] ?? [Bool](repeating: false, count: grid.count)
            column.markPresent(&steps)
            presence[key.of(column.labels)] = steps
        }
        let keepsPartners = node.operation == .and
        let filtered = (node.operation == .or ? right : left).compactMap { column -> Column? in
            guard let steps = presence[key.of(column.labels)] else { return keepsPartners ? nil : column }
            var next = column
            for step in 0..<grid.count where steps[step] != keepsPartners { next.clear(step) }
            return next.isEmpty ? nil : next
        }
        // A series that both sides have comes from each of them at other steps.
        return node.operation == .or ? try Evaluation.merged(left + filtered) : filtered
    }
}

/// The part of a label set that must agree for two series to be partners.
struct MatchKey {
    private let names: [String]
    private let isOn: Bool

    init(_ matching: VectorMatching) {
        isOn = matching.isOn
        names = matching.isOn ? matching.labels : matching.labels + [Label.metricName]
    }

    func of(_ labels: Labels) -> Labels { isOn ? labels.keeping(names) : labels.dropping(names) }
}
