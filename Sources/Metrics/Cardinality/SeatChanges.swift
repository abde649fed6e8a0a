/// The last changes of seats, so that a thread's copy catches up without going over all of them.
struct SeatChanges {
    /// Changes that are remembered; who is further behind copies everything.
    static let kept = 256

    private var seats = [Int](repeating: 0, count: kept)
    /// Changes so far.
    private(set) var count: UInt64 = 0

    mutating func append(_ seat: Int) {
        seats[Int(truncatingIfNeeded: count % UInt64(SeatChanges.kept))] = seat
        count += 1
    }

    /// The seats that changed after `seen` changes, or nil when that is too long ago.
    func seats(after seen: UInt64) -> [Int]? {
        guard seen <= count, count - seen <= UInt64(SeatChanges.kept) else { return nil }
        return (seen..<count).map { seats[Int(truncatingIfNeeded: $0 % UInt64(SeatChanges.kept))] }
    }
}
