import GatewayMetrics
import StructuredLog

/// The end of an exchange: its counters and its log line, from the same values.
extension Exchange {
    /// Hot path: benchmark `gateway`.
    func record(status: Int, code: ErrorCode?, message: StaticString = "") {
        guard let telemetry = loop.telemetry else { return giveBack(status: status) }
        let cell = state.cell?.meters ?? (state.isLocal ? telemetry.localCell : telemetry.unknownCell)
        let meters = tenantMeters(telemetry).meters(cell)
        let shard = telemetry.shard
        let isWide = loop.isWide
        if isWide {
            meters.duration.prefetchNative(on: shard)
            cell.overhead.prefetchNative(on: shard)
        }
        giveBack(status: status)
        let now = SteadyTime.nanos()
        let total = max(0, now - state.startNanos)
        let overhead = UInt64(max(0, total - state.upstreamNanos))
        meters.requests(parser.head.method, status).increment(on: shard)
        if state.requestBytes > 0 { meters.requestBytes.increment(by: UInt64(state.requestBytes), on: shard) }
        if state.responseBytes > 0 { meters.responseBytes.increment(by: UInt64(state.responseBytes), on: shard) }
        if state.isInFlight {
            cell.inFlight.add(-1, on: shard)
            state.isInFlight = false
        }
        if state.retried {
            (status < 500 ? cell.retrySuccess : cell.retryFailure).increment(on: shard)
        }
        if isWide {
            meters.duration.prefetchBucket(nanos: UInt64(total), on: shard)
            cell.overhead.prefetchBucket(nanos: overhead, on: shard)
        }
        if isLogged(status, code) {
            log(telemetry, status: status, code: code, message: message, durationNanos: total)
        }
        if let exemplar = exemplar(telemetry, meters, total, now) {
            meters.duration.observe(nanos: UInt64(total), on: shard, exemplar: exemplar)
        } else {
            meters.duration.observe(nanos: UInt64(total), on: shard)
        }
        cell.overhead.observe(nanos: overhead, on: shard)
    }

    /// Where the request will be counted, as things are now; nil when that is not worth asking for ahead of time.
    func metersToPrefetch() -> TenantMeters? {
        guard loop.isWide, let telemetry = loop.telemetry else { return nil }
        return tenantMeters(telemetry, count: 0)
    }

    /// Of successful answers a share; of all others each.
    @inline(__always)
    private func isLogged(_ status: Int, _ code: ErrorCode?) -> Bool {
        let permille = loop.settings.logSamplePermille
        if permille >= 1_000 || status >= 400 || code != nil { return true }
        return Int(loop.random.next() &>> 33 % 1_000) < permille
    }

    private func tenantMeters(_ telemetry: LoopTelemetry, count: Int = 1) -> TenantMeters {
        guard let id = state.tenant else { return telemetry.tenants.none }
        return telemetry.tenants.meters(headBytes.bytes.span, id, state.tenantSource, count: count)
    }

    /// The request's trace, when it is sampled and this is the time for another exemplar.
    @inline(__always)
    private func exemplar(
        _ telemetry: LoopTelemetry, _ meters: TenantCellMeters, _ total: Int64, _ now: Int64
    ) -> Exemplar? {
        guard identity.isSampled, telemetry.exemplars.allows(total, now: now),
            meters.exemplars.allows(total, now: now)
        else { return nil }
        meters.exemplars.note(now: now)
        telemetry.exemplars.note(now: now)
        return Exemplar(traceID: identity.traceID, spanID: identity.spanID)
    }

    private func log(
        _ telemetry: LoopTelemetry, status: Int, code: ErrorCode?, message: StaticString, durationNanos: Int64
    ) {
        guard let peer else { return }
        var entry = AccessEntry(timestampMicros: WallClock.micros())
        entry.requestID = identity.requestID
        entry.client = peer.text.bytes
        let trace = identity.traceparent
        if trace.count >= 55 {
            entry.traceID = trace.part(3, 35)
            entry.spanID = trace.part(36, 52)
        }
        fillRequest(&entry, headBytes, isTrusted: peer.isTrusted)
        fillOutcome(&entry, status: status, durationNanos: durationNanos)
        if let cell = state.cell {
            entry.cell = cell.name.bytes
            if let pool = state.pool { entry.upstream = pool.label.bytes }
        }
        guard let code else {
            telemetry.ring.offer(entry)
            return
        }
        entry.errorCode = AccessEntry.bytes(code.literal)
        if code.status >= 500, !code.isClients { entry.level = .error }
        offer(&entry, telemetry, message)
    }

    private func fillRequest(_ entry: inout AccessEntry, _ raw: UnsafeRawBufferPointer, isTrusted: Bool) {
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
        if isTrusted {
            let ranges = loop.settings.trustedProxies
            let client = ClientAddress.find(raw.bytes.span, parser.head.fields, trusted: ranges)
            if let client { entry.client = piece(client) }
        }
        if let tenant = state.tenant { entry.tenant = piece(tenant) }
        entry.tenantSource = state.tenantSource
        if let agent = parser.head.fields.first(.userAgent) { entry.userAgent = piece(agent.value) }
    }

    private func fillOutcome(_ entry: inout AccessEntry, status: Int, durationNanos: Int64) {
        entry.attempts = state.askedNobody ? state.attempts - 1 : state.attempts
        entry.status = status
        entry.requestBytes = Int64(state.requestBytes)
        entry.responseBytes = Int64(state.responseBytes)
        entry.durationMicros = durationNanos / 1_000
        if entry.attempts > 0 { entry.upstreamMicros = state.upstreamNanos / 1_000 }
    }

    /// With what the client was told, and what it was not.
    private func offer(_ entry: inout AccessEntry, _ telemetry: LoopTelemetry, _ message: StaticString) {
        guard !cause.isEmpty, message.utf8CodeUnitCount > 0 else {
            entry.message = AccessEntry.bytes(message)
            telemetry.ring.offer(entry)
            return
        }
        var text = "\(message): \(cause)"
        text.withUTF8 {
            entry.message = UnsafeRawBufferPointer($0)
            telemetry.ring.offer(entry)
        }
    }
}
