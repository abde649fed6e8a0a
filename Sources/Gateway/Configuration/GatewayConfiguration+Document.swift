extension GatewayConfiguration {
    /// The configuration in force as a YAML file that reads back as itself; secrets are redacted.
    public func effectiveYAML() -> String {
        Self.table.lines(self).map { $0 + "\n" }.joined()
    }

    /// The names of all environment variables, in the order of the documentation.
    public static var environmentNames: [String] { table.settings.compactMap(\.environment) }

    /// The tables of docs/CONFIGURATION.md: every key with its kind, default, limits and environment variable.
    public static func markdown() -> String {
        let head = "| key | kind | default | limits | environment | meaning |\n|---|---|---|---|---|---|\n"
        let defaults = GatewayConfiguration()
        let main = table.settings.map { row($0, $0.key, defaults) }.joined()
        let cells = CellDraft.table.settings.map { row($0, "cells[].\($0.key)", CellDraft()) }.joined()
        return head + main + "\nEach item of `cells`:\n\n" + head + cells
    }

    private static func row<Root>(_ setting: Setting<Root>, _ key: String, _ defaults: Root) -> String {
        let columns = [
            "`\(key)`", setting.unit, defaultText(setting.show(defaults)), setting.limits,
            setting.environment.map { "`\($0)`" } ?? "", setting.summary,
        ]
        return "| " + columns.joined(separator: " | ") + " |\n"
    }

    private static func defaultText<Root>(_ shown: Setting<Root>.Shown) -> String {
        switch shown {
        case .scalar(let text): "`\(text)`"
        case .absent: ""
        case .list(let items) where !items.isEmpty: items.map { "`\($0)`" }.joined(separator: ", ")
        case .list, .pairs, .block: "none"
        }
    }
}
