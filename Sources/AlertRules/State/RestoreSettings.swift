/// How alerts get back the time they had been pending before the program was restarted.
///
/// Specified by Prometheus's `--rules.alert.for-outage-tolerance` and `for-grace-period`.
public struct RestoreSettings: Sendable {
    /// How old the last `ALERTS_FOR_STATE` sample may be.
    public var outageToleranceMillis: Int64 = 3_600_000
    /// Rules whose `for` is shorter start anew, and no restored alert fires earlier than this after the restart
    /// unless it fired before.
    public var graceMillis: Int64 = 600_000

    /// Prometheus's defaults.
    public init() {}
}
