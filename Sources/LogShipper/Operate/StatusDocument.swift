/// The JSON of /status.
enum StatusDocument {
    static func encode(_ status: ShipperStatus, outputs: [OutputStatus]) -> [UInt8] {
        let json = GrowableBytes(capacity: 4096)
        json.append("{\"ready\":")
        json.append(Array((status.unreadiness == nil ? "true" : "false").utf8))
        json.append(",\"reason\":")
        if let reason = status.unreadiness { JSONEscape.appendString(reason, to: json) } else { json.append("null") }
        number(json, "unacked_bytes", Int64(status.unackedBytes))
        number(json, "buffered_bytes", Int64(status.bufferedBytes))
        number(json, "checkpoint_sequence", Int64(clamping: status.checkpointSequence))
        json.append(",\"outputs\":[")
        for (index, output) in outputs.enumerated() {
            json.append(Array((index == 0 ? "{\"name\":" : ",{\"name\":").utf8))
            JSONEscape.appendString(output.name, to: json)
            json.append(",\"codec\":")
            JSONEscape.appendString(output.codec, to: json)
            let pending = index < status.pendingLines.count ? status.pendingLines[index] : 0
            number(json, "pending_lines", Int64(pending))
            number(json, "in_flight", Int64(output.inFlight))
            number(json, "queued_tenants", Int64(output.queuedTenants))
            number(json, "failing_tenants", Int64(output.failingTenants))
            number(json, "queued_batches", Int64(output.queuedUnits))
            json.append(0x7d)
        }
        json.append("],\"files\":[")
        for (index, file) in status.files.enumerated() {
            json.append(Array((index == 0 ? "{\"path\":" : ",{\"path\":").utf8))
            JSONEscape.appendString(file.path, to: json)
            number(json, "size", file.size)
            number(json, "front", file.front)
            number(json, "resume_offset", file.resumeOffset)
            number(json, "tenants_behind", Int64(file.tenantsBehind))
            json.append(0x7d)
        }
        json.append("]}\n")
        return Array(json.bytes)
    }

    private static func number(_ json: GrowableBytes, _ name: StaticString, _ value: Int64) {
        json.append(",\"")
        json.append(name)
        json.append("\":")
        json.append(Array(String(value).utf8))
    }
}
