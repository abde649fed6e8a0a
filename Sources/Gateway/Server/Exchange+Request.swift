import GatewayMetrics
import StructuredLog

/// From a complete head to an upstream: checks in the contract's order (framing, path, tenant, limits, cell).
extension Exchange {
    /// The head is complete and adopted. Afterwards the exchange may be over.
    func begin() {
        let span = headBytes.bytes.span
        // First of all, so that what the cell needs comes from memory meanwhile.
        let destination = destination(span)
        identity.adopt(span, parser.head.fields, &loop.random)
        state.requestDone = !parser.head.hasBody
        if let error = methodError() { return refuse(error) }
        if parser.head.isAsterisk { return answerAsterisk() }
        if let fault = PathPolicy.fault(span, parser.head.path) {
            return refuse(GatewayError(.badRequest, .path, fault))
        }
        if loop.telemetry == nil { return beginLocal() }
        switch destination {
        case .local: beginLocal()
        case .cell(let number): route(to: number)
        case .unknownCell: route(to: nil)
        }
    }

    private enum Destination {
        case local
        /// Its position among the cells.
        case cell(Int)
        case unknownCell
    }

    /// Where the path leads, if it is one that may lead anywhere; asks for what the cell needs.
    private func destination(_ span: Span<UInt8>) -> Destination {
        guard case .cell(let name) = RouteClass.classify(span, parser.head.path) else { return .local }
        return loop.routes.find(span, name, prefetches: loop.isWide).map { .cell($0) } ?? .unknownCell
    }

    /// The head is malformed, too large, or did not come in time.
    func refuse(head bytes: UnsafeRawBufferPointer, _ error: GatewayError) {
        adopt(head: bytes)
        identity.make(&loop.random)
        refuse(error)
    }

    private func methodError() -> GatewayError? {
        switch parser.head.method {
        case .other: GatewayError(.notImplemented, .method, "the method is not served")
        case .connect, .trace: GatewayError(.methodNotAllowed, .method, "the method is not allowed")
        default: nil
        }
    }

    private func route(to number: Int?) {
        if let error = judgeTenant() { return refuse(error) }
        let meters = metersToPrefetch()
        meters?.prefetchPlace(number ?? 0)
        if let error = tenantLimitError() { return refuse(error) }
        guard let number else {
            if let error = bodyError() { return refuse(error) }
            return refuse(GatewayError(.unknownCell, .unknownCell, "no such cell"))
        }
        meters?.prefetchChildren(number)
        let cell = loop.routes.cells[number]
        state.cell = cell
        if let shard = loop.shard {
            cell.meters.inFlight.add(1, on: shard)
            state.isInFlight = true
        }
        if let error = bodyError() ?? cellLimitError(cell) { return refuse(error) }
        if !cell.allowsWebSocket { parser.head.wantsUpgrade = false }
        let total = cell.deadlines.totalNanos
        if total > 0 { state.totalDeadlineNanos = SteadyTime.after(total, from: state.startNanos) }
        enter(cell)
        if let meters, let shard = loop.shard { meters.prefetchCounts(number, on: shard) }
    }

    private func bodyError() -> GatewayError? {
        guard case .length(let length) = parser.head.framing, length > bodyLimit else { return nil }
        return GatewayError(.bodyTooLarge, .bodyTooLarge, "the request body is too large")
    }

    private func judgeTenant() -> GatewayError? {
        switch TenantRule.judge(headBytes.bytes.span, parser.head.fields) {
        case .named(let id):
            state.tenant = id
            state.tenantSource = .header
            return nil
        case .refused(let value):
            state.tenant = value
            state.tenantSource = .rejected
            return GatewayError(.invalidTenantID, .invalidTenant, "malformed or repeated tenant id")
        case .absent:
            guard loop.settings.tenancy.required else { return nil }
            return GatewayError(.missingTenantID, .missingTenant, "the request must name its tenant")
        }
    }
}
