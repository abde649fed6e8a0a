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
    /// `anchored` or `smoothed`, which also look at samples outside of the window, up to `lookbackMillis` away.
    var boundary: VectorSelector.Extension?
    var lookbackMillis: Int64 = 0

    /// The window's end at an evaluation time.
    func end(_ time: Int64) -> Int64 { (fixedMillis ?? time) - offsetMillis }
}
