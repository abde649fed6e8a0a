/// What all event loops share of a cell's policies: what one loop learns counts for the requests of all.
final class CellShare: Sendable {
    let outliers: OutlierDetector
    let retries: RetryBudget
    /// Nil without hedging.
    let hedges: RetryBudget?
    /// Nil without a circuit breaker.
    let circuit: SharedCircuit?
    /// Nil without a limit of requests in flight.
    let concurrency: SharedConcurrency?

    init(upstreams: Int, _ policy: CellPolicySettings) {
        outliers = OutlierDetector(upstreams: upstreams, policy.outliers)
        retries = RetryBudget(policy.retries.budget)
        hedges = policy.hedging.isEnabled ? RetryBudget(policy.hedging.budget) : nil
        circuit = policy.circuit.map { SharedCircuit($0) }
        concurrency = policy.concurrency.map { SharedConcurrency($0) }
    }
}
