import CurlHTTP
import Exposition
import TimeSeries

/// Judges the metrics that a program exposes, read from a file, from standard input or from its URL.
///
/// Text, OpenMetrics and protobuf must be what their specifications demand (OpenMetrics strictly); what they hold is
/// judged by ``Exposition/MetricsLint``. Files and pipes may be packed with gzip. A file that ends in `# EOF` is
/// OpenMetrics, one that begins like a delimited message protobuf; a URL's format is its `Content-Type`.
public struct MetricsCheck: Sendable {
    /// What came out.
    public enum Outcome: Sendable, Equatable {
        /// The source could be read; the number of its metrics, and what is wrong with them.
        case judged(metrics: Int, problems: [LintProblem])
        /// The text breaks its format there.
        case malformed(ExpositionError)
        /// The protobuf message breaks its format there.
        case malformedMessage(ProtobufExpositionError)
        /// The source is something else, and what.
        case notMetrics(ForeignContent)
        /// The source could not be had.
        case unreadable(String)
    }

    /// Bounds.
    public struct Settings: Sendable {
        /// For a URL, from connecting to the last byte.
        public var timeoutMillis = 30_000
        /// Bytes of a URL's body after decompression, or of a pipe; files may be of any size.
        public var maxBytes = 256 << 20
        /// Of the lint.
        public var limits = MetricsLint.Limits()

        /// The defaults.
        public init() {}
    }

    /// A path, `-` for standard input, or an address that begins with `http://` or `https://`.
    public let source: String
    /// What came out.
    public let outcome: Outcome
    /// The types of the metrics, by family name; empty when the source couldn't be read.
    public let kinds: [String: MetricKind]

    /// Reads and judges a source.
    public init(source: String, settings: Settings = Settings()) {
        self.source = source
        do {
            (outcome, kinds) = try MetricsCheck.judge(source, settings)
            return
        } catch let error as ExpositionError {
            outcome = .malformed(error)
        } catch let error as ProtobufExpositionError {
            outcome = .malformedMessage(error)
        } catch let error as ReaderError {
            outcome = .unreadable(String(error.message.drop { $0 == " " }))
        } catch {
            outcome = .unreadable("\(error)")
        }
        kinds = [:]
    }

    /// 0 when nothing is wrong, 1 for problems, a broken format or something else than metrics, 2 for a source that cannot be had.
    public var exitCode: Int32 {
        switch outcome {
        case .judged(_, let problems): problems.isEmpty ? 0 : 1
        case .malformed, .malformedMessage, .notMetrics: 1
        case .unreadable: 2
        }
    }

    /// One line a problem: `SOURCE:line: metric: sentence (suggestion)`, without the line where there is none.
    public var report: [String] {
        switch outcome {
        case .judged(_, let problems):
            problems.map { $0.line == nil ? "\(source): \($0)" : "\(source):\($0)" }
        case .malformed(let error): ["\(source):\(error)"]
        case .malformedMessage(let error): ["\(source): \(error)"]
        case .notMetrics(let foreign): ["\(source): \(foreign.advice)"]
        case .unreadable(let reason): ["\(source): \(reason)"]
        }
    }

    /// What is wrong as findings: problems are warnings, a source that is no metrics or cannot be had is an error.
    public var findings: [RuleFinding] {
        switch outcome {
        case .judged(_, let problems): problems.map(finding)
        case .malformed(let error): [finding(error.message, line: error.line, column: error.column)]
        case .malformedMessage(let error): [finding(error.description)]
        case .notMetrics(let foreign): [finding(foreign.advice)]
        case .unreadable(let reason): [finding(reason)]
        }
    }

    private func finding(_ reason: String, line: Int = 0, column: Int = 0) -> RuleFinding {
        RuleFinding(
            check: .metricsSyntax, severity: .error, file: source, line: line, column: column, endLine: line,
            endColumn: column, subject: .file, reason: reason, suggestion: "")
    }

    private func finding(_ problem: LintProblem) -> RuleFinding {
        let line = problem.line ?? 0
        return RuleFinding(
            check: .metricsPractice, severity: .warning, file: source, line: line, column: min(1, line), endLine: line,
            endColumn: min(1, line), subject: problem.metric.isEmpty ? .file : .metric(problem.metric),
            reason: problem.message, suggestion: problem.suggestion)
    }

    private static func judge(_ source: String, _ settings: Settings) throws -> (Outcome, [String: MetricKind]) {
        if source.hasPrefix("http://") || source.hasPrefix("https://") {
            let response = try fetch(source, settings)
            guard response.status == 200 else { return (.unreadable("the server answered \(response.status)"), [:]) }
            if let foreign = ForeignContent(beginning: response.body.prefix(headBytes)) {
                return (.notMetrics(foreign), [:])
            }
            let type = response.header("Content-Type") ?? ""
            var judge = MetricsJudge(contentType: type, limits: settings.limits)
            try response.body.withUnsafeBytes { try judge.consume($0) }
            let outcome = try judge.finish()
            return (outcome, judge.kinds)
        }
        let file = try InputFile(source)
        if file.isSeekable {
            let head = try file.head(headBytes).bytes
            if let foreign = ForeignContent(beginning: head) { return (.notMetrics(foreign), [:]) }
            var judge = MetricsJudge(beginning: head, ending: try file.tail(64) ?? [], limits: settings.limits)
            try file.forEachPiece { try judge.consume($0) }
            let outcome = try judge.finish()
            return (outcome, judge.kinds)
        }
        var bytes: [UInt8] = []
        try file.forEachPiece { piece in
            guard piece.count <= settings.maxBytes - bytes.count else {
                throw ReaderError(path: source, message: "more than \(settings.maxBytes) bytes come from a pipe")
            }
            bytes.append(contentsOf: piece)
        }
        if let foreign = ForeignContent(beginning: bytes.prefix(headBytes)) { return (.notMetrics(foreign), [:]) }
        var judge = MetricsJudge(
            beginning: Array(bytes.prefix(headBytes)), ending: Array(bytes.suffix(64)), limits: settings.limits)
        try bytes.withUnsafeBytes { try judge.consume($0) }
        let outcome = try judge.finish()
        return (outcome, judge.kinds)
    }

    /// Bytes from the beginning that tell what a source is.
    private static let headBytes = ForeignContent.headBytes

    /// What Prometheus asks for, OpenMetrics before text.
    private static let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"

    private static func fetch(_ url: String, _ settings: Settings) throws(CurlError) -> HTTPResponse {
        var request = HTTPRequest(method: "GET", url: url)
        request.headers = [(name: "Accept", value: accept)]
        request.acceptsCompressed = true
        request.maxRedirects = 5
        request.totalTimeoutMillis = settings.timeoutMillis
        request.maxBodyBytes = settings.maxBytes
        return try CurlClient().perform(request)
    }
}
