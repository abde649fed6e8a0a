import GatewayMetrics
import StructuredLog

/// Every series of the gateway's own, declared in this one place (ARCHITECTURE.md, "Metrics contract").
public final class GatewayMetricSet: Sendable {
    /// The registry they stand in.
    public let registry: MetricsRegistry
    /// Renders the registry's pages; has metrics of its own.
    public let scrapes: ScrapeService
    /// `gateway_requests_total{tenant,cell,method,code}`.
    public let requests: CounterFamily<4>
    /// `gateway_request_duration_seconds{tenant,cell}`.
    public let duration: HistogramFamily<2>
    /// `gateway_overhead_seconds{cell}`: the time of a request that no upstream accounts for.
    public let overhead: HistogramFamily<1>
    /// `gateway_requests_in_flight{cell}`.
    public let inFlight: GaugeFamily<1>
    /// `gateway_request_bytes_total{tenant,cell}`.
    public let requestBytes: CounterFamily<2>
    /// `gateway_response_bytes_total{tenant,cell}`.
    public let responseBytes: CounterFamily<2>
    /// `gateway_rejected_total{reason}`.
    public let rejected: CounterFamily<1>
    /// `gateway_upstream_requests_total{cell,upstream,outcome}`.
    public let upstreamRequests: CounterFamily<3>
    /// `gateway_upstream_healthy{cell,upstream}`.
    public let upstreamHealthy: GaugeFamily<2>
    /// `gateway_upstream_ejections_total{cell,upstream}`.
    public let upstreamEjections: CounterFamily<2>
    /// `gateway_tls_handshakes_total{version}`.
    public let tlsHandshakes: CounterFamily<1>
    /// `gateway_tls_handshake_failures_total{reason}`.
    public let tlsHandshakeFailures: CounterFamily<1>
    /// `gateway_tls_not_after_timestamp_seconds{certificate}`.
    public let tlsNotAfter: GaugeFamily<1>
    /// `gateway_retries_total{cell,result}`.
    public let retries: CounterFamily<2>
    /// `gateway_hedges_total{cell,result}`.
    public let hedges: CounterFamily<2>
    /// `gateway_circuit_open{cell}`.
    public let circuitOpen: GaugeFamily<1>
    /// `gateway_config_last_reload_successful`.
    public let configLastReloadSuccessful: Gauge
    /// `gateway_config_source_up{source}`.
    public let configSourceUp: GaugeFamily<1>
    /// `gateway_connections_accepted_total{listener}`.
    public let connectionsAccepted: CounterFamily<1>
    /// `gateway_connections_open{listener}`.
    public let connectionsOpen: GaugeFamily<1>
    /// `gateway_upstream_connections{cell,upstream,state}`.
    public let upstreamConnections: GaugeFamily<3>
    /// `gateway_event_loop_lag_seconds`.
    public let eventLoopLag: Histogram
    /// `gateway_build_info{version}`.
    public let buildInfo: InfoFamily<1>

    /// How the native histograms beside the classic ones are kept: factor 1.09 as long as 95 buckets are enough, which
    /// is for values from 1 ms to 4 s, and coarser beyond.
    ///
    /// 95 is what fits a table of 128 entries: ``nativeBlockBytes`` for each series and each event loop that observed
    /// something, and less while fewer buckets are populated. With 300 tenant labels, 5 cells and 2 loops that is
    /// 6.3 MiB at most.
    public static let native = NativeHistogramOptions(schema: 3, maxBuckets: 95)

    /// The most bytes that a native histogram takes on one event loop.
    public static let nativeBlockBytes = 2_176

    /// Bounds for what the gateway itself adds to a request, in seconds.
    public static let overheadBuckets: [Double] = [
        0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
    ]

    /// Bounds for the lateness of an event loop, in seconds.
    public static let lagBuckets: [Double] = [0.000_1, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1]

    /// Declares them all; throws when the registry already has one of the names in another shape.
    public init(registry: MetricsRegistry) throws(MetricError) {
        self.registry = registry
        scrapes = ScrapeService(registry: registry, options: ScrapeOptions(processorShare: 0.1))
        requests = try registry.counter(
            "gateway_requests_total", help: "Requests answered or refused.",
            labels: ["tenant", "cell", "method", "code"], limit: 50_000)
        duration = try registry.histogram(
            "gateway_request_duration_seconds", help: "First byte of a request to last byte of its answer.",
            unit: "seconds", labels: ["tenant", "cell"], native: Self.native, exemplars: true)
        overhead = try registry.histogram(
            "gateway_overhead_seconds", help: "Time of a request that no upstream accounts for.", unit: "seconds",
            labels: ["cell"], buckets: Self.overheadBuckets, native: Self.native, limit: Self.cellLimit)
        inFlight = try registry.gauge(
            "gateway_requests_in_flight", help: "Requests being answered.", labels: ["cell"], limit: Self.cellLimit)
        requestBytes = try registry.counter(
            "gateway_request_bytes_total", help: "Body bytes read from clients.", labels: ["tenant", "cell"])
        responseBytes = try registry.counter(
            "gateway_response_bytes_total", help: "Body bytes sent to clients.", labels: ["tenant", "cell"])
        rejected = try registry.counter(
            "gateway_rejected_total", help: "Requests refused before they reached an upstream.", labels: ["reason"],
            limit: Self.fewLimit)
        upstreamRequests = try registry.counter(
            "gateway_upstream_requests_total", help: "Attempts at upstreams by their outcome.",
            labels: ["cell", "upstream", "outcome"])
        upstreamHealthy = try registry.gauge(
            "gateway_upstream_healthy", help: "1 while the upstream gets requests.", labels: ["cell", "upstream"])
        upstreamEjections = try registry.counter(
            "gateway_upstream_ejections_total", help: "Times that an upstream was left out because requests failed.",
            labels: ["cell", "upstream"])
        tlsHandshakes = try registry.counter(
            "gateway_tls_handshakes_total", help: "Finished TLS handshakes of clients.", labels: ["version"],
            limit: Self.fewLimit)
        tlsHandshakeFailures = try registry.counter(
            "gateway_tls_handshake_failures_total", help: "TLS handshakes of clients that failed.", labels: ["reason"],
            limit: Self.fewLimit)
        tlsNotAfter = try registry.gauge(
            "gateway_tls_not_after_timestamp_seconds", help: "When a served certificate expires.", unit: "seconds",
            labels: ["certificate"], limit: Self.cellLimit)
        retries = try registry.counter(
            "gateway_retries_total",
            help: "Requests with more than one attempt by their result, and attempts that the budget did not allow.",
            labels: ["cell", "result"], limit: Self.cellLimit)
        hedges = try registry.counter(
            "gateway_hedges_total",
            help: "Second attempts beside a slow first by their result, and those that the budget did not allow.",
            labels: ["cell", "result"], limit: Self.cellLimit)
        circuitOpen = try registry.gauge(
            "gateway_circuit_open", help: "1 while the cell is not being tried.", labels: ["cell"],
            limit: Self.cellLimit)
        configLastReloadSuccessful = try registry.gauge(
            "gateway_config_last_reload_successful", help: "1 when the last reading of the configuration succeeded.")
        configSourceUp = try registry.gauge(
            "gateway_config_source_up", help: "1 while the source of configuration answers.", labels: ["source"],
            limit: Self.fewLimit)
        connectionsAccepted = try registry.counter(
            "gateway_connections_accepted_total", help: "Connections that clients opened.", labels: ["listener"],
            limit: Self.fewLimit)
        connectionsOpen = try registry.gauge(
            "gateway_connections_open", help: "Connections of clients, idle ones included.", labels: ["listener"],
            limit: Self.fewLimit)
        upstreamConnections = try registry.gauge(
            "gateway_upstream_connections",
            help: "Connections to upstreams: active ones carry a request or are being opened, idle ones wait for one.",
            labels: ["cell", "upstream", "state"])
        eventLoopLag = try registry.histogram(
            "gateway_event_loop_lag_seconds", help: "How late event loops run their timers.", unit: "seconds",
            buckets: Self.lagBuckets, native: Self.native)
        buildInfo = try registry.info(
            "gateway_build_info", help: "The version that runs, as a label.", labels: ["version"], limit: Self.fewLimit)
    }

    /// Declares `gateway_log_lines_total` and `gateway_log_dropped_total{reason}`, read from the sink at each scrape.
    public func attach(log: LogSink) throws(MetricError) {
        try registry.counterCallback("gateway_log_lines_total", help: "Log lines written.") {
            [([], Double(log.counters.writtenLines))]
        }
        try registry.counterCallback(
            "gateway_log_dropped_total", help: "Log lines dropped, by reason.", labels: ["reason"]
        ) {
            DropReason.allCases.map { ([$0.name], Double(log.droppedLines($0))) }
        }
    }
}
