import StrictYAML

private let millisecond: Int64 = 1_000_000
private let second: Int64 = 1_000_000_000
private let minute: Int64 = 60_000_000_000
private let hour: Int64 = 3_600_000_000_000

extension ValueCodec where Value == RetryConditions {
    /// One name of the list.
    fileprivate static var condition: Self {
        let names = RetryConditions.names.map(\.name).joined(separator: ", ")
        return Self(unit: "one of a list", limits: names, acceptsQuotes: true) { text throws(InvalidValue) in
            guard let found = RetryConditions.names.first(where: { $0.name == text }) else {
                throw InvalidValue("expected one of \(names), found '\(text.prefix(40))'")
            }
            return found.condition
        } print: { condition in
            RetryConditions.names.first { $0.condition == condition }?.name ?? ""
        }
    }
}

/// How a cell's requests are carried: the keys of its policy.
extension CellDraft {
    static let transportKeys: [Setting<CellDraft>] = [
        .value(
            "protocol", \.transport.version, .choice,
            "What is spoken to the upstreams. gRPC needs `http2`: with TLS by ALPN, without with prior knowledge."),
        .optional(
            "tls.authorities", \.transport.authoritiesFile, .path,
            "Of `https` upstreams: a PEM file of the authorities that are trusted; absent: the system's."),
        .optional(
            "tls.server_name", \.transport.serverName,
            .text("a name", "1 … 253 bytes") { (1...253).contains($0.utf8.count) },
            "The name that the certificate must be for, and that is asked for; absent: the upstream's host."),
        .value(
            "tls.insecure_skip_verify", \.transport.skipsVerification, .boolean,
            "Takes any certificate. For tests only."),
        .optional("tls.certificate", \.transport.certificateFile, .path, "Our own certificate with its chain, PEM."),
        .optional("tls.key", \.transport.keyFile, .path, "Its private key, PEM."),
    ]

    static let balancingKeys: [Setting<CellDraft>] = [
        .value(
            "balance", \.policy.balancing.method, .choice,
            "`p2c_ewma`: the better of two by requests in flight and latency; `round_robin`: in turn; `hash_tenant`: a "
                + "tenant stays with one upstream while that one is not overloaded."),
        .value(
            "slow_start", \.policy.balancing.slowStart.durationNanos, .duration(in: 0...10 * minute),
            "How long an upstream that comes back is warmed up, from a tenth of its share."),
        .value(
            "outliers.failures", \.policy.outliers.failuresInRow, .integer(in: 0...1_000),
            "Failed answers in a row (502 to 504, broken, timed out) that eject an upstream; 0: never."),
        .value(
            "outliers.connect_failures", \.policy.outliers.connectFailuresInRow, .integer(in: 0...1_000),
            "Failed connects in a row that eject it; 0: never."),
        .value(
            "outliers.failure_percent", \.policy.outliers.failurePercent, .integer(in: 0...100),
            "Failed answers among the last sixty or so that eject it, while the others fail less than half as often; "
                + "0: never."),
        .value(
            "outliers.ejection", \.policy.outliers.ejectionNanos, .duration(in: 100 * millisecond...hour),
            "Of the first ejection; the n-th takes n times as long. After it one request probes the upstream."),
        .value(
            "outliers.max_ejection", \.policy.outliers.maxEjectionNanos, .duration(in: 100 * millisecond...24 * hour),
            "Of the longest ejection."),
        .value(
            "outliers.max_ejected_percent", \.policy.outliers.maxEjectedPercent, .integer(in: 0...100),
            "Upstreams that may be ejected at once; the last usable one never is."),
    ]

    static let failureKeys: [Setting<CellDraft>] = [
        .value(
            "retries.attempts", \.policy.retries.maxAttempts, .integer(in: 1...10),
            "Attempts of a request, the first included. Only what cannot do harm is repeated: failed connects and refused "
                + "streams for all methods, the rest for idempotent ones, and nothing whose body has been sent on."),
        Setting(
            key: "retries.on", unit: "list of failures",
            limits: RetryConditions.names.map(\.name).joined(separator: ", "),
            summary:
                "Failures that another attempt may follow; `[]` for none. A kept connection that turns out to be closed, and "
                + "a first refused stream, are repeated once in any case."
        ) { node, draft throws(YAMLError) in
            draft.policy.retries.conditions = []
            for item in try node.sequence() {
                draft.policy.retries.conditions.formUnion(try ValueCodec<RetryConditions>.condition.read(item))
            }
        } show: { draft in
            .list(RetryConditions.names.filter { draft.policy.retries.conditions.contains($0.condition) }.map(\.name))
        },
        .value(
            "retries.backoff", \.policy.retries.backoffNanos, .duration(in: 0...10 * second),
            "The pause before the first retry is random up to this and doubles with each; none to another upstream "
                + "after a failed connect."),
        .value(
            "retries.budget_percent", \.policy.retries.budget.percent, .integer(in: 0...100),
            "Retries in all requests of the last ten seconds."),
        .value(
            "retries.budget_min", \.policy.retries.budget.minPerSecond, .integer(in: 0...1_000),
            "Retries that are allowed in any case, each second; the larger of the two counts."),
        .value(
            "hedge.enabled", \.policy.hedging.isEnabled, .boolean,
            "Asks a second upstream when the first takes unusually long, for idempotent requests without a body; the "
                + "earlier answer is the client's. The cell must stand being asked twice."),
        .value(
            "hedge.percentile", \.policy.hedging.quantilePercent, .integer(in: 50...99),
            "Unusually long is longer than this share of the cell's recent answers, in percent."),
        .value(
            "hedge.min_delay", \.policy.hedging.minDelayNanos, .duration(in: 0...10 * second),
            "Never asked twice earlier than this."),
        .value(
            "hedge.min_samples", \.policy.hedging.minSamples, .integer(in: 20...10_000),
            "Answers that an event loop must have seen before it asks twice."),
        .value(
            "hedge.budget_percent", \.policy.hedging.budget.percent, .integer(in: 0...100),
            "Second requests in all requests of the last ten seconds."),
        .value(
            "circuit.enabled", \.hasCircuit, .boolean,
            "Gives a failing cell a rest: its requests are `CIRCUIT_OPEN` for a while."),
        .value(
            "circuit.failure_percent", \.circuit.failurePercent, .integer(in: 1...100),
            "Requests without an answer, or with 502 to 504, that open the circuit."),
        .value(
            "circuit.min_requests", \.circuit.minRequests, .integer(in: 1...1_000_000),
            "With fewer requests in the window it stays closed."),
        .value("circuit.window", \.circuit.windowNanos, .duration(in: second...10 * minute), "The time that counts."),
        .value(
            "circuit.open", \.circuit.openNanos, .duration(in: 100 * millisecond...10 * minute),
            "How long it stays open the first time; each time in a row doubles it."),
        .value(
            "circuit.max_open", \.circuit.maxOpenNanos, .duration(in: 100 * millisecond...hour),
            "The longest it stays open."),
        .value(
            "circuit.trials", \.circuit.trials, .integer(in: 1...100),
            "Requests that are let through after that, and must succeed to close it."),
    ]

    static let limitKeys: [Setting<CellDraft>] = [
        .optional("rate", \.limits.rate, .rate, "Requests to the cell; more are `RATE_LIMITED`."),
        .optional("tenant_rate", \.limits.tenantRate, .rate, "Requests of one tenant to the cell."),
        .value(
            "concurrency.enabled", \.hasConcurrency, .boolean,
            "Limits the requests in flight, over all event loops, by how the cell's latency answers to them."),
        .value(
            "concurrency.initial", \.concurrency.initial, .integer(in: 1...1_000_000),
            "The limit before anything is known."),
        .value("concurrency.min", \.concurrency.min, .integer(in: 1...100_000), "Never fewer."),
        .value(
            "concurrency.max", \.concurrency.max, .integer(in: 1...1_000_000),
            "Never more; the same as `min` makes the limit a fixed one."),
        .value(
            "concurrency.tolerance_percent", \.concurrency.tolerancePercent, .integer(in: 110...1_000),
            "How slow an answer may be, of the unloaded latency, before the limit falls."),
        .value(
            "queue.capacity", \.policy.queue.capacity, .integer(in: 0...100_000),
            "Requests that wait for a place, on one event loop; when it is full the tenant with the most loses its "
                + "newest."),
        .value(
            "queue.wait", \.policy.queue.waitNanos, .duration(in: millisecond...minute), "How long a request waits."),
        .value(
            "timeouts.total", \.policy.deadlines.totalNanos, .duration(in: 0...24 * hour),
            "From a request's head to the end of its response, over all attempts; 0: no limit."),
        .value(
            "timeouts.try", \.policy.deadlines.perTryNanos, .duration(in: 0...hour),
            "From an attempt's start to its response; then another may follow. 0: no limit."),
        .value(
            "timeouts.connect", \.policy.deadlines.connectNanos, .duration(in: 0...minute),
            "Until an upstream accepts a connection; 0: `timeouts.connect` of all cells."),
        .value(
            "timeouts.response", \.policy.deadlines.headNanos, .duration(in: 0...hour),
            "Until the response begins; 0: `timeouts.response` of all cells."),
        .value(
            "timeouts.idle", \.policy.deadlines.idleNanos, .duration(in: 0...24 * hour),
            "Between two pieces of the response; 0: `timeouts.response` of all cells."),
    ]
}
