import Exposition
import Synchronization

@testable import GatewayMetrics

/// A clock that a test moves.
final class ManualClock: Sendable {
    private let time = Atomic<UInt64>(1)
    var nanos: UInt64 { time.load(ordering: .relaxed) }
    func advance(seconds: UInt64) { time.wrappingAdd(seconds * 1_000_000_000, ordering: .relaxed) }
}

extension PlaceTable {
    mutating func request(_ text: String, _ amount: UInt32 = 1) -> Int {
        Array(text.utf8).withUnsafeBytes { request($0, KeyedHash.hash($0), amount) }
    }

    /// So many requests, one by one; the seat of the last.
    @discardableResult
    mutating func requests(_ text: String, times: Int) -> Int {
        var seat = 0
        for _ in 0..<times { seat = request(text) }
        return seat
    }

    func find(_ text: String) -> Int? {
        Array(text.utf8).withUnsafeBytes { find($0, KeyedHash.hash($0)) }
    }

    /// The state of a value's seat.
    func state(_ text: String) -> State? { find(text).map { seats[$0].state } }
}

extension LabelCache {
    func find(_ text: String, count: Int = 1) -> LabelPlace {
        var text = text
        return text.withUTF8 { find(UnsafeRawBufferPointer($0), count: count) }
    }
}

extension SpaceSaving {
    mutating func add(_ text: String, _ amount: UInt32 = 1) -> Int {
        Array(text.utf8).withUnsafeBytes { add($0, KeyedHash.hash($0), amount) }
    }

    func find(_ text: String) -> Int? {
        Array(text.utf8).withUnsafeBytes { find($0, KeyedHash.hash($0)) }
    }
}
