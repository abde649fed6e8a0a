/// The states an alert is seen in.
public enum AlertState: String, Sendable, CaseIterable {
    /// Its result is gone; kept for 15 minutes so that Alertmanager hears of it.
    case inactive
    /// Its result stands, but not yet for as long as `for` asks.
    case pending
    /// Its result has stood long enough, or `keep_firing_for` holds it.
    case firing
}

/// The life of one alert as a pure state machine: presence in, transition out, the clock is an argument.
///
/// Specified by Prometheus's AlertingRule.Eval and the Alert Generator Compliance Specification 1.0. All times are
/// milliseconds since the epoch.
public struct AlertLifecycle: Sendable, Equatable {
    /// What one evaluation changed.
    public enum Transition: String, Sendable {
        /// A new alert waits for its `for`.
        case pending
        /// It fires (at once, when `for` is zero).
        case firing
        /// It fired, and its result is gone.
        case resolved
        /// It was pending, and its result is gone.
        case dropped
        /// A firing alert waits again because `for` was lengthened.
        case suspended
        /// A resolved alert was kept long enough.
        case forgotten
    }

    /// How long a resolved alert is kept, so that a lost resolve can be sent again.
    public static let resolvedRetentionMillis: Int64 = 15 * 60_000

    /// Nil while there is no alert.
    public private(set) var state: AlertState?
    /// When its result came up.
    public private(set) var activeAtMillis: Int64 = 0
    /// When it fired first.
    public private(set) var firedAtMillis: Int64?
    /// When its result was gone.
    public private(set) var resolvedAtMillis: Int64?
    /// Since when only `keep_firing_for` holds it.
    public private(set) var keepFiringSinceMillis: Int64?
    /// When it was last handed out for sending.
    public private(set) var lastSentAtMillis: Int64?
    /// Until when Alertmanager may believe the last sent alert.
    public private(set) var validUntilMillis: Int64 = 0

    /// No alert yet.
    public init() {}

    /// Whether it counts as active: pending or firing.
    public var isActive: Bool { state == .pending || state == .firing }

    /// The value of `ALERTS_FOR_STATE`: whole seconds since the epoch.
    var activeAtSeconds: Double { Double(activeAtMillis.flooredDivision(by: 1_000).quotient) }

    /// One evaluation at `millis`; `isPresent` says whether the expression's result has the alert.
    public mutating func evaluate(
        isPresent: Bool, at millis: Int64, forMillis: Int64, keepFiringForMillis: Int64
    ) -> Transition? {
        isPresent
            ? seen(at: millis, forMillis: forMillis)
            : missed(at: millis, forMillis: forMillis, keepFiringForMillis: keepFiringForMillis)
    }

    private mutating func seen(at millis: Int64, forMillis: Int64) -> Transition? {
        var transition: Transition?
        if !isActive {
            self = AlertLifecycle()
            state = .pending
            activeAtMillis = millis
            transition = .pending
        }
        keepFiringSinceMillis = nil
        let age = millis.subtractingClamped(activeAtMillis)
        if state == .pending, age >= forMillis {
            state = .firing
            firedAtMillis = millis
            return .firing
        }
        return suspend(age: age, forMillis: forMillis) ?? transition
    }

    /// A firing alert waits again when `for` was lengthened beyond its age.
    private mutating func suspend(age: Int64, forMillis: Int64) -> Transition? {
        guard state == .firing, age < forMillis else { return nil }
        state = .pending
        firedAtMillis = nil
        return .suspended
    }

    private mutating func missed(at millis: Int64, forMillis: Int64, keepFiringForMillis: Int64) -> Transition? {
        switch state {
        case nil: return nil
        case .pending:
            self = AlertLifecycle()
            return .dropped
        case .firing:
            if keepFiringForMillis > 0 {
                let since = keepFiringSinceMillis ?? millis
                keepFiringSinceMillis = since
                if millis.subtractingClamped(since) < keepFiringForMillis {
                    return suspend(age: millis.subtractingClamped(activeAtMillis), forMillis: forMillis)
                }
            }
            state = .inactive
            resolvedAtMillis = millis
            return .resolved
        case .inactive:
            let age = millis.subtractingClamped(resolvedAtMillis ?? millis)
            guard age > AlertLifecycle.resolvedRetentionMillis else { return nil }
            self = AlertLifecycle()
            return .forgotten
        }
    }

    /// Moves the beginning of an active alert; the state follows at the next evaluation.
    mutating func restore(activeAtMillis millis: Int64) {
        if isActive { activeAtMillis = millis }
    }

    /// Whether the alert is to be sent now: never while pending, always once after it resolved, else again when
    /// `resendDelayMillis` has passed. If so, it counts as sent.
    public mutating func takeForSending(
        at millis: Int64, intervalMillis: Int64, resendDelayMillis: Int64
    ) -> Bool {
        guard state == .firing || state == .inactive else { return false }
        if let lastSentAtMillis {
            let isNewlyResolved = (resolvedAtMillis ?? Int64.min) > lastSentAtMillis
            guard isNewlyResolved || lastSentAtMillis.addingClamped(resendDelayMillis) < millis else { return false }
        }
        lastSentAtMillis = millis
        validUntilMillis = millis.addingClamped(4 * max(intervalMillis, resendDelayMillis))
        return true
    }
}

extension Int64 {
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
