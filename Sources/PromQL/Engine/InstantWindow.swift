import TimeSeries

/// Where an instant selector looks at each step: the time, moved by `offset` or fixed by `@`, and how far back.
struct InstantWindow {
    let grid: StepGrid
    let fixedMillis: Int64?
    let offsetMillis: Int64
    /// How old a sample may be, the limit included.
    let oldestMillis: Int64

    /// The span of time that all steps look at.
    var first: Int64 { (fixedMillis ?? grid.start) - offsetMillis - oldestMillis }
    var last: Int64 { (fixedMillis ?? grid.end) - offsetMillis }

    /// Writes what `take` makes of each step's sample, or the staleness marker; `out` has a place for every step.
    ///
    /// - Returns: the number of steps with a sample that isn't stale.
    @inline(__always)
    func fill(_ out: inout [Double], from span: SeriesSpan, _ take: (_ time: Int64, _ value: Double) -> Double) -> Int {
        let (low, high) = (span.places.lowerBound, span.places.upperBound)
        let moveMillis = fixedMillis == nil ? grid.step : 0
        var time = (fixedMillis ?? grid.start) - offsetMillis
        var next = low
        var present = 0
        span.whole.timestamps.withUnsafeBufferPointer { times in
            span.whole.values.withUnsafeBufferPointer { values in
                out.withUnsafeMutableBufferPointer { out in
                    for step in 0..<grid.count {
                        while next < high, times[next] <= time { next += 1 }
                        if next > low, times[next - 1] >= time - oldestMillis, !values[next - 1].isStaleMarker {
                            out[step] = take(times[next - 1], values[next - 1])
                            present += 1
                        } else {
                            out[step] = Column.absent
                        }
                        time &+= moveMillis
                    }
                }
            }
        }
        return present
    }

    /// Calls `body` with each step at which the series has a sample that isn't stale, and with the sample's place.
    func forEach(in series: Series, _ body: (_ step: Int, _ place: Int) -> Void) {
        var next = 0
        for step in 0..<grid.count {
            let time = (fixedMillis ?? grid.time(step)) - offsetMillis
            while next < series.count, series.timestamps[next] <= time { next += 1 }
            if next > 0, series.timestamps[next - 1] >= time - oldestMillis, !series.values[next - 1].isStaleMarker {
                body(step, next - 1)
            }
        }
    }
}

extension Evaluation {
    func instantWindow(_ grid: StepGrid, fixedMillis: Int64?, offsetMillis: Int64) -> InstantWindow {
        InstantWindow(
            grid: grid, fixedMillis: fixedMillis, offsetMillis: offsetMillis,
            oldestMillis: options.lookbackMillis - (options.compatibility == .prometheus3 ? 1 : 0))
    }

    /// As `instantSelector`, with the times in seconds at which the samples' counters began as values; 0 where that
    /// isn't known.
    func sampleStarts(_ node: VectorSelector, _ grid: StepGrid) throws -> [Column] {
        let window = instantWindow(
            grid, fixedMillis: fixedTime(node.at), offsetMillis: try millis(node.offset, positive: false))
        return try select(node.matchers, from: window.first, through: window.last).compactMap { series in
            try hold(grid.count)
            var column = Column(labels: series.labels, steps: grid.count)
            window.forEach(in: series) { step, place in
                column.values[step] = Double(series.startTimestamps?[place] ?? 0) / 1000
            }
            return column.isEmpty ? nil : column
        }
    }
}
