import Locking
import Synchronization

extension MetricsRegistry {
    /// Removes the idle series of all families that have an expiry, at most once a second; returns how many.
    ///
    /// Also removes the series of values whose time under a ``BoundedLabel`` is over; those are not in the result.
    ///
    /// Each scrape does it. A counter that is removed and used again starts from zero, which `rate` takes for a reset;
    /// what was counted between the last scrape and the removal is lost. So the expiry should be many scrapes long.
    @discardableResult
    public func sweep() -> Int {
        boundedLabels.removeDue()
        let now = clock()
        let last = sweptNanos.load(ordering: .relaxed)
        guard last == 0 || now >= last && now - last >= 1_000_000_000,
            sweptNanos.compareExchange(expected: last, desired: max(now, 1), ordering: .relaxed).exchanged
        else { return 0 }
        return state.withLock { $0.expiring }.reduce(0) { $0 + $1.removeIdle(now: now) }
    }
}
