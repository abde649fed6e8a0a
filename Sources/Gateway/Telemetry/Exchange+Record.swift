import GatewayMetrics
import NIOCore
import StructuredLog

/// The end of an exchange: its counters and its log line, from the same values.
extension ClientConnection {
    /// Hot path: benchmark `gateway`.
    func record(status: Int, code: ErrorCode?, now: Int64) {
        guard let telemetry = loop.telemetry else { return }
        let total = max(0, now - exchange.startNanos)
        let cell = exchange.cell?.meters ?? (exchange.isLocal ? telemetry.localCell : telemetry.unknownCell)
        let meters = tenantMeters(telemetry).meters(cell)
        let shard = telemetry.shard
        meters.requests(parser.head.method, status).increment(on: shard)
        if let exemplar = exemplar(meters, total, now) {
            meters.duration.observe(nanos: UInt64(total), on: shard, exemplar: exemplar)
        } else {
            meters.duration.observe(nanos: UInt64(total), on: shard)
        }
        cell.overhead.observe(nanos: UInt64(max(0, total - exchange.upstreamNanos)), on: shard)
        if exchange.requestBytes > 0 { meters.requestBytes.increment(by: UInt64(exchange.requestBytes), on: shard) }
        if exchange.responseBytes > 0 { meters.responseBytes.increment(by: UInt64(exchange.responseBytes), on: shard) }
        if exchange.isInFlight {
            cell.inFlight.add(-1, on: shard)
            exchange.isInFlight = false
        }
        if exchange.retriedStale || exchange.retriedConnect {
            (status < 500 ? cell.retrySuccess : cell.retryFailure).increment(on: shard)
        }
        log(telemetry, status: status, code: code, durationNanos: total)
    }

    private func tenantMeters(_ telemetry: LoopTelemetry) -> TenantMeters {
        guard let id = exchange.tenant else { return telemetry.tenants.none }
        let head = exchange.headBytes
        return telemetry.tenants.meters(head.readableBytesUInt8Span, id, exchange.tenantSource)
    }

    /// The request's trace, when it is sampled and this is the time for another exemplar.
    @inline(__always)
    private func exemplar(_ meters: TenantCellMeters, _ total: Int64, _ now: Int64) -> Exemplar? {
        guard identity.isSampled, meters.wantsExemplar(of: total, now: now) else { return nil }
        return Exemplar(traceID: identity.traceID, spanID: identity.spanID)
    }

    private func log(_ telemetry: LoopTelemetry, status: Int, code: ErrorCode?, durationNanos: Int64) {
        exchange.headBytes.withUnsafeReadableBytes { raw in
            identity.requestID.withUnsafeBytes { requestID in
                identity.traceparent.withUnsafeBytes { trace in
                    peer.withUnsafeBytes { client in
                        var entry = AccessEntry(timestampMicros: WallClock.micros())
                        entry.requestID = requestID
                        entry.client = client
                        if trace.count >= 55 {
                            entry.traceID = UnsafeRawBufferPointer(rebasing: trace[3..<35])
                            entry.spanID = UnsafeRawBufferPointer(rebasing: trace[36..<52])
                        }
                        fillRequest(&entry, raw)
                        fillOutcome(&entry, status: status, durationNanos: durationNanos)
                        offer(&entry, code, telemetry)
                    }
                }
            }
        }
    }

    private func fillRequest(_ entry: inout AccessEntry, _ raw: UnsafeRawBufferPointer) {
        func piece(_ slice: ByteSlice) -> UnsafeRawBufferPointer {
            guard slice.upper <= raw.count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
            return UnsafeRawBufferPointer(rebasing: raw[slice.lower..<slice.upper])
        }
        entry.method = piece(parser.head.methodName)
        if parser.head.path.isEmpty {
            // Refused before the target was taken apart: everything up to the query.
            let target = piece(parser.head.target)
            let end = target.firstIndex(of: 0x3F) ?? target.count
            entry.path = UnsafeRawBufferPointer(rebasing: target[..<end])
        } else {
            entry.path = piece(parser.head.path)
            entry.query = piece(parser.head.query)
        }
        if isTrustedPeer {
            let head = exchange.headBytes
            let ranges = loop.settings.trustedProxies
            let client = ClientAddress.find(head.readableBytesUInt8Span, parser.head.fields, trusted: ranges)
            if let client { entry.client = piece(client) }
        }
        if let tenant = exchange.tenant { entry.tenant = piece(tenant) }
        entry.tenantSource = exchange.tenantSource
        if let agent = parser.head.fields.first(.userAgent) { entry.userAgent = piece(agent.value) }
    }

    private func fillOutcome(_ entry: inout AccessEntry, status: Int, durationNanos: Int64) {
        entry.attempts = exchange.attempts
        entry.status = status
        entry.requestBytes = Int64(exchange.requestBytes)
        entry.responseBytes = Int64(exchange.responseBytes)
        entry.durationMicros = durationNanos / 1_000
        if exchange.attempts > 0 { entry.upstreamMicros = exchange.upstreamNanos / 1_000 }
    }

    private func offer(_ entry: inout AccessEntry, _ code: ErrorCode?, _ telemetry: LoopTelemetry) {
        if let code {
            entry.errorCode = Self.codeBytes(code)
            if code.status >= 500 { entry.level = .error }
        }
        guard let cell = exchange.cell else {
            telemetry.ring.offer(entry)
            return
        }
        cell.name.withUnsafeBytes { name in
            entry.cell = name
            guard let pool = exchange.pool else {
                telemetry.ring.offer(entry)
                return
            }
            pool.label.withUnsafeBytes { label in
                entry.upstream = label
                telemetry.ring.offer(entry)
            }
        }
    }

    private static func codeBytes(_ code: ErrorCode) -> UnsafeRawBufferPointer {
        AccessEntry.bytes(code.literal)
    }
}
