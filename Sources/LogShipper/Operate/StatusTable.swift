/// /status for a terminal: the outputs, then each one's files and tenants that have something left to do.
enum StatusTable {
    private static let shownFiles = 40

    static func lines(_ pipelines: [PipelineStatus], reasons: [String], nowNanos: Int64) -> [String] {
        var lines = reasons.isEmpty ? ["ready"] : ["not ready:"] + reasons.map { "  \($0)" }
        lines += outputs(pipelines, nowNanos).lines
        for pipeline in pipelines {
            lines += ["", "files of \(pipeline.output.name)"] + files(pipeline.reader)
            guard !pipeline.reader.tenants.isEmpty else { continue }
            lines += ["", "tenants of \(pipeline.output.name)"] + tenants(pipeline, nowNanos).lines
            let hidden = pipeline.reader.tenantsBehind - pipeline.reader.tenants.count
            if hidden > 0 { lines.append("and \(hidden) more") }
        }
        return lines
    }

    private static func outputs(_ pipelines: [PipelineStatus], _ nowNanos: Int64) -> TextTable {
        var table = TextTable([
            ("OUTPUT", .left), ("STATE", .left), ("CODEC", .left), ("LAG", .right), ("PENDING", .right),
            ("IN FLIGHT", .right), ("CIRCUIT", .left), ("FAILING", .right), ("SPOOL", .left), ("PROGRESS", .right),
            ("LAST ERROR", .left),
        ])
        for pipeline in pipelines {
            let output = pipeline.output
            let reader = pipeline.reader
            let error = output.health.lastError.map { "\(WallTime.text($0.wallNanos)) \($0.text)" } ?? ""
            table.add([
                output.name, state(pipeline, nowNanos), output.codec, SizeText.bytes(reader.lagBytes),
                "\(reader.pendingLines)", "\(output.inFlight)/\(output.concurrencyLimit)",
                circuit(output, nowNanos), "\(output.failingTenants)", spool(reader.spool),
                reader.checkpointFailure == nil ? SizeText.duration(nanos: reader.checkpointAgeNanos) : "not written",
                error,
            ])
        }
        return table
    }

    private static func state(_ pipeline: PipelineStatus, _ nowNanos: Int64) -> String {
        if pipeline.reader.isDraining { return "draining" }
        if !pipeline.stuck.isEmpty { return "stuck" }
        guard let since = pipeline.output.health.failingSinceNanos else {
            return pipeline.reader.isStarted ? "working" : "starting"
        }
        return "\(pipeline.output.isCircuitOpen ? "down" : "failing") for \(SizeText.duration(nanos: nowNanos - since))"
    }

    private static func circuit(_ output: OutputStatus, _ nowNanos: Int64) -> String {
        guard case .open(let until) = output.circuit else { return state(output.circuit) }
        return "open, probe in \(SizeText.duration(nanos: until - nowNanos))"
    }

    private static func spool(_ spool: SpoolStatus) -> String {
        guard spool.limitBytes > 0 || spool.bytes > 0 else { return "off" }
        guard spool.bytes > 0 else { return spool.failure == nil ? "empty" : "not written" }
        let amount = "\(SizeText.bytes(spool.bytes)) of \(SizeText.bytes(spool.limitBytes))"
        let oldest = spool.lines > 0 ? ", oldest \(SizeText.duration(nanos: spool.oldestNanos))" : ""
        return amount + oldest + (spool.failure == nil ? "" : ", not written")
    }

    private static func files(_ reader: ReaderStatus) -> [String] {
        var table = TextTable(
            [("PATH", .left), ("SIZE", .right), ("OFFSET", .right), ("LAG", .right), ("TENANTS BEHIND", .right)],
            longest: 120)
        for file in reader.files.prefix(shownFiles) {
            table.add([
                file.path, "\(file.size)", "\(file.front)", SizeText.bytes(file.lagBytes), "\(file.tenantsBehind)",
            ])
        }
        let hidden = reader.fileCount - min(reader.files.count, shownFiles)
        return table.lines + (hidden > 0 ? ["and \(hidden) more"] : [])
    }

    private static func tenants(_ pipeline: PipelineStatus, _ nowNanos: Int64) -> TextTable {
        var table = TextTable([
            ("TENANT", .left), ("STATE", .left), ("QUEUED", .right), ("IN BATCHES", .right), ("IN FILES", .right),
            ("IN SPOOL", .right), ("FAILURES", .right), ("NEXT TRY", .right),
        ])
        for tenant in pipeline.reader.tenants {
            let queue = pipeline.output.queues[tenant.id]
            let next = pipeline.output.nextTryNanos(queue).map { SizeText.duration(nanos: $0 - nowNanos) } ?? ""
            table.add([
                tenant.name, state(queue), "\(queue?.batches ?? 0)", SizeText.bytes(tenant.unackedBytes),
                SizeText.bytes(tenant.lagBytes), SizeText.bytes(tenant.spoolBytes), "\(queue?.failures ?? 0)", next,
            ])
        }
        return table
    }

    static func state(_ queue: QueueStatus?) -> String {
        switch queue?.state {
        case nil: "reading"
        case .ready?: "ready"
        case .sending?: "sending"
        case .waiting?: "waiting"
        case .held?: "held"
        }
    }

    static func state(_ circuit: CircuitBreaker.State) -> String {
        switch circuit {
        case .closed: "closed"
        case .open: "open"
        case .probing: "probing"
        }
    }
}
