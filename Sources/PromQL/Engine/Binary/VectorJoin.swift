import TimeSeries

/// Arithmetic and comparison between two vectors: partners are found once, then computed over all steps.
///
/// The "one" side may bring several series of a match group if they never meet at a step; checks per step are made
/// only in groups where that can happen.
struct VectorJoin {
    private let node: BinaryOperation
    private let matching: VectorMatching
    private let delaysNames: Bool
    private let changesMetric: Bool
    private let steps: Int
    private let key: MatchKey
    private let pairwise: PairwiseOperation
    private let swapsSides: Bool
    private let histograms: HistogramOperation
    private let evaluation: Evaluation

    init(_ node: BinaryOperation, _ evaluation: Evaluation, steps: Int) {
        let options = evaluation.options
        self.node = node
        self.evaluation = evaluation
        histograms = HistogramOperation(node: node, evaluation: evaluation)
        matching = node.matching ?? VectorMatching()
        delaysNames = options.delayedNameRemoval
        changesMetric = node.operation.changesMetric(options.compatibility)
        self.steps = steps
        key = MatchKey(matching)
        swapsSides = matching.cardinality == .oneToMany
        pairwise = PairwiseOperation(
            operation: node.operation, returnsBool: node.returnsBool)
    }

    /// The columns of a result under construction, with the match group that wrote each step.
    private struct Output {
        var columns: [Column] = []
        var places: [Labels: Int] = [:]
        /// For one-to-one groups with several left columns: the steps that already matched.
        var matched: [Labels: [Bool]] = [:]
    }

    private struct Group {
        var many: [Column] = []
        var one: [Column] = []
        var key = Labels.empty
    }

    /// Joins; `left` and `right` as written.
    func join(_ left: [Column], _ right: [Column]) throws -> [Column] {
        var groups: [Group] = []
        var places: [Labels: Int] = [:]
        func place(_ column: Column) -> Int {
            let group = key.of(column.labels)
            if let known = places[group] { return known }
            places[group] = groups.count
            groups.append(Group(key: group))
            return groups.count - 1
        }
        for column in swapsSides ? right : left { groups[place(column)].many.append(column) }
        for column in swapsSides ? left : right { groups[place(column)].one.append(column) }
        if groups.contains(where: { $0.one.count > 1 }) {
            let manyPresent = presence(groups.flatMap(\.many))
            for group in groups { try checkOneSide(group, manyPresent) }
        }
        var output = Output()
        for group in groups {
            try evaluation.checkCancelled()
            try join(group, &output)
        }
        if !node.operation.isComparison || node.returnsBool { return output.columns }
        return output.columns.filter { !$0.isEmpty }
    }

    /// Steps at which any column has a sample; an operand that is empty at a step matches nothing there.
    private func presence(_ columns: [Column]) -> [Bool] {
        var present = [Bool](repeating: false, count: steps)
        for column in columns { column.markPresent(&present) }
        return present
    }

    private func checkOneSide(_ group: Group, _ otherPresent: [Bool]) throws {
        if group.one.count < 2 { return }
        var owner = [Int](repeating: -1, count: steps)
        for (place, column) in group.one.enumerated() {
            for step in 0..<steps where column.isPresent(step) && otherPresent[step] {
                if owner[step] >= 0 {
                    let pair = [group.one[owner[step]].labels, column.labels].sorted()
                    throw EvaluationError.failed(
                        "found duplicate series for the match group \(group.key.bracedDescription) on the "
                            + "\(swapsSides ? "left" : "right") hand-side of the operation: "
                            + "[\(pair[0].bracedDescription), \(pair[1].bracedDescription)];many-to-many matching "
                            + "not allowed: matching labels must be unique on one side")
                }
                owner[step] = place
            }
        }
    }

    private func join(_ group: Group, _ output: inout Output) throws {
        let ones = merged(group.one)
        for many in group.many {
            for one in ones { try emit(many, one, group, &output) }
        }
        // Prometheus swaps the sides of group_right first and then fills the left of what it has.
        let (manyFill, oneFill) = (matching.fillLeft, matching.fillRight)
        if let oneFill {
            for many in group.many {
                try emit(many, filler(oneFill, group, beside: group.one), group, &output)
            }
        }
        if let manyFill {
            for one in group.one {
                try emit(filler(manyFill, group, beside: group.many), one, group, &output)
            }
        }
    }

    /// Several series of the "one" side as one, where the result doesn't tell them apart: at a step that matters there
    /// is at most one of them.
    private func merged(_ ones: [Column]) -> [Column] {
        guard ones.count > 1, matching.include.isEmpty, matching.fillLeft == nil, matching.fillRight == nil,
            var merged = ones.first, !ones.contains(where: \.hasHistograms)
        else { return ones }
        for other in ones.dropFirst() {
            for step in 0..<steps where !other.values[step].isStaleMarker { merged.values[step] = other.values[step] }
        }
        return [merged]
    }

    /// A made-up partner at the steps where the real ones are absent.
    private func filler(_ value: Double, _ group: Group, beside real: [Column]) -> Column {
        var column = Column(labels: group.key, values: [Double](repeating: value, count: steps))
        for other in real {
            for step in 0..<steps where other.isPresent(step) { column.values[step] = Column.absent }
        }
        return column
    }

    private func emit(_ many: Column, _ one: Column, _ group: Group, _ output: inout Output) throws {
        // A group may have many pairs that all come to nothing.
        try evaluation.spend(steps)
        var result = Column(labels: .empty, steps: steps)
        if !node.operation.isTrim {
            if swapsSides {
                pairwise.apply(one.values, many.values, into: &result.values)
            } else {
                pairwise.apply(many.values, one.values, into: &result.values)
            }
        }
        if many.hasHistograms || one.hasHistograms || node.operation.isTrim {
            histograms.apply(swapsSides ? one : many, swapsSides ? many : one, into: &result)
            try evaluation.hold(result.pointCount - steps)
        }
        if matching.cardinality == .oneToOne, group.many.count > 1 {
            try claim(group.key, many, one, result, &output)
        }
        if result.isEmpty { return }
        let labels = resultLabels(many.labels, one.labels)
        let drops = delaysNames && (node.returnsBool || many.dropsName && !changesMetric)
        guard let place = output.places[labels] else {
            try evaluation.hold(steps)
            output.places[labels] = output.columns.count
            result.labels = labels
            result.dropsName = drops
            output.columns.append(result)
            return
        }
        guard output.columns[place].take(from: result) else { throw collision() }
    }

    /// Notes where partners meet, whether or not a comparison keeps them (Prometheus 2: where it keeps them); a second
    /// left partner is an error.
    private func claim(
        _ key: Labels, _ many: Column, _ one: Column, _ result: Column, _ output: inout Output
    ) throws {
        var claimed = output.matched[key] ?? [Bool](repeating: false, count: steps)
        let onlyKept = evaluation.options.compatibility == .prometheus2
        for step in 0..<steps where many.isPresent(step) && one.isPresent(step) {
            if onlyKept, !result.isPresent(step) { continue }
            if claimed[step] {
                throw EvaluationError.failed(
                    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")
            }
            claimed[step] = true
        }
        output.matched[key] = claimed
    }

    private func collision() -> EvaluationError {
        matching.cardinality == .oneToOne
            ? .failed(Evaluation.duplicateMessage)
            : .failed("multiple matches for labels: grouping labels must ensure unique matches")
    }

    private func resultLabels(_ many: Labels, _ one: Labels) -> Labels {
        var labels = many
        if changesMetric || (node.returnsBool && !delaysNames) {
            labels = labels.dropping(Evaluation.schemaLabels)
        }
        if matching.cardinality == .oneToOne {
            labels = matching.isOn ? labels.keeping(matching.labels) : labels.dropping(matching.labels)
        }
        for name in matching.include { labels = labels.setting(name, one[name]) }
        return labels
    }
}
