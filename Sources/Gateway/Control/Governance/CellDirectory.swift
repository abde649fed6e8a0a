import Locking

/// All cells there are, from the configuration, the embedded registry and the remote centre; a configured cell wins
/// over a governed one of the same name. Every change of what is routed goes to the data plane.
final class CellDirectory: Sendable {
    private struct State: Sendable {
        var configured: [GovernedCell] = []
        var registry: CellRegistry?
        var remote: [GovernedCell] = []
        var isRemoteReachable = false
        var applied: [CellDefinition]?
    }

    /// How a registration ended.
    enum Registration: Equatable {
        /// New, or with other upstreams than before.
        case changed
        /// A heartbeat that changes nothing.
        case renewed
        case configured
        case full
    }

    let mode: GovernanceSettings.Mode
    private let clock: MillisClock
    private let apply: @Sendable ([CellDefinition]) -> Void
    private let state: Locked<State>

    /// - Parameter apply: called with all definitions whenever they change, one call at a time.
    init(
        settings: GovernanceSettings, clock: @escaping MillisClock,
        apply: @escaping @Sendable ([CellDefinition]) -> Void
    ) {
        mode = settings.mode
        self.clock = clock
        self.apply = apply
        var state = State()
        if settings.mode == .embedded { state.registry = CellRegistry(maxCells: settings.maxCells) }
        self.state = Locked(state)
    }

    /// Takes the configuration's cells, at start and after a reload.
    func configure(_ cells: [CellDefinition]) {
        let now = clock()
        change { $0.configured = cells.map { GovernedCell($0, since: now) } }
    }

    /// A heartbeat.
    func register(_ name: String, _ registration: CellRegistration) -> Registration {
        let now = clock()
        return change { state in
            if state.configured.contains(where: { $0.name == name }) { return .configured }
            let before = state.registry?.registration(name, atMillis: now)
            guard state.registry?.register(name, registration, atMillis: now) == true else { return .full }
            return before == registration ? .renewed : .changed
        }
    }

    /// False when the registry has no such cell.
    func remove(_ name: String) -> Bool {
        change { $0.registry?.remove(name) ?? false }
    }

    /// Whether the configuration defines this cell.
    func isConfigured(_ name: String) -> Bool {
        state.withLock { $0.configured.contains { $0.name == name } }
    }

    /// Forgets registrations that were not renewed; called every second.
    func forgetOverdue() {
        let now = clock()
        change { $0.registry?.forgetOverdue(atMillis: now) }
    }

    /// Takes the remote centre's answer.
    func accept(_ cells: [GovernedCell]) {
        change { state in
            state.remote = cells
            state.isRemoteReachable = true
        }
    }

    /// Takes cells that the remote centre knew before this program started; it has not answered yet.
    func recall(_ cells: [GovernedCell]) {
        change { $0.remote = cells }
    }

    /// The remote centre did not answer; its cells stay as they were.
    func remoteFailed() {
        state.withLock { $0.isRemoteReachable = false }
    }

    /// Whether the source of governed cells answers; the embedded registry and none always do.
    var isSourceUp: Bool { state.withLock { mode != .remote || $0.isRemoteReachable } }

    /// What the governance centre knows: in embedded mode the configured cells as well, for this gateway is the centre.
    func governedCells() -> [GovernedCell] {
        let now = clock()
        return state.withLock { state in
            switch mode {
            case .none: []
            case .embedded: Self.merge(state, atMillis: now)
            case .remote: state.remote
            }
        }
    }

    /// Every cell that is routed, for the status page.
    func allCells() -> [GovernedCell] {
        let now = clock()
        return state.withLock { Self.merge($0, atMillis: now) }
    }

    private static func merge(_ state: State, atMillis now: Int64) -> [GovernedCell] {
        let names = Set(state.configured.map(\.name))
        let governed = (state.registry?.cells(atMillis: now) ?? []) + state.remote
        return state.configured + governed.filter { !names.contains($0.name) }
    }

    @discardableResult
    private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let now = clock()
        return state.withLock { state in
            let result = body(&state)
            let definitions = Self.merge(state, atMillis: now).map(\.definition)
            if definitions != state.applied {
                state.applied = definitions
                apply(definitions)
            }
            return result
        }
    }
}
