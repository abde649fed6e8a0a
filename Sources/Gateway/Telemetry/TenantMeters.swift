import GatewayMetrics

/// One tenant's metric children on one event loop, bound when they are first needed.
final class TenantMeters {
    let label: String
    let place: LabelPlace
    private let metrics: GatewayMetricSet
    private var cells: [TenantCellMeters?] = []

    init(label: String, place: LabelPlace, metrics: GatewayMetricSet) {
        self.label = label
        self.place = place
        self.metrics = metrics
    }

    /// The children for a cell.
    @inline(__always)
    func meters(_ cell: CellMeters) -> TenantCellMeters {
        if cell.ordinal < cells.count, let known = cells[cell.ordinal], known.isCurrent() { return known }
        return bind(cell)
    }

    /// Asks for what counting a request to the cell needs.
    @inline(__always)
    func prefetch(_ cell: CellMeters, on shard: Shard) {
        guard cell.ordinal < cells.count, let known = cells[cell.ordinal] else { return }
        known.prefetch(on: shard)
    }

    private func bind(_ cell: CellMeters) -> TenantCellMeters {
        while cells.count <= cell.ordinal { cells.append(nil) }
        let made = TenantCellMeters(tenant: label, cell: cell.name, metrics: metrics)
        cells[cell.ordinal] = made
        return made
    }

    func forgetCells() { cells.removeAll() }
}

/// The children of one tenant and one cell.
final class TenantCellMeters {
    let duration: Histogram
    let requestBytes: Counter
    let responseBytes: Counter
    private let isOwn: Bool
    private var uses = 0
    private let tenant: String
    private let cell: String
    private let metrics: GatewayMetricSet
    var exemplars = ExemplarPace(nanos: 10_000_000)
    /// Method and code; few, so that a linear search is the fastest.
    private var keys: [UInt16] = []
    private var counters: [Counter] = []

    init(tenant: String, cell: String, metrics: GatewayMetricSet) {
        self.tenant = tenant
        self.cell = cell
        self.metrics = metrics
        let durations = metrics.duration.lookUp([tenant, cell])
        let received = metrics.requestBytes.lookUp([tenant, cell])
        let sent = metrics.responseBytes.lookUp([tenant, cell])
        (duration, requestBytes, responseBytes) = (durations.child, received.child, sent.child)
        isOwn = durations.isOwn && received.isOwn && sent.isOwn
    }

    /// How often children that are shared for want of room are used before there may be room.
    private static let sharedUses = 64

    /// False when it is time to ask for the children again: some of them are not these labels' own.
    @inline(__always)
    func isCurrent() -> Bool {
        if isOwn { return true }
        uses += 1
        return uses < Self.sharedUses
    }

    @inline(__always)
    func prefetch(on shard: Shard) {
        duration.prefetch(on: shard)
        responseBytes.prefetch(on: shard)
        counters.first?.prefetch(on: shard)
    }

    /// `gateway_requests_total` of a method and a code from 100 to 599.
    @inline(__always)
    func requests(_ method: HTTPMethod, _ code: Int) -> Counter {
        let key = UInt16(truncatingIfNeeded: code) &* 16 | UInt16(method.rawValue)
        for index in 0..<keys.count where keys[index] == key { return counters[index] }
        return bind(method, code, key)
    }

    private func bind(_ method: HTTPMethod, _ code: Int, _ key: UInt16) -> Counter {
        let found = metrics.requests.lookUp([tenant, cell, method.label, String(code)])
        // One that is shared for want of room is asked for each time: this one must go on as soon as it has its own.
        if found.isOwn {
            keys.append(key)
            counters.append(found.child)
        }
        return found.child
    }
}
