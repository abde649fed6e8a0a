/// The whole configuration: defaults, then the file, then environment variables.
public struct GatewayConfiguration: Sendable, Equatable {
    /// Listener, limits, timeouts, tenants. `loops` 0 stands for one per core and is resolved at start.
    public var dataPlane = DataPlaneSettings(loops: 0)
    /// The operations listener.
    public var ops = OpsSettings()
    /// The admin token.
    public var admin = AdminSettings()
    /// The registry of cells.
    public var governance = GovernanceSettings()
    /// Access log and messages.
    public var log = LogSettings()
    /// Rule evaluation.
    public var rules = RulesSettings()
    /// A change of the file is taken by itself.
    public var watchesFile = false
    /// The configured cells, by unique name.
    public var cells: [CellDefinition] = []
    /// For errors that are found later.
    var places = ConfigurationPlaces()

    /// The documented defaults.
    public init() {}
}
