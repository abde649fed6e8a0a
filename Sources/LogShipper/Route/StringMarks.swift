import CScan

// Hot path, see FieldScanner.swift.
// Invariant: `marks` are those of the 64 bytes from `start` on, all of which are within the text.

/// Where the bytes that end or interrupt a string stand in a text, worked out for 64 bytes at a time.
struct StringMarks {
    private var marks: UInt64 = 0
    private var start = -64

    /// Moves `index` to the next marked byte or to the end. Returns false, without a move, where the text is too short
    /// for this.
    ///
    /// - Parameter find: always the same of the functions of `CScan` that return marks
    @inline(__always)
    mutating func skip(
        _ index: inout Int, _ end: Int, _ base: UnsafeRawPointer, _ find: (UnsafePointer<UInt8>?) -> UInt64
    ) -> Bool {
        guard end >= 64 else { return false }
        while index < end {
            let place = index &- start
            if UInt(bitPattern: place) < 64 {
                let ahead = marks &>> UInt64(truncatingIfNeeded: place)
                if ahead != 0 {
                    index &+= ahead.trailingZeroBitCount
                    return true
                }
                index = start &+ 64
            } else {
                start = min(index, end &- 64)
                marks = find((base + start).assumingMemoryBound(to: UInt8.self))
            }
        }
        return true
    }
}
