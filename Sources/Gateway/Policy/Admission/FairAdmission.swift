/// Chooses whom to refuse when the gateway as a whole is overloaded: tenants above their fair share, each with the
/// probability that brings it down to the share; the others pass. A tenant's demand counts, not what it was given, so
/// that asking more does not help.
///
/// Per event loop: lag is a loop's, and so is the tenant that causes it. Hot path: one set of eight entries, no
/// allocation; ten times a second all entries fade.
struct FairAdmission {
    let settings: OverloadSettings
    private(set) var shares: TenantShares
    /// Requests of a tenant of late that all pass.
    private(set) var level = Float.infinity
    private var tickAt = Int64.min

    private static let tickNanos: Int64 = 100_000_000
    /// Requests of late with which nobody is a flood, however few the others have.
    private static let alwaysAdmitted: Float = 5

    init(_ settings: OverloadSettings = OverloadSettings()) {
        self.settings = settings.clamped()
        shares = TenantShares(places: self.settings.watchedTenants)
    }

    /// Whether a request of the tenant may go on. `pressure` comes from `OverloadSettings.pressure`: the share of all
    /// requests to refuse.
    @inline(__always)
    mutating func admits(_ tenant: UInt64, pressure: Double, now: Int64, random: inout FastRandom) -> Bool {
        let own = shares.add(tenant)
        if now >= tickAt { tick(pressure, now) }
        if pressure <= 0 || own <= level { return true }
        return Float(random.fraction()) * own < level
    }

    private mutating func tick(_ pressure: Double, _ now: Int64) {
        if tickAt != .min {
            let elapsed = now.subtractingClamped(tickAt).addingClamped(Self.tickNanos)
            shares.fade(Float(Decay.factor(elapsedNanos: elapsed, timeConstantNanos: settings.memoryNanos)))
        }
        tickAt = now.addingClamped(Self.tickNanos)
        guard pressure > 0 else {
            level = .infinity
            return
        }
        let least = max(Self.alwaysAdmitted, shares.total * Float(settings.alwaysAdmittedPercent) / 100)
        level = max(least, shares.level(allowed: shares.total * Float(1 - min(1, pressure))))
    }
}
