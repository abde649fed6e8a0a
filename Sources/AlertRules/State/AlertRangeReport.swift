import TimeSeries

/// What a range of evaluations of one alerting rule reports.
struct AlertRangeReport {
    /// Evaluations after which the alerts are noted, ascending.
    var wanted: [Int] = []
    /// Whether changes are noted.
    var notesChanges = false
    /// Whether `ALERTS` and `ALERTS_FOR_STATE` are made.
    var makesSeries = false

    /// The alerts as they stood after the evaluations wanted.
    var noted: [(index: Int, record: AlertTable.Record)] = []
    /// Changes with the alert as it was then.
    var changes: [(index: Int, change: AlertTable.Change, record: AlertTable.Record)] = []
    var series: [Series] = []
}
