import PromQL
import TimeSeries

extension AlertTable {
    /// Evaluates a range alert by alert: the same as step by step, as long as each column is an alert of its own.
    ///
    /// Hot: Benchmarks/rules.sh. Throws where only steps can tell what happens: two columns are one alert, or the
    /// limit is exceeded.
    mutating func evaluate(
        _ columns: [StepColumn], times: RangeTimes, context: RuleContext, report: inout AlertRangeReport
    ) throws(RuleFailure) {
        var columnOf: [Int: Int] = [:]
        let environment = TemplateEnvironment(
            timestampMillis: times.evaluated[0], externalURL: context.externalURL)
        for (index, column) in columns.enumerated() where column.hasSamples {
            let sample = VectorSample(labels: column.labels, timestampMillis: 0, value: 0)
            let slot = slot(for: sample, context: context, environment: environment)
            if columnOf.updateValue(index, forKey: slot) != nil { throw .duplicateSeries(isAlert: true) }
        }
        var active = [Int](repeating: 0, count: limit > 0 ? times.count : 0)
        for slot in records.indices {
            advance(slot, along: columnOf[slot].map { columns[$0] }, times, &active, &report)
        }
        if let most = active.max(), most > limit {
            throw .limitExceeded(limit: limit, count: most, isAlert: true)
        }
    }

    private mutating func advance(
        _ slot: Int, along column: StepColumn?, _ times: RangeTimes, _ active: inout [Int],
        _ report: inout AlertRangeReport
    ) {
        var record = records[slot]
        if column == nil, record.lifecycle.state == nil { return }
        if let column { record.sampleLabels = column.labels }
        var writer = report.makesSeries ? AlertSeriesWriter(&record, times) : nil
        var nextWanted = 0
        for index in 0..<times.count {
            let millis = times.evaluated[index]
            let isPresent = column?.isPresent(index) ?? false
            if isPresent || record.lifecycle.state != nil {
                let before = record.lifecycle.activeAtMillis
                if isPresent, let column {
                    record.value = column.alertValue(index)
                    record.seenMillis = millis
                }
                let transition = record.lifecycle.evaluate(
                    isPresent: isPresent, at: millis, forMillis: rule.forMillis,
                    keepFiringForMillis: rule.keepFiringForMillis)
                if let transition, report.notesChanges {
                    let since = record.lifecycle.state == nil ? before : record.lifecycle.activeAtMillis
                    let change = Change(slot: slot, transition: transition, activeAtMillis: since)
                    report.changes.append((index, change, record))
                }
                if limit > 0, record.lifecycle.isActive { active[index] += 1 }
            }
            writer?.note(record.lifecycle, index)
            while nextWanted < report.wanted.count, report.wanted[nextWanted] <= index {
                if record.lifecycle.state != nil, report.wanted[nextWanted] == index {
                    report.noted.append((index, record))
                }
                nextWanted += 1
            }
        }
        if let writer {
            record.openState = writer.openState
            report.series += writer.series
        }
        records[slot] = record
    }
}

extension StepColumn {
    var hasSamples: Bool { values.contains { !$0.isStaleMarker } }

    func isPresent(_ index: Int) -> Bool { !values[index].isStaleMarker }

    /// A histogram's value is 0 for an alert, as in Prometheus.
    func alertValue(_ index: Int) -> Double { values[index].isHistogramMarker ? 0 : values[index] }
}
