/// How the last streams of one side ended, in a fixed amount of memory: two bits for each of the last 512 identifiers.
///
/// RFC 9113 section 5.1 wants frames on a closed stream treated by how it closed. Of older streams only that they are
/// closed is known, and their frames are ignored.
struct HTTP2ClosedStreams {
    /// The end of a stream.
    enum End: UInt64 {
        /// Never opened: a higher identifier was opened first, which closes it (section 5.1.1).
        case skipped = 0
        /// With END_STREAM both ways, or still open.
        case complete = 1
        case resetByUs = 2
        case resetByPeer = 3
    }

    static let remembered: UInt32 = 512
    private static let perWord: UInt32 = 32

    private var words = [UInt64](repeating: 0, count: Int(remembered / perWord))
    /// The highest identifier that was opened, 0 at first.
    private(set) var last: UInt32 = 0

    /// Opens a stream above all others of its side; those between are skipped.
    @inline(__always)
    mutating func open(_ id: UInt32) {
        // Identifiers of a side differ by two; the first is 1 or 2.
        var next = last == 0 ? 2 - (id & 1) : last &+ 2
        if id &- next > Self.remembered * 2 { next = id &- Self.remembered * 2 }
        while next < id {
            set(next, .skipped)
            next &+= 2
        }
        set(id, .complete)
        last = id
    }

    /// Notes a reset.
    @inline(__always)
    mutating func close(_ id: UInt32, _ end: End) {
        if isRemembered(id) { set(id, end) }
    }

    /// How a stream that was opened or skipped ended; nil when it is too long ago.
    func end(_ id: UInt32) -> End? {
        guard isRemembered(id) else { return nil }
        let (word, shift) = place(id)
        return End(rawValue: words[word] >> shift & 3)
    }

    @inline(__always)
    private func isRemembered(_ id: UInt32) -> Bool { id <= last && (last &- id) / 2 < Self.remembered }

    @inline(__always)
    private func place(_ id: UInt32) -> (word: Int, shift: UInt64) {
        let slot = (id / 2) % Self.remembered
        return (Int(slot / Self.perWord), UInt64(slot % Self.perWord) * 2)
    }

    @inline(__always)
    private mutating func set(_ id: UInt32, _ end: End) {
        let (word, shift) = place(id)
        words[word] = words[word] & ~(3 << shift) | end.rawValue << shift
    }
}
