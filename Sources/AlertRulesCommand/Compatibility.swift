import AlertRules
import ArgumentParser
import PromQL

extension EngineOptions.Compatibility: ExpressibleByArgument {}

/// `--enable-feature`, shared by the commands that parse or evaluate.
struct FeatureOption: ParsableArguments {
    @Option(
        name: .customLong("enable-feature"), parsing: .singleValue,
        help: ArgumentHelp(
            "Features of Prometheus to enable, separated by commas; may be repeated: "
                + FeatureFlags.knownNames.joined(separator: ", ") + ".", valueName: "names"))
    var lists: [String] = []

    /// The features; warns of each name that isn't known, as promtool does.
    func read() -> FeatureFlags {
        FeatureFlags(lists: lists) { name in
            Terminal.error("  WARNING: Unknown feature passed to --enable-feature: \(name)\n")
        }
    }

    /// The features, where a name that isn't known is wrong usage.
    func readKnown() throws -> FeatureFlags {
        var unknown: [String] = []
        let flags = FeatureFlags(lists: lists) { unknown.append($0) }
        guard let name = unknown.first else { return flags }
        let nearest = nearestName(to: name, among: FeatureFlags.knownNames).map { "; did you mean '\($0)'?" }
        Terminal.error(
            "alert-rules: --enable-feature: there is no feature '\(name)'"
                + (nearest ?? "; there are \(FeatureFlags.knownNames.joined(separator: ", "))") + "\n")
        throw ExitCode(2)
    }
}

/// `--compat`, shared by the commands that evaluate.
struct CompatibilityOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Whose semantics to follow: prometheus-3 (left-open ranges) or prometheus-2 (closed ranges).",
            valueName: "version"))
    var compat = EngineOptions.Compatibility.prometheus3
}
