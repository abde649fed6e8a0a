import CMemory
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

    /// Asks in three steps for what counting a request to a configured cell needs; each reads what the one before has
    /// asked for. The number is the cell's position in the route table.
    @inline(__always)
    func prefetchPlace(_ number: Int) {
        withPlace(number) { gatehouse_prefetch($0) }
    }

    @inline(__always)
    func prefetchChildren(_ number: Int) {
        // As an address: counting a reference would wait for the object.
        withPlace(number) { place in
            guard let start = UnsafeRawPointer(bitPattern: place.load(as: UInt.self)) else { return }
            for line in 0..<3 { gatehouse_prefetch(start + line &* 64) }
        }
    }

    @inline(__always)
    func prefetchCounts(_ number: Int, on shard: Shard) {
        let ordinal = LoopTelemetry.firstCellOrdinal &+ number
        guard number >= 0, ordinal < cells.count, let known = cells[ordinal] else { return }
        known.prefetch(on: shard)
    }

    @inline(__always)
    private func withPlace(_ number: Int, _ body: (UnsafeRawPointer) -> Void) {
        let ordinal = LoopTelemetry.firstCellOrdinal &+ number
        guard number >= 0, ordinal < cells.count else { return }
        cells.withUnsafeBytes { if let base = $0.baseAddress { body(base + ordinal &* MemoryLayout<UInt>.stride) } }
    }

    private func bind(_ cell: CellMeters) -> TenantCellMeters {
        while cells.count <= cell.ordinal { cells.append(nil) }
        let made = TenantCellMeters(tenant: label, cell: cell.name, metrics: metrics)
        cells[cell.ordinal] = made
        return made
    }

    func forgetCells() { cells.removeAll() }
}

/// The children of one tenant and one cell. What each request needs stands first.
final class TenantCellMeters {
    let duration: Histogram
    let responseBytes: Counter
    /// Of the method and code that came first, which are most requests'.
    private var counter: Counter?
    private var key: UInt16 = 0
    private let isOwn: Bool
    var exemplars = ExemplarPace(nanos: 10_000_000)
    let requestBytes: Counter
    /// Of the others; few, so that a linear search is the fastest.
    private var keys: [UInt16] = []
    private var counters: [Counter] = []
    private var uses = 0
    private let tenant: String
    private let cell: String
    private let metrics: GatewayMetricSet

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
        counter?.prefetch(on: shard)
    }

    /// `gateway_requests_total` of a method and a code from 100 to 599.
    @inline(__always)
    func requests(_ method: HTTPMethod, _ code: Int) -> Counter {
        let key = UInt16(truncatingIfNeeded: code) &* 16 | UInt16(method.rawValue)
        if key == self.key, let counter { return counter }
        for index in 0..<keys.count where keys[index] == key { return counters[index] }
        return bind(method, code, key)
    }

    private func bind(_ method: HTTPMethod, _ code: Int, _ key: UInt16) -> Counter {
        let found = metrics.requests.lookUp([tenant, cell, method.label, String(code)])
        // One that is shared for want of room is asked for each time: this one must go on as soon as it has its own.
        if found.isOwn {
            if counter == nil {
                (self.key, counter) = (key, found.child)
            } else {
                keys.append(key)
                counters.append(found.child)
            }
        }
        return found.child
    }
}
