import AlertRules
import ArgumentParser
import PromQL
import TimeSeries

struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Evaluates a PromQL expression over files and prints the data object of Prometheus's HTTP API.",
        discussion: """
            FILE is OpenMetrics, Prometheus text, or delimited protobuf (io.prometheus.client.MetricFamily), told by \
            content or by the extension .pb; of a metric with a native histogram that is read and not its classic \
            series, as Prometheus does with native histograms enabled. All of them may be packed with gzip. Samples without a time get that of --time or \
            --end, else the time at which the file was written.

            FILE may also be a folder: of recorded scrapes, whose names hold the time, as in metrics-1700000000.txt; or \
            a block of Prometheus's TSDB, or its data folder with all blocks, of which only what the expression needs \
            is read. The write-ahead log is not read.

            Exit codes: 0 fine, 1 the expression failed, 2 wrong usage or unreadable input.
            """)

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "OpenMetrics, Prometheus text or protobuf, or a folder of recorded scrapes or TSDB blocks; "
                + "of several, each behind an --input of its own.",
            valueName: "file"))
    var input: [String]

    @Option(help: "Instant to evaluate at: RFC 3339 or Unix seconds. Default: the last sample.")
    var time: TimeArgument?

    @Option(help: "First step of a range query.")
    var start: TimeArgument?

    @Option(help: "Last step of a range query.")
    var end: TimeArgument?

    @Option(help: "Distance of the steps, as in 15s.")
    var step: DurationArgument?

    @OptionGroup var compatibility: CompatibilityOption
    @OptionGroup var features: FeatureOption

    @Argument(help: "The expression.")
    var expression: String

    mutating func validate() throws {
        let parts = [start != nil, end != nil, step != nil]
        if parts.contains(true), parts.contains(false) {
            throw ValidationError("a range query needs --start, --end and --step")
        }
        if time != nil, parts.contains(true) { throw ValidationError("give --time, or --start, --end and --step") }
        if let step, step.millis <= 0 { throw ValidationError("--step must be positive") }
        if let start, let end, end.millis < start.millis { throw ValidationError("--end lies before --start") }
    }

    mutating func run() throws {
        let data: RecordedData
        let instant: Int64
        do {
            let millis = time?.millis ?? end?.millis
            data = try InputData.open(input, untimed: millis.map { .at($0) } ?? .fileTime) {
                Terminal.error("alert-rules: \($0)\n")
            }
            instant = try millis ?? data.timeSpan()?.upperBound ?? 0
        } catch {
            Terminal.error("alert-rules: \(error)\n")
            throw ExitCode(2)
        }
        let features = features.read()
        var options = EngineOptions(features: features)
        options.compatibility = compatibility.compat
        let engine = Engine(source: data, options: options)
        do {
            let parsed = try Parser.parse(expression, options: ParserOptions(features: features))
            let result: QueryResult
            if let start, let end, let step {
                result = try engine.range(parsed, from: start.millis, through: end.millis, step: step.millis)
            } else {
                result = try engine.instant(parsed, at: instant)
            }
            for annotation in result.annotations { Terminal.error("alert-rules: \(annotation)\n") }
            Terminal.out(result.jsonData() + "\n")
        } catch {
            Terminal.error("alert-rules: \(expression): \(error)\n")
            throw ExitCode(1)
        }
    }
}
