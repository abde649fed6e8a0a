/// The JSON of /status.
enum StatusDocument {
    static func encode(_ pipelines: [PipelineStatus], reasons: [String], nowNanos: Int64) -> [UInt8] {
        var json = JSONDocument()
        json.beginObject()
        json.string("version", shipperVersion)
        json.bool("ready", reasons.isEmpty)
        json.beginArray("reasons")
        for reason in reasons { json.string(nil, reason) }
        json.endArray()
        json.beginArray("outputs")
        for pipeline in pipelines { append(pipeline, nowNanos, to: &json) }
        json.endArray()
        json.endObject()
        return json.bytes + [0x0a]
    }

    private static func append(_ pipeline: PipelineStatus, _ nowNanos: Int64, to json: inout JSONDocument) {
        let output = pipeline.output
        let reader = pipeline.reader
        json.beginObject()
        json.string("name", output.name)
        json.string("codec", output.codec)
        json.number("pending_lines", reader.pendingLines)
        json.number("lag_bytes", reader.lagBytes)
        json.number("unacked_bytes", reader.unackedBytes)
        json.number("buffered_bytes", reader.bufferedBytes)
        json.number("in_flight", output.inFlight)
        json.number("queued_tenants", output.queuedTenants)
        json.number("failing_tenants", output.failingTenants)
        json.number("queued_batches", output.queuedUnits)
        json.optional("last_error", output.health.lastError?.text)
        json.optional("last_error_time", output.health.lastError.map { WallTime.text($0.wallNanos) })
        json.number("failing_millis", output.health.failingSinceNanos.map { (nowNanos - $0) / 1_000_000 } ?? 0)
        appendCircuit(output, nowNanos, to: &json)
        appendSpool(reader.spool, to: &json)
        json.number("checkpoint_sequence", reader.checkpointSequence)
        json.number("checkpoint_age_millis", reader.checkpointAgeNanos / 1_000_000)
        json.optional("checkpoint_failure", reader.checkpointFailure)
        appendFiles(reader, to: &json)
        json.number("tenants_behind", reader.tenantsBehind)
        json.beginArray("tenants")
        for tenant in reader.tenants { append(tenant, output, nowNanos, to: &json) }
        json.endArray()
        json.endObject()
    }

    private static func appendFiles(_ reader: ReaderStatus, to json: inout JSONDocument) {
        json.number("file_count", reader.fileCount)
        json.beginArray("files")
        for file in reader.files {
            json.beginObject()
            json.string("path", file.path)
            json.number("size", file.size)
            json.number("front", file.front)
            json.number("resume_offset", file.resumeOffset)
            json.number("lag_bytes", file.lagBytes)
            json.number("tenants_behind", file.tenantsBehind)
            json.endObject()
        }
        json.endArray()
    }

    private static func appendCircuit(_ output: OutputStatus, _ nowNanos: Int64, to json: inout JSONDocument) {
        json.number("concurrency_limit", output.concurrencyLimit)
        json.number("concurrency_min", output.concurrencyBounds.lowerBound)
        json.number("concurrency_max", output.concurrencyBounds.upperBound)
        json.bool("circuit_open", output.isCircuitOpen)
        json.string("circuit", StatusTable.state(output.circuit))
        if case .open(let until) = output.circuit {
            json.number("next_probe_in_millis", max(0, until - nowNanos) / 1_000_000)
        }
    }

    private static func appendSpool(_ spool: SpoolStatus, to json: inout JSONDocument) {
        json.number("spool_bytes", spool.bytes)
        json.number("spool_limit_bytes", spool.limitBytes)
        json.number("spool_lines", spool.lines)
        json.number("spool_tenants", spool.tenants)
        json.number("spool_oldest_millis", spool.oldestNanos / 1_000_000)
        json.optional("spool_failure", spool.failure)
    }

    private static func append(
        _ tenant: TenantLag, _ output: OutputStatus, _ nowNanos: Int64, to json: inout JSONDocument
    ) {
        let queue = output.queues[tenant.id]
        json.beginObject()
        json.string("name", tenant.name)
        json.string("state", StatusTable.state(queue))
        json.number("lag_bytes", tenant.lagBytes)
        json.number("unacked_bytes", tenant.unackedBytes)
        json.number("queued_batches", queue?.batches ?? 0)
        json.number("failures", queue?.failures ?? 0)
        json.number("spool_bytes", tenant.spoolBytes)
        if let until = output.nextTryNanos(queue) {
            json.number("retry_in_millis", max(0, until - nowNanos) / 1_000_000)
        }
        json.endObject()
    }
}
