import TimeSeries

/// The series of one alert over a range of evaluations: `ALERTS` for either state, and `ALERTS_FOR_STATE`.
struct AlertSeriesWriter {
    private(set) var openState: AlertState?
    private var pending: Series
    private var firing: Series
    private var forState: Series
    private let written: [Int64]

    init(_ record: inout AlertTable.Record, _ times: RangeTimes) {
        let names = record.seriesNames()
        pending = Series(labels: names.pending)
        firing = Series(labels: names.firing)
        forState = Series(labels: names.forState)
        openState = record.openState
        written = times.written
    }

    mutating func note(_ lifecycle: AlertLifecycle, _ index: Int) {
        let state = lifecycle.isActive ? lifecycle.state : nil
        if openState == nil, state == nil { return }
        let time = written[index]
        if openState != state {
            if openState == .pending { pending.append(staleMarker, at: time) }
            if openState == .firing { firing.append(staleMarker, at: time) }
            openState = state
        }
        if state == .pending { pending.append(1, at: time) }
        if state == .firing { firing.append(1, at: time) }
        forState.append(state == nil ? staleMarker : lifecycle.activeAtSeconds, at: time)
    }

    var series: [Series] { [firing, forState, pending].filter { !$0.timestamps.isEmpty } }
}
