/// The JSON of /status.
enum StatusDocument {
    static func encode(_ pipelines: [PipelineStatus]) -> [UInt8] {
        let json = GrowableBytes(capacity: 4096)
        let reason = pipelines.lazy.compactMap(\.unreadiness).first
        json.append("{\"ready\":")
        json.append(Array((reason == nil ? "true" : "false").utf8))
        json.append(",\"reason\":")
        if let reason { JSONEscape.appendString(reason, to: json) } else { json.append("null") }
        json.append(",\"outputs\":[")
        for (index, pipeline) in pipelines.enumerated() {
            if index > 0 { json.append(0x2c) }
            append(pipeline, to: json)
        }
        json.append("]}\n")
        return Array(json.bytes)
    }

    private static func append(_ pipeline: PipelineStatus, to json: GrowableBytes) {
        let output = pipeline.output
        let reader = pipeline.reader
        json.append("{\"name\":")
        JSONEscape.appendString(output.name, to: json)
        json.append(",\"codec\":")
        JSONEscape.appendString(output.codec, to: json)
        number(json, "pending_lines", Int64(reader.pendingLines))
        number(json, "unacked_bytes", Int64(reader.unackedBytes))
        number(json, "buffered_bytes", Int64(reader.bufferedBytes))
        number(json, "checkpoint_sequence", Int64(clamping: reader.checkpointSequence))
        number(json, "in_flight", Int64(output.inFlight))
        number(json, "queued_tenants", Int64(output.queuedTenants))
        number(json, "failing_tenants", Int64(output.failingTenants))
        number(json, "queued_batches", Int64(output.queuedUnits))
        json.append(",\"files\":[")
        for (index, file) in reader.files.enumerated() {
            json.append(Array((index == 0 ? "{\"path\":" : ",{\"path\":").utf8))
            JSONEscape.appendString(file.path, to: json)
            number(json, "size", file.size)
            number(json, "front", file.front)
            number(json, "resume_offset", file.resumeOffset)
            number(json, "tenants_behind", Int64(file.tenantsBehind))
            json.append(0x7d)
        }
        json.append("]}")
    }

    private static func number(_ json: GrowableBytes, _ name: StaticString, _ value: Int64) {
        json.append(",\"")
        json.append(name)
        json.append("\":")
        json.append(Array(String(value).utf8))
    }
}
