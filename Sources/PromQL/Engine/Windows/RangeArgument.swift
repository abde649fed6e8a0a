import TimeSeries

/// A range vector for all steps: series, and how a step's window lies over them.
struct RangeArgument {
    var series: [RangeSeries]
    let rangeMillis: Int64
    let offsetMillis: Int64
    /// The time of `@`, if any.
    let fixedMillis: Int64?
    /// Whether a sample right at the window's start is left out.
    let isLeftOpen: Bool
    /// The selector's conditions; empty for subqueries.
    let matchers: [LabelMatcher]

    /// The window's end at an evaluation time.
    func end(_ time: Int64) -> Int64 { (fixedMillis ?? time) - offsetMillis }
}

/// A series without stale samples.
struct RangeSeries {
    let labels: Labels
    let dropsName: Bool
    let timestamps: [Int64]
    let values: [Double]

    init(_ series: Series) {
        labels = series.labels
        dropsName = false
        if series.values.contains(where: \.isStaleMarker) {
            let kept = series.values.indices.filter { !series.values[$0].isStaleMarker }
            timestamps = kept.map { series.timestamps[$0] }
            values = kept.map { series.values[$0] }
        } else {
            timestamps = series.timestamps
            values = series.values
        }
    }

    /// A subquery's column; nil when it has no sample.
    init?(_ column: Column, _ grid: StepGrid) {
        let kept = column.values.indices.filter { !column.values[$0].isStaleMarker }
        if kept.isEmpty { return nil }
        labels = column.labels
        dropsName = column.dropsName
        timestamps = kept.map(grid.time)
        values = kept.map { column.values[$0] }
    }
}
