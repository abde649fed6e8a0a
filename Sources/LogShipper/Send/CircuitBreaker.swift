/// Whether a destination as a whole gets requests. While it is open there are none but probes, one at a time and further
/// and further apart, so that a destination that is down gets one request a step and not one from every tenant.
///
/// It opens when connections fail twice in a row, or when eight requests in a row from at least four tenants got no
/// useful answer. With fewer tenants their own waiting times do the same, and one tenant's trouble is not the
/// destination's. Any answer that shows the destination at work closes it: also one that blames or throttles the tenant
/// that asked.
struct CircuitBreaker: Equatable {
    /// What the end of a request says about the destination.
    enum Sign: Equatable {
        case alive
        /// No connection came about.
        case unreachable
        /// An error that may be the destination's or the tenant's.
        case failing
    }

    enum State: Equatable {
        case closed
        /// The next probe may be sent at this time.
        case open(untilNanos: Int64)
        /// A probe is under way.
        case probing
    }

    enum Change: Equatable { case opened, closed }

    private(set) var state = State.closed
    /// Probes that failed in a row, and what opened it.
    private var attempt = 0
    private var unreachableInARow = 0
    private var failuresInARow = 0
    private var failedTenants: Set<TenantID> = []

    private static let unreachableLimit = 2
    private static let failureLimit = 8
    private static let tenantLimit = 4

    var isClosed: Bool { state == .closed }

    /// When the next probe may be sent, while it is open.
    var probeNanos: Int64? {
        if case .open(let until) = state { until } else { nil }
    }

    /// A probe is sent now.
    mutating func probe() { state = .probing }

    /// A request ended.
    ///
    /// - Parameters:
    ///   - isProbe: whether it was the probe; what was sent before the circuit opened can only close it.
    ///   - delayNanos: how long to wait before the next probe, given the number of failed steps.
    mutating func note(
        _ sign: Sign, of tenant: TenantID, isProbe: Bool, nowNanos: Int64, delayNanos: (Int) -> Int64
    ) -> Change? {
        guard sign != .alive else { return close() }
        if isClosed {
            count(sign, tenant)
            guard isTooMuch else { return nil }
        } else if !isProbe {
            return nil
        }
        let change: Change? = isClosed ? .opened : nil
        attempt += 1
        state = .open(untilNanos: nowNanos + delayNanos(attempt))
        return change
    }

    private var isTooMuch: Bool {
        unreachableInARow >= CircuitBreaker.unreachableLimit
            || failuresInARow >= CircuitBreaker.failureLimit && failedTenants.count >= CircuitBreaker.tenantLimit
    }

    private mutating func count(_ sign: Sign, _ tenant: TenantID) {
        failuresInARow += 1
        unreachableInARow = sign == .unreachable ? unreachableInARow + 1 : 0
        if failedTenants.count < CircuitBreaker.tenantLimit { failedTenants.insert(tenant) }
    }

    private mutating func close() -> Change? {
        let wasClosed = isClosed
        self = CircuitBreaker()
        return wasClosed ? nil : .closed
    }
}

extension Verdict {
    /// What the end of a request says about the destination; nil where it says nothing.
    var sign: CircuitBreaker.Sign? {
        guard case .retry(let reason, _) = self else { return .alive }
        return switch reason {
        case .connect, .tls: .unreachable
        case .timeout, .broken, .serverError, .unauthorized, .misconfigured, .archive: .failing
        case .throttled: .alive
        case .deadLetterFile, .encoding, .unacknowledged: nil
        }
    }
}

extension Verdict.RetryReason {
    /// Whether the destination as a whole may be the reason, and not the tenant or this program.
    var mayBeDestination: Bool {
        let sign = Verdict.retry(reason: self, afterNanos: nil).sign
        return sign == .failing || sign == .unreachable
    }
}
