/// When a failed attempt is followed by another one.
public struct RetrySettings: Sendable, Hashable {
    /// Attempts of a request, the first included; 1 (no retries) to 10.
    public var maxAttempts: Int
    /// Failures that may be repeated.
    public var conditions: RetryConditions
    /// The pause before the first retry is random up to this, and doubles with each; in nanoseconds, 0 to 10 s.
    public var backoffNanos: Int64
    /// The longest pause, in nanoseconds, up to 60 s.
    public var maxBackoffNanos: Int64
    /// The share of retries in all attempts.
    public var budget: RetryBudgetSettings

    /// 3 attempts; 25 ms, 250 ms. Not after a new connection that ended, when the cell may have done its work, nor
    /// after 502 to 504, which are its own answers.
    public init(
        maxAttempts: Int = 3,
        conditions: RetryConditions = [.connect, .refusedStream, .perTryTimeout],
        backoffNanos: Int64 = 25_000_000,
        maxBackoffNanos: Int64 = 250_000_000,
        budget: RetryBudgetSettings = RetryBudgetSettings()
    ) {
        self.maxAttempts = maxAttempts
        self.conditions = conditions
        self.backoffNanos = backoffNanos
        self.maxBackoffNanos = maxBackoffNanos
        self.budget = budget
    }

    /// The nearest settings within the limits.
    func clamped() -> RetrySettings {
        var settings = self
        settings.maxAttempts = maxAttempts.clamped(1...10)
        settings.backoffNanos = backoffNanos.clamped(0...10_000_000_000)
        settings.maxBackoffNanos = maxBackoffNanos.clamped(settings.backoffNanos...60_000_000_000)
        settings.budget = budget.clamped()
        return settings
    }
}
