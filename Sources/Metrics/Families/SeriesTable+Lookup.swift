#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Lookups without a lock. Hot path: the benchmark is `bind_strings` in Benchmarks/MetricsBench.
extension SeriesTable {
    /// More labels than this are looked up by a packed key.
    private static let fastLabels = 8

    /// What a lookup without the lock has found.
    struct Finding {
        /// nil when there is no such child, or it is being moved.
        let cells: CellHandle?
        /// The hash of the values, where they could be hashed in place.
        let hash: UInt64?
    }

    /// Looks for the child with these values.
    ///
    /// Values are hashed where they are and compared with the record's key one by one; nothing is packed or allocated.
    @inline(__always)
    func find(_ values: UnsafeBufferPointer<String>) -> Finding {
        guard values.count <= SeriesTable.fastLabels else { return Finding(cells: nil, hash: nil) }
        return withUnsafeTemporaryAllocation(of: ValueWords.self, capacity: SeriesTable.fastLabels) { words in
            guard let words = words.baseAddress, let hash = hash(values, into: words) else {
                return Finding(cells: nil, hash: nil)
            }
            let place = index.find(hash) { place in
                SeriesTable.matches(SeriesRecord(directory.header(at: place)), values, words)
            }
            guard let place else { return Finding(cells: nil, hash: hash) }
            return Finding(cells: directory.header(at: place).pointee.cells, hash: hash)
        }
    }

    /// The hash of the values, whose words it keeps in `words`; nil when a value's bytes are not at hand.
    @inline(__always)
    private func hash(_ values: UnsafeBufferPointer<String>, into words: UnsafeMutablePointer<ValueWords>) -> UInt64? {
        var state = hash.start
        for position in 0..<values.count {
            let next = values[position].utf8.withContiguousStorageIfAvailable { utf8 -> UInt64 in
                let bytes = UnsafeRawBufferPointer(utf8)
                if bytes.count > ValueWords.maxBytes {
                    (words + position).initialize(to: ValueWords(longOf: bytes.count))
                    return hash.adding(bytes, to: state)
                }
                let value = ValueWords(bytes)
                (words + position).initialize(to: value)
                return hash.adding(value, to: state)
            }
            guard let next else { return nil }
            state = next
        }
        return hash.finish(state)
    }

    @inline(__always)
    private static func matches(
        _ record: SeriesRecord, _ values: UnsafeBufferPointer<String>, _ words: UnsafePointer<ValueWords>
    ) -> Bool {
        let key = record.key
        guard let base = key.baseAddress else { return false }
        var position = 0
        for index in 0..<values.count {
            let wanted = words[index]
            let end = position &+ LabelKey.headerBytes &+ wanted.count
            guard end <= key.count, Int(base.loadUnaligned(fromByteOffset: position, as: UInt32.self)) == wanted.count
            else { return false }
            let start = base + (position &+ LabelKey.headerBytes)
            let bytes = UnsafeRawBufferPointer(start: start, count: wanted.count)
            if wanted.count <= ValueWords.maxBytes {
                guard ValueWords(bytes) == wanted else { return false }
            } else {
                guard isSame(bytes, values[index]) else { return false }
            }
            position = end
        }
        return position == key.count
    }

    private static func isSame(_ bytes: UnsafeRawBufferPointer, _ value: String) -> Bool {
        value.utf8.withContiguousStorageIfAvailable { utf8 in
            guard let left = bytes.baseAddress, let right = utf8.baseAddress, utf8.count == bytes.count else {
                return false
            }
            return memcmp(left, right, bytes.count) == 0
        } ?? false
    }

    /// The place of the record with this key; sure under the lock, else it may miss one that is being moved.
    func place(of key: UnsafeRawBufferPointer, hash: UInt64) -> UInt32? {
        index.find(hash) { place in
            let other = SeriesRecord(directory.header(at: place)).key
            guard other.count == key.count else { return false }
            guard let left = key.baseAddress, let right = other.baseAddress else { return true }
            return memcmp(left, right, key.count) == 0
        }
    }
}
