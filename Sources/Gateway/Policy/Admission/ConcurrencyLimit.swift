/// A limit on requests in flight that follows the latency: after the gradient limits of Netflix's concurrency-limits
/// and Envoy's adaptive concurrency filter. Pure; `SharedConcurrency` is what the loops use.
///
/// At the end of a window with the median latency s, and with the lowest median of late m (the floor):
/// gradient = m * tolerance / s within 0.5...1, next = limit * gradient + sqrt(limit), of which a fifth is taken. It
/// grows only while half of it is used. The floor grows old: then the limit is lowered for two windows, the first to
/// drain the cell's queue and the second to measure, since a cell that is always overloaded would never show it. As
/// long as that finds a lower floor it is repeated soon.
struct ConcurrencyLimit {
    private enum Probe {
        case none
        case draining
        case measuring
    }

    let settings: ConcurrencySettings
    private(set) var limit: Int
    /// The lowest median latency; 0 while unknown.
    private(set) var floorNanos: Int64 = 0
    private var estimate: Double
    private var renewFloorAt = Int64.min
    private var probe = Probe.none
    private var latencies = LatencySketch()
    private var windowEnd = Int64.min
    private var dropped = 0
    private var mostInFlight = 0

    private static let minSamples = 10
    private static let smoothing = 0.2
    /// From a floor that may be too high to the next look at it.
    private static let soonWindows: Int64 = 10

    init(_ settings: ConcurrencySettings = ConcurrencySettings()) {
        self.settings = settings.clamped()
        limit = self.settings.initial
        estimate = Double(limit)
    }

    /// A request has ended after `latencyNanos` at the cell, with `inFlight` others besides. `isDropped`: the cell
    /// gave up on it (503, time-out), which is overload whatever the latency. Whether the limit has changed.
    mutating func on(latencyNanos: Int64, inFlight: Int, isDropped: Bool, now: Int64) -> Bool {
        if windowEnd == .min { windowEnd = now.addingClamped(settings.windowNanos) }
        if isDropped { dropped += 1 } else { latencies.add(latencyNanos) }
        mostInFlight = max(mostInFlight, inFlight)
        guard now >= windowEnd, latencies.count + dropped >= Self.minSamples else { return false }
        let old = limit
        endWindow(now: now)
        latencies.reset()
        dropped = 0
        mostInFlight = 0
        windowEnd = now.addingClamped(settings.windowNanos)
        return limit != old
    }

    private mutating func endWindow(now: Int64) {
        let isOverloaded = dropped * 10 > latencies.count + dropped
        guard let sample = latencies.quantile(percent: 50) else { return settle(estimate * 0.9) }
        switch probe {
        case .draining:
            probe = .measuring
        case .measuring:
            probe = .none
            let isLower = sample < floorNanos / 10 * 9
            setFloor(sample, lifeNanos: isLower ? soonNanos : settings.floorLifeNanos, now)
            settle(estimate)
        case .none:
            if isOverloaded { settle(estimate * 0.9) } else { adjust(sample, now) }
        }
    }

    private mutating func adjust(_ sample: Int64, _ now: Int64) {
        let isUsed = mostInFlight * 2 >= limit
        if floorNanos == 0 {
            setFloor(sample, lifeNanos: soonNanos, now)
        } else if sample <= floorNanos {
            floorNanos = sample
        }
        if now >= renewFloorAt {
            guard isUsed else { return setFloor(sample, lifeNanos: settings.floorLifeNanos, now) }
            probe = .draining
            // The limit settles where the latency is the tolerated one; half of what shows the floor is enough.
            limit = max(settings.min, limit * 100 / (2 * settings.tolerancePercent))
            return
        }
        let tolerated = Double(floorNanos) * Double(settings.tolerancePercent) / 100
        let gradient = min(1, max(0.5, tolerated / Double(sample)))
        let target = estimate * gradient + estimate.squareRoot()
        let next = estimate + (target - estimate) * Self.smoothing
        if next <= estimate || isUsed { settle(next) }
    }

    private var soonNanos: Int64 { settings.windowNanos * Self.soonWindows }

    private mutating func setFloor(_ sample: Int64, lifeNanos: Int64, _ now: Int64) {
        floorNanos = sample
        renewFloorAt = now.addingClamped(lifeNanos)
    }

    private mutating func settle(_ value: Double) {
        estimate = min(Double(settings.max), max(Double(settings.min), value))
        limit = Int(estimate)
    }

    var invariants: Bool {
        limit >= settings.min && limit <= settings.max && floorNanos >= 0 && latencies.invariants
    }
}
