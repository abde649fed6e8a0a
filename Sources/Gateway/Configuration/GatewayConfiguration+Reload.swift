extension GatewayConfiguration {
    /// Keys that take effect without a restart.
    private static let reloadable: Set<String> = [
        "admin.token", "admin.token_file", "cells", "rules.files", "rules.interval", "rules.scrape",
        "rules.alertmanagers", "rules.external_labels", "rules.external_url", "ops.refresh", "trusted_proxies",
        "tenancy.required", "tenancy.header", "access_log.sample_permille", "tls.certificates", "tls.min_version",
        "tls.http2", "reload.watch", "tls.client_certificates", "tls.client_authorities",
    ]

    /// Sections all of whose keys do, but for those that need a restart.
    private static func takesEffect(_ key: String) -> Bool {
        if reloadable.contains(key) { return true }
        if key == "limits.connections" || key == "limits.rate_keys" { return false }
        return ["limits.", "timeouts.", "overload.", "drain."].contains { key.hasPrefix($0) }
    }

    /// The configuration in force after a reload, and the keys that differ.
    ///
    /// What needs a restart keeps its old value, so that the next reload names it again.
    func reloaded(with next: GatewayConfiguration) -> (configuration: GatewayConfiguration, outcome: ReloadOutcome) {
        var outcome = ReloadOutcome()
        for setting in Self.table.settings where setting.show(self) != setting.show(next) {
            let opensOrCloses = setting.key.hasPrefix("tls.") && dataPlane.tls.isEnabled != next.dataPlane.tls.isEnabled
            if Self.takesEffect(setting.key), !opensOrCloses {
                outcome.applied.append(setting.key)
            } else {
                outcome.needsRestart.append(setting.key)
            }
        }
        if admin != next.admin, !outcome.applied.contains("admin.token") { outcome.applied.append("admin.token") }
        var result = self
        result.admin = next.admin
        result.cells = next.cells
        result.places = next.places
        result.watchesFile = next.watchesFile
        result.dataPlane = dataPlane.reloaded(with: next.dataPlane)
        result.rules.files = next.rules.files
        result.rules.intervalNanos = next.rules.intervalNanos
        result.rules.scrape = next.rules.scrape
        result.rules.alertmanagers = next.rules.alertmanagers
        result.rules.externalLabels = next.rules.externalLabels
        result.rules.externalURL = next.rules.externalURL
        result.ops.refreshSeconds = next.ops.refreshSeconds
        return (result, outcome)
    }
}
