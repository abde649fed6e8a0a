import ArgumentParser
import PromQL

extension EngineOptions.Compatibility: ExpressibleByArgument {}

/// `--compat`, shared by the commands that evaluate.
struct CompatibilityOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Whose semantics to follow: prometheus-3 (left-open ranges) or prometheus-2 (closed ranges).",
            valueName: "version"))
    var compat = EngineOptions.Compatibility.prometheus3
}
