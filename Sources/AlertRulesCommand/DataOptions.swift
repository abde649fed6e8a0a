import ArgumentParser
import PromQL
import TimeSeries

extension DataFormat: ExpressibleByArgument {}

/// Options of the commands that read recorded data.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What inputs that are text or protobuf are: openmetrics (times in seconds), prometheus (milliseconds) or "
                + "protobuf; auto tells it by the content.", valueName: "format"))
    var dataFormat = DataFormat.auto

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A label, as in job=node, for all series of text, protobuf and scrapes that lack it; may be repeated.",
            valueName: "name=value"))
    var label: [LabelArgument] = []

    @Option(
        help: ArgumentHelp(
            "The label for the part of a scrape's file name beside the time, where a folder has several targets.",
            valueName: "name"))
    var targetLabel: String?

    @Option(help: ArgumentHelp("How long reading and evaluating may take, as in 30s.", valueName: "duration"))
    var timeout: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "Samples that all inputs together, and a query, may hold at once. Default: 64000000 and 50000000.",
            valueName: "count"))
    var maxSamples: Int?

    @Option(
        help: ArgumentHelp(
            "Series that all inputs together, and a query, may have. Default: 1000000.", valueName: "count"))
    var maxSeries: Int?

    mutating func validate() throws {
        if let timeout, timeout.millis <= 0 { throw ValidationError("--timeout must be positive") }
        if let maxSamples, maxSamples < 1 { throw ValidationError("--max-samples must be at least 1") }
        var names = label.map(\.name)
        if let targetLabel {
            names.append(targetLabel)
            guard LabelArgument.isName(targetLabel) else {
                throw ValidationError("--target-label needs a label's name")
            }
        }
        if Set(names).count < names.count { throw ValidationError("--label and --target-label name a label twice") }
        if let maxSeries, maxSeries < 1 { throw ValidationError("--max-series must be at least 1") }
    }

    /// The bounds of what is read.
    var limits: SeriesStoreLimits {
        var limits = SeriesStoreLimits()
        if let maxSamples { limits.maxSamples = maxSamples }
        if let maxSeries { limits.maxSeries = maxSeries }
        return limits
    }

    /// Sets the bounds of a query.
    func bound(_ options: inout EngineOptions, _ deadline: Deadline) {
        if let maxSamples { options.maxSamples = maxSamples }
        if let maxSeries { options.maxSeries = maxSeries }
        options.isCancelled = deadline.check
    }

    /// How the inputs are read.
    func reading(_ features: FeatureFlags, _ deadline: Deadline) -> ReaderOptions {
        var options = ReaderOptions()
        options.format = dataFormat
        options.labels = label.map { (name: $0.name, value: $0.value) }
        options.targetLabel = targetLabel
        options.addsTypeAndUnitLabels = features.contains(.typeAndUnitLabels)
        options.readsStartTimestamps = features.contains(.startTimestamps)
        options.isCancelled = deadline.check
        return options
    }
}
