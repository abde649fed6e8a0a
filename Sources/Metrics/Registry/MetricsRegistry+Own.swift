import Locking

extension MetricsRegistry {
    /// Declares what the registry says about itself.
    func registerOwnMetrics() {
        // The names are the first in an empty registry and made of a valid prefix: there is nothing to refuse.
        let own = try? OwnMetrics(self)
        self.own.withLock { $0 = own }
    }

    /// Removes what is due and brings the registry's own metrics up to date; each scrape begins with it.
    func prepareScrape() {
        sweep()
        own.withLock { $0 }?.refresh(refusals)
    }
}
