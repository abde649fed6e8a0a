import GatewayMetrics

/// Every series of the shipper, declared in one place. All counting of lines happens on the reader's thread, so that for
/// every output acknowledged + dropped + dead + pending = read.
public final class ShipperMetrics: Sendable {
    /// What /metrics renders.
    public let registry: MetricsRegistry
    /// Renders the registry's pages; has metrics of its own.
    public let scrapes: ScrapeService
    let readBytes: Counter
    let lines: CounterFamily<1>
    let readLines: CounterFamily<1>
    let ackedLines: CounterFamily<2>
    let droppedLines: CounterFamily<2>
    let deadLetters: CounterFamily<1>
    let redactedValues: CounterFamily<2>
    let pendingLines: GaugeFamily<1>
    let sentBytes: CounterFamily<1>
    let requests: CounterFamily<2>
    let retries: CounterFamily<2>
    let concurrencyLimit: GaugeFamily<1>
    let circuitOpen: GaugeFamily<1>
    let failingTenants: GaugeFamily<1>
    let lagBytes: Gauge
    let lagSeconds: Gauge
    let spoolBytes: Gauge
    let spoolFailures: Counter
    let checkpointAge: Gauge
    let checkpointFailures: Counter
    let corruptCheckpoints: Counter
    let openFiles: Gauge
    let files: Gauge
    let fileEvents: CounterFamily<1>
    let lostBytes: CounterFamily<1>
    let oddLines: CounterFamily<1>
    let memoryBytes: Gauge
    let unackedBytes: Gauge
    let tenantsBehind: Gauge
    let lastReloadSuccessful: Gauge
    let removedDeadLetters: CounterFamily<1>

    /// Declares everything; fails only when a name is wrong or taken.
    ///
    /// - Parameters:
    ///   - version: what `shipper_build_info` says
    ///   - clock: nanoseconds that never go back
    public init(
        version: String = shipperVersion, clock: @escaping MonotonicClock = MetricsRegistry.uptime
    ) throws(MetricError) {
        let registry = MetricsRegistry(prefix: "shipper", shards: 0, clock: clock)
        self.registry = registry
        scrapes = ScrapeService(registry: registry, options: ScrapeOptions(processorShare: 0.1))
        _ = try registry.info("shipper_build_info", help: "The version that runs, as a label.", labels: ["version"])
            .bind([version])
        readBytes = try registry.counter("shipper_read_bytes_total", help: "Bytes of log files gone over.")
        lines = try registry.counter(
            "shipper_lines_total", help: "Lines read, by tenant; with several outputs by the one that has read most.",
            labels: ["tenant"])
        readLines = try registry.counter(
            "shipper_read_lines_total",
            help: "Lines read for an output: acknowledged, dropped, dead and pending ones together.",
            labels: ["output"])
        ackedLines = try registry.counter(
            "shipper_acked_lines_total", help: "Lines that the destination acknowledged.", labels: ["output", "tenant"])
        droppedLines = try registry.counter(
            "shipper_dropped_lines_total", help: "Lines dropped by a stated policy.", labels: ["output", "reason"])
        deadLetters = try registry.counter(
            "shipper_dead_letters_total", help: "Lines written to the dead-letter file.", labels: ["output"])
        redactedValues = try registry.counter(
            "shipper_redacted_values_total", help: "Values replaced or taken out by tenants' rules.",
            labels: ["output", "kind"])
        pendingLines = try registry.gauge(
            "shipper_pending_lines", help: "Lines read and not yet settled.", labels: ["output"])
        sentBytes = try registry.counter(
            "shipper_sent_bytes_total", help: "Body bytes of acknowledged requests.", labels: ["output"])
        requests = try registry.counter(
            "shipper_requests_total", help: "Requests that got a response, by status.", labels: ["output", "code"])
        retries = try registry.counter(
            "shipper_retries_total", help: "Requests to be repeated, by reason.", labels: ["output", "reason"])
        concurrencyLimit = try registry.gauge(
            "shipper_concurrency_limit", help: "Requests that the destination gets at a time.", labels: ["output"])
        circuitOpen = try registry.gauge(
            "shipper_circuit_open", help: "1 while the destination gets nothing but probes.", labels: ["output"])
        failingTenants = try registry.gauge(
            "shipper_failing_tenants", help: "Tenants whose last request failed or hangs.", labels: ["output"])
        lagBytes = try registry.gauge("shipper_lag_bytes", help: "Bytes in the files that are not settled yet.")
        lagSeconds = try registry.gauge("shipper_lag_seconds", help: "Age of the oldest batch not settled yet.")
        spoolBytes = try registry.gauge("shipper_spool_bytes", help: "Bytes of spool segments on the disk.")
        spoolFailures = try registry.counter("shipper_spool_failures_total", help: "Writes to spools that failed.")
        checkpointAge = try registry.gauge(
            "shipper_checkpoint_age_seconds", help: "Time since progress was last known to be on the disk.")
        checkpointFailures = try registry.counter(
            "shipper_checkpoint_failures_total", help: "Checkpoints that could not be written.")
        corruptCheckpoints = try registry.counter(
            "shipper_corrupt_checkpoints_total", help: "Damaged checkpoint generations found at the start.")
        openFiles = try registry.gauge("shipper_open_files", help: "Log files held open.")
        files = try registry.gauge("shipper_files", help: "Log files that are followed, held open or not.")
        fileEvents = try registry.counter(
            "shipper_file_events_total", help: "What happened to files.", labels: ["event"])
        lostBytes = try registry.counter(
            "shipper_lost_bytes_total", help: "Bytes that were gone before they were read.", labels: ["reason"])
        oddLines = try registry.counter(
            "shipper_odd_lines_total", help: "Lines or bytes treated specially, by what is odd.", labels: ["kind"])
        memoryBytes = try registry.gauge("shipper_buffered_bytes", help: "Bytes held in batches.")
        unackedBytes = try registry.gauge(
            "shipper_unacked_bytes", help: "Bytes that a kill at this moment would send twice.")
        tenantsBehind = try registry.gauge(
            "shipper_tenants_behind", help: "Tenants whose lines wait in the files until their destination takes them.")
        lastReloadSuccessful = try registry.gauge(
            "shipper_config_last_reload_successful", help: "1 when the last configuration that was read is in force.")
        lastReloadSuccessful.set(1)
        removedDeadLetters = try registry.counter(
            "shipper_dead_letters_removed_total", help: "Dead letters removed because their files were full.",
            labels: ["output"])
        try ProcessCollector.register(in: registry)
    }
}

/// The version of this package.
public let shipperVersion = "0.1.0"
