/// Closed, open, half open (Nygard, Release It!, 2007); pure. `SharedCircuit` is what the loops use.
///
/// One event at the request's start and one at its end, after all attempts. A request carries the permit it was let
/// in with: an answer to what was asked before the state changed says nothing about the state after.
struct CircuitBreaker {
    /// Requests that were let in between two changes of state.
    struct Permit: Equatable {
        var generation: UInt32
    }

    enum Event: Equatable {
        /// A request wants in.
        case request
        case success(Permit)
        /// No upstream answered, or the answer was 502, 503 or 504. Not a 500, which may be one tenant's doing.
        case failure(Permit)
        /// It ended without a verdict on the cell: the client left, or the gateway refused it.
        case cancelled(Permit)
    }

    enum Action: Equatable {
        case allow(Permit)
        /// Answer `CIRCUIT_OPEN` and `Retry-After`.
        case refuse(retryAfterNanos: Int64)
        /// To be logged and measured.
        case opened(untilNanos: Int64)
        case closed
        case none
    }

    enum State: Equatable {
        case closed(sinceNanos: Int64)
        case open(untilNanos: Int64)
        /// Lost trials are replaced after `renewNanos`.
        case halfOpen(outstanding: Int, succeeded: Int, renewNanos: Int64)
    }

    let settings: CircuitBreakerSettings
    private(set) var state = State.closed(sinceNanos: 0)
    private(set) var permit = Permit(generation: 0)
    /// Times in a row that it opened.
    private(set) var openings = 0
    private var window: OutcomeWindow

    init(_ settings: CircuitBreakerSettings = CircuitBreakerSettings()) {
        self.settings = settings.clamped()
        window = OutcomeWindow(nanos: self.settings.windowNanos)
    }

    mutating func on(_ event: Event, now: Int64) -> Action {
        switch event {
        case .request: admit(now: now)
        case .success(let permit): permit == self.permit ? succeed(now: now) : .none
        case .failure(let permit): permit == self.permit ? fail(now: now) : .none
        case .cancelled(let permit): permit == self.permit ? cancel() : .none
        }
    }

    var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    private mutating func admit(now: Int64) -> Action {
        switch state {
        case .closed:
            return .allow(permit)
        case .open(let until):
            guard until <= now else { return .refuse(retryAfterNanos: until.subtractingClamped(now)) }
            return startTrials(now: now)
        case .halfOpen(let outstanding, let succeeded, let renew):
            if renew <= now { return startTrials(now: now) }
            guard outstanding + succeeded < settings.trials else {
                return .refuse(retryAfterNanos: min(renew.subtractingClamped(now), 1_000_000_000))
            }
            state = .halfOpen(outstanding: outstanding + 1, succeeded: succeeded, renewNanos: renew)
            return .allow(permit)
        }
    }

    private mutating func startTrials(now: Int64) -> Action {
        permit.generation &+= 1
        state = .halfOpen(outstanding: 1, succeeded: 0, renewNanos: now.addingClamped(settings.maxOpenNanos))
        return .allow(permit)
    }

    private mutating func succeed(now: Int64) -> Action {
        switch state {
        case .closed:
            window.add(isGood: true, now: now)
            return .none
        case .open:
            return .none
        case .halfOpen(let outstanding, let succeeded, let renew):
            guard succeeded + 1 >= settings.trials else {
                state = .halfOpen(outstanding: max(0, outstanding - 1), succeeded: succeeded + 1, renewNanos: renew)
                return .none
            }
            permit.generation &+= 1
            window.reset()
            state = .closed(sinceNanos: now)
            return .closed
        }
    }

    private mutating func fail(now: Int64) -> Action {
        switch state {
        case .closed(let since):
            window.add(isGood: false, now: now)
            let total = window.good + window.bad
            guard total >= settings.minRequests, window.bad * 100 >= total * settings.failurePercent else {
                return .none
            }
            if now.subtractingClamped(since) >= settings.forgetNanos { openings = 0 }
            return open(now: now)
        case .open:
            return .none
        case .halfOpen:
            return open(now: now)
        }
    }

    private mutating func open(now: Int64) -> Action {
        openings = min(openings + 1, 32)
        permit.generation &+= 1
        let length = min(settings.openNanos.multipliedClamped(by: 1 << Int64(openings - 1)), settings.maxOpenNanos)
        let until = now.addingClamped(length)
        state = .open(untilNanos: until)
        return .opened(untilNanos: until)
    }

    private mutating func cancel() -> Action {
        if case .halfOpen(let outstanding, let succeeded, let renew) = state {
            state = .halfOpen(outstanding: max(0, outstanding - 1), succeeded: succeeded, renewNanos: renew)
        }
        return .none
    }

    var invariants: Bool {
        guard window.invariants else { return false }
        guard case .halfOpen(let outstanding, let succeeded, _) = state else { return true }
        return outstanding >= 0 && succeeded >= 0 && outstanding + succeeded <= settings.trials
    }
}
