import PromQL
import TimeSeries

extension AlertTable {
    /// Moves the beginning of active alerts to where `ALERTS_FOR_STATE` says that they began before a restart.
    ///
    /// An alert that had already waited for its `for` keeps its old beginning, and fires at the next evaluation. One
    /// that had not goes on waiting for what was left, at least the grace period; the outage doesn't count.
    mutating func restore(at millis: Int64, source: any SeriesSource, settings: RestoreSettings) throws {
        guard rule.forMillis >= settings.graceMillis else { return }
        var matchers = [
            LabelMatcher(name: Label.metricName, equal: "ALERTS_FOR_STATE"),
            LabelMatcher(name: AlertTable.nameLabel, equal: rule.name),
        ]
        matchers += rule.labels.filter(\.template.isConstant).map {
            LabelMatcher(name: $0.name, equal: $0.template.text)
        }
        let from = millis.subtractingClamped(settings.outageToleranceMillis)
        var series: [Labels: Series] = [:]
        for one in try source.select(matchers, from: from, through: millis) { series[one.labels] = one }
        for slot in records.indices where records[slot].lifecycle.isActive {
            guard let past = series[records[slot].seriesNames().forState], let downAt = past.timestamps.last,
                let seconds = past.values.last, !seconds.isStaleMarker, let began = Int64(exactly: seconds.rounded())
            else { continue }
            let (activeAt, overflow) = began.multipliedReportingOverflow(by: 1_000)
            if overflow { continue }
            let spent = downAt.subtractingClamped(activeAt)
            let left = rule.forMillis.subtractingClamped(spent)
            if left <= 0 {
                records[slot].lifecycle.restore(activeAtMillis: activeAt)
            } else if left < settings.graceMillis {
                let firesAt = millis.addingClamped(settings.graceMillis)
                records[slot].lifecycle.restore(activeAtMillis: firesAt.subtractingClamped(rule.forMillis))
            } else {
                let outage = millis.subtractingClamped(downAt)
                records[slot].lifecycle.restore(activeAtMillis: activeAt.addingClamped(outage))
            }
        }
    }
}
