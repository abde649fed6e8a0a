import TimeSeries

/// Takes the columns of a vector one after another; `isDense` says that every step has a sample.
///
/// A visitor that keeps the column takes its values away, so that the next one gets memory of its own; others leave
/// them to be written over.
typealias ColumnVisitor = (_ column: inout Column, _ isDense: Bool) throws -> Void

extension Evaluation {
    /// Keeps all columns that `produce` passes to its visitor.
    func collected(_ produce: (ColumnVisitor) throws -> Void) rethrows -> [Column] {
        var columns: [Column] = []
        try produce { column, _ in
            columns.append(column)
            column.values = []
        }
        return columns
    }
}

/// An instant selector with the series that it has read.
struct InstantCall {
    let window: InstantWindow
    let spans: [SeriesSpan]

    init(_ evaluation: Evaluation, _ node: VectorSelector, _ grid: StepGrid) throws {
        window = evaluation.instantWindow(
            grid, fixedMillis: evaluation.fixedTime(node.at),
            offsetMillis: try evaluation.millis(node.offset, positive: false))
        spans = try evaluation.spans(node.matchers, from: window.first, through: window.last)
    }
}
