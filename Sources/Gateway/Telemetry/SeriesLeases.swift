import GatewayMetrics
import Locking

/// Keeps the series of a cell, and of an upstream of a cell, as long as any event loop uses them, and removes them
/// after that: upstreams come and go with their addresses, and what nobody removes fills its family's limit.
///
/// An event loop takes a lease before it binds children and drops it with the children, which is when the last request
/// over a removed cell or upstream has ended. The lock orders the two, so that nobody binds what is being removed.
final class SeriesLeases: Sendable {
    fileprivate struct Subject: Hashable {
        let cell: String
        /// Nil for the cell's own series.
        let upstream: String?
    }

    /// Alive as long as children of the subject are bound.
    final class Lease {
        private let leases: SeriesLeases
        private let subject: Subject

        fileprivate init(_ subject: Subject, of leases: SeriesLeases) {
            self.leases = leases
            self.subject = subject
        }

        deinit { leases.end(subject) }
    }

    private let metrics: GatewayMetricSet
    private let counts = Locked([Subject: Int]())

    init(_ metrics: GatewayMetricSet) { self.metrics = metrics }

    /// For the series of a cell, or of one of its upstreams by `host:port`.
    func lease(cell: String, upstream: String? = nil) -> Lease {
        let subject = Subject(cell: cell, upstream: upstream)
        counts.withLock { $0[subject, default: 0] += 1 }
        return Lease(subject, of: self)
    }

    private func end(_ subject: Subject) {
        counts.withLock { counts in
            let left = counts[subject, default: 1] - 1
            counts[subject] = left > 0 ? left : nil
            if left <= 0 { remove(subject) }
        }
    }

    private func remove(_ subject: Subject) {
        let cell = subject.cell
        guard let upstream = subject.upstream else {
            // These names stand for requests without a cell, whatever a cell may be called.
            guard cell != CellMeters.unknown, cell != CellMeters.local else { return }
            metrics.overhead.remove([cell])
            metrics.inFlight.remove([cell])
            metrics.circuitOpen.remove([cell])
            for result in CellMeters.retryResults { metrics.retries.remove([cell, result]) }
            for result in HedgeMeters.results { metrics.hedges.remove([cell, result]) }
            return
        }
        for outcome in UpstreamOutcome.allCases { metrics.upstreamRequests.remove([cell, upstream, outcome.label]) }
        metrics.upstreamEjections.remove([cell, upstream])
        for state in PoolGauges.states { metrics.upstreamConnections.remove([cell, upstream, state]) }
    }
}
