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
            content or by the extension .pb, or by --data-format; of a metric with a native histogram that is read and \
            not its classic series, as Prometheus does with native histograms enabled. All of them may be packed with \
            gzip, and come from a pipe: - is standard input. Samples without a time get that of --time or --end, else \
            the time at which the file was written.

            FILE may also be a folder: of recorded scrapes, whose names hold the time, as in metrics-1700000000.txt; or \
            a block of Prometheus's TSDB, or its data folder with all blocks, of which only what the expression needs \
            is read. The write-ahead log is not read.

            Exit codes: 0 fine, 1 the expression failed or took too long, 2 wrong usage, or input that is unreadable, \
            broken or beyond a limit.

            EXAMPLES
              alert-rules query --input samples.om 'sum by (job) (rate(http_requests_total[5m]))'
              zcat samples.om.gz | alert-rules query --input - --start 1700000000 --end 1700003600 --step 15s up
            """)

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "OpenMetrics, Prometheus text or protobuf, - for standard input, or a folder of recorded scrapes or TSDB blocks; "
                + "of several, each behind an --input of its own.",
            valueName: "file"))
    var input: [String]

    @Option(help: "Instant to evaluate at: RFC 3339 or Unix seconds. Default: the last sample.")
    var time: TimeArgument?

    @Option(help: "First step of a range query.")
    var start: TimeArgument?

    @Option(help: "Last step of a range query.")
    var end: TimeArgument?

    @Option(help: "Distance of the steps, as in 15s or 15.")
    var step: DurationArgument?

    @OptionGroup var data: DataOptions
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
        let features = try features.readKnown()
        let deadline = Deadline(data.timeout)
        let (source, instant) = try open(features, deadline)
        var options = EngineOptions(features: features)
        options.compatibility = compatibility.compat
        data.bound(&options, deadline)
        let engine = Engine(source: source, options: options)
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
        } catch let error as BlockError where !deadline.isPassed {
            Terminal.error("alert-rules: \(error)\n")
            throw ExitCode(2)
        } catch {
            Terminal.error("alert-rules: \(expression): \(deadline.message(error))\n")
            throw ExitCode(1)
        }
    }

    /// Reads or opens the inputs; also the time of an instant query.
    private func open(_ features: FeatureFlags, _ deadline: Deadline) throws -> (RecordedData, Int64) {
        do {
            let millis = time?.millis ?? end?.millis
            let source = try InputData.open(
                input, limits: data.limits, untimed: millis.map { .at($0) } ?? .fileTime,
                options: data.reading(features, deadline)
            ) { Terminal.error("alert-rules: \($0)\n") }
            return (source, try millis ?? source.timeSpan()?.upperBound ?? 0)
        } catch {
            Terminal.error("alert-rules: \(deadline.message(error))\n")
            throw ExitCode(deadline.isPassed ? 1 : 2)
        }
    }
}
