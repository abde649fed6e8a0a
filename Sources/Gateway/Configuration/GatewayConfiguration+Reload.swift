extension GatewayConfiguration {
    /// Keys that take effect without a restart.
    private static let reloadable: Set<String> = [
        "admin.token", "admin.token_file", "cells", "rules.files", "rules.interval", "rules.scrape",
        "rules.alertmanagers", "rules.external_labels", "rules.external_url", "ops.refresh",
    ]

    /// The configuration in force after a reload, and the keys that differ.
    ///
    /// What needs a restart keeps its old value, so that the next reload names it again.
    func reloaded(with next: GatewayConfiguration) -> (configuration: GatewayConfiguration, outcome: ReloadOutcome) {
        var outcome = ReloadOutcome()
        for setting in Self.table.settings where setting.show(self) != setting.show(next) {
            if Self.reloadable.contains(setting.key) {
                outcome.applied.append(setting.key)
            } else {
                outcome.needsRestart.append(setting.key)
            }
        }
        if admin != next.admin, !outcome.applied.contains("admin.token") { outcome.applied.append("admin.token") }
        var result = self
        result.admin = next.admin
        result.cells = next.cells
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
