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
}

/// `--compat`, shared by the commands that evaluate.
struct CompatibilityOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Whose semantics to follow: prometheus-3 (left-open ranges) or prometheus-2 (closed ranges).",
            valueName: "version"))
    var compat = EngineOptions.Compatibility.prometheus3
}
