import Exposition

/// Gives equal columns of times one array: series that are scraped together then hold 8 bytes a sample, not 16.
struct TimestampSharing {
    /// Different columns that are remembered.
    private static let maxColumns = 1024

    private var known: [UInt64: [Int64]] = [:]

    /// An array with these times.
    mutating func column(_ times: UnsafeBufferPointer<Int64>) -> [Int64] {
        let hash = KeyedHash.hash(UnsafeRawBufferPointer(times))
        if let same = known[hash], same.count == times.count, same.elementsEqual(times) { return same }
        let fresh = Array(times)
        if known.count < TimestampSharing.maxColumns { known[hash] = fresh }
        return fresh
    }

    /// The array itself, or an equal one that was seen before.
    mutating func column(_ times: [Int64]) -> [Int64] {
        let hash = times.withUnsafeBytes { KeyedHash.hash($0) }
        if let same = known[hash], same == times { return same }
        if known.count < TimestampSharing.maxColumns { known[hash] = times }
        return times
    }
}
