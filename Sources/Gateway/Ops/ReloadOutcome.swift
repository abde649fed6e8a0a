/// What a reload changed.
public struct ReloadOutcome: Sendable, Equatable {
    /// Parts that are in force now.
    public var applied: [String]
    /// Keys that differ but need a restart.
    public var needsRestart: [String]

    /// An outcome.
    public init(applied: [String] = [], needsRestart: [String] = []) {
        self.applied = applied
        self.needsRestart = needsRestart
    }

    var json: JSONValue {
        .object([
            "reloaded": .boolean(true),
            "applied": .array(applied.map(JSONValue.string)),
            "needs_restart": .array(needsRestart.map(JSONValue.string)),
        ])
    }
}
