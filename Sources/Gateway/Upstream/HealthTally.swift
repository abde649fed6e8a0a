/// Decides from a series of checks whether an upstream gets requests; pure.
struct HealthTally: Equatable {
    private(set) var state = UpstreamState.Health.unknown
    private var goodInRow = 0
    private var badInRow = 0

    /// The first check decides at once; after that a change needs as many checks in a row as the definition says.
    mutating func note(isGood: Bool, _ check: HealthCheck) -> UpstreamState.Health {
        goodInRow = isGood ? min(goodInRow + 1, 1_000_000) : 0
        badInRow = isGood ? 0 : min(badInRow + 1, 1_000_000)
        switch state {
        case .unknown: state = isGood ? .up : .down
        case .up: if badInRow >= max(1, check.unhealthyAfter) { state = .down }
        case .down: if goodInRow >= max(1, check.healthyAfter) { state = .up }
        }
        return state
    }
}
