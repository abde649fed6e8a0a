import TimeSeries

/// A vector whose columns can be computed one after another: a selector, or a function of a range vector.
enum ColumnStream {
    case selector(InstantCall)
    case function(RangeCall)

    /// All columns at once.
    func columns(_ evaluation: Evaluation) throws -> [Column] {
        switch self {
        case .selector(let call): try evaluation.collected { try evaluation.visit(call, $0) }
        case .function(let call): try evaluation.columns(call)
        }
    }

    func visit(_ evaluation: Evaluation, _ visitor: ColumnVisitor) throws {
        switch self {
        case .selector(let call): try evaluation.visit(call, visitor)
        case .function(let call): try evaluation.visit(call, visitor)
        }
    }

    /// Of all columns there can be, with the metrics' names.
    var labels: [Labels] {
        switch self {
        case .selector(let call): call.spans.map(\.labels)
        case .function(let call): call.argument.series.map(\.labels)
        }
    }

    var dropsNames: Bool {
        switch self {
        case .selector: false
        case .function(let call): call.dropsNames
        }
    }

    /// Whether the columns hold numbers only, and stay apart without the metric's name where that goes.
    var isPlain: Bool {
        switch self {
        case .selector(let call): return call.spans.allSatisfy { $0.whole.histograms == nil }
        case .function(let call):
            guard let first = call.argument.series.first else { return true }
            return call.argument.series.allSatisfy { series in
                series.histogramTimes.isEmpty && !series.dropsName
                    && (!call.dropsNames || first.labels.agrees(with: series.labels, on: Evaluation.schemaLabels))
            }
        }
    }
}

extension Evaluation {
    /// The operand of an aggregation as a stream, if it can be one; its series have been read then.
    func columnStream(_ node: Aggregation, _ grid: StepGrid) throws -> ColumnStream? {
        if grid.count > 1, StepInvariance.holds(node.operand) { return nil }
        let operand = node.operand.withoutParentheses
        if sharedParts?.text(of: operand) != nil { return nil }
        switch operand {
        case .selector(let selector) where selector.boundary == nil:
            return .selector(try InstantCall(self, selector, grid))
        case .call(let call) where call.arguments.contains { $0.type == .matrix }:
            return call.function == .absentOverTime ? nil : .function(try rangeCall(call, grid))
        default: return nil
        }
    }

    /// An aggregation that takes its operand's columns as they come and keeps none; nil where that can't be done.
    func streamed(
        _ node: Aggregation, _ stream: ColumnStream, _ parameter: [Double], _ grid: StepGrid
    ) throws -> [Column]? {
        if options.delayedNameRemoval || !stream.isPlain { return nil }
        switch node.operation {
        case .topk, .bottomk: return try streamedChoice(node, stream, parameter, grid)
        default:
            guard let empty = node.operation.fold(grid.count, startsBlind: options.compatibility == .prometheus2) else {
                return nil
            }
            return try streamedFold(node, stream, empty, grid)
        }
    }

    private func streamedFold(
        _ node: Aggregation, _ stream: ColumnStream, _ empty: any ColumnFold, _ grid: StepGrid
    ) throws -> [Column] {
        var groups = GroupTable(node, dropsNames: stream.dropsNames)
        var folds: [any ColumnFold] = []
        try stream.visit(self) { column, isDense in
            let group = groups.place(column.labels)
            if group == folds.count {
                try hold(2 * grid.count)
                folds.append(empty)
            }
            column.values.withUnsafeBufferPointer { folds[group].add($0, isDense: isDense) }
        }
        return zip(groups.labels, folds).map { Column(labels: $0, values: $1.result()) }
    }

    private func streamedChoice(
        _ node: Aggregation, _ stream: ColumnStream, _ parameter: [Double], _ grid: StepGrid
    ) throws -> [Column] {
        let choice = try SeriesChoice(self, node, parameter)
        var groups = GroupTable(node, dropsNames: stream.dropsNames)
        var heaps: [TopHeaps] = []
        var members: [[TopHeaps.Member]] = []
        let sizes = groups.sizes(of: stream.labels)
        // Groups are numbered by all their series, but a series without result brings no column.
        var slots = [Int?](repeating: nil, count: sizes.count)
        try stream.visit(self) { column, isDense in
            let group = groups.place(column.labels)
            let slot = slots[group] ?? heaps.count
            if slot == heaps.count {
                try hold(choice.heapUnits(members: sizes[group]))
                slots[group] = slot
                heaps.append(choice.heaps(members: sizes[group]))
                members.append([])
            }
            let place = members[slot].count
            let labels = stream.dropsNames ? column.labels.dropping(Evaluation.schemaLabels) : column.labels
            members[slot].append(.init(labels: labels, dropsName: false))
            column.values.withUnsafeBufferPointer { heaps[slot].offer($0, place, isDense: isDense) }
        }
        return zip(heaps, members).flatMap { $0.columns($1) }
    }
}
