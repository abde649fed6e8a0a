/// Decides whether a failed attempt is repeated; pure, the same on all loops. The budget is asked after it.
///
/// A failure before the upstream can have seen the request (no connection, REFUSED_STREAM) may be repeated for every
/// method; any other only for idempotent ones (RFC 9110 section 9.2.2), and never once the client has got something.
struct RetryPolicy {
    let settings: RetrySettings

    init(_ settings: RetrySettings = RetrySettings()) { self.settings = settings.clamped() }

    func decide(_ attempt: FailedAttempt, random: inout FastRandom) -> RetryDecision {
        if attempt.responseStarted { return .fail(.responseStarted) }
        if attempt.lostBodyBytes > 0 { return .fail(.bodyLost) }
        if !isUntouched(attempt.failure), !attempt.isIdempotent { return .fail(.notIdempotent) }
        if attempt.failure == .staleConnection, !attempt.hadStaleConnection {
            // Not a failure of the upstream, and it cannot repeat itself: the new connection is not stale.
            return .retry(afterNanos: 0, target: .sameUpstream, isFree: true)
        }
        if attempt.failure == .refusedStream, !attempt.hadRefusedStream {
            // A server that ends its connections after so many requests says so with each: no failure either.
            let target: RetryDecision.Target = attempt.hasOtherUpstream ? .otherUpstream : .sameUpstream
            return .retry(afterNanos: 0, target: target, isFree: true)
        }
        if attempt.attempts >= settings.maxAttempts { return .fail(.attemptsUsedUp) }
        if !isConfigured(attempt.failure) { return .fail(.notConfigured) }
        let pause = pauseNanos(attempt, &random)
        if pause >= attempt.remainingNanos { return .fail(.noTimeLeft) }
        let target: RetryDecision.Target = attempt.hasOtherUpstream ? .otherUpstream : .sameUpstream
        return .retry(afterNanos: pause, target: target, isFree: false)
    }

    private func isUntouched(_ failure: AttemptFailure) -> Bool {
        switch failure {
        case .connectRefused, .connectTimeout, .refusedStream: true
        case .staleConnection, .reset, .perTryTimeout, .gatewayError, .malformed: false
        }
    }

    private func isConfigured(_ failure: AttemptFailure) -> Bool {
        switch failure {
        case .connectRefused, .connectTimeout: settings.conditions.contains(.connect)
        case .refusedStream: settings.conditions.contains(.refusedStream)
        case .staleConnection, .reset: settings.conditions.contains(.reset)
        case .perTryTimeout: settings.conditions.contains(.perTryTimeout)
        case .gatewayError: settings.conditions.contains(.gatewayError)
        case .malformed: false
        }
    }

    /// Full jitter (Brooker, Exponential backoff and jitter, 2015). None where another upstream takes over from one
    /// that has not begun.
    private func pauseNanos(_ attempt: FailedAttempt, _ random: inout FastRandom) -> Int64 {
        if isUntouched(attempt.failure), attempt.hasOtherUpstream { return 0 }
        let doublings = Int64(1) << Int64((attempt.attempts - 1).clamped(0...20))
        let longest = min(settings.backoffNanos.multipliedClamped(by: doublings), settings.maxBackoffNanos)
        return Int64(random.below(Int(longest) + 1))
    }
}
