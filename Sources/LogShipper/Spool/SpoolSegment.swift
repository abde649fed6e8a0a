/// What is known of one segment file.
struct SpoolSegment {
    let number: UInt64
    let header: SegmentHeader
    /// The header as it stands in the file: every frame's authenticated data begins with it.
    let headerBytes: [UInt8]
    /// Where the frames end; the file may be longer by what a failed write left.
    var size: Int64
    /// As much of `size` as survives a loss of power.
    var durableSize: Int64
    var start: SpoolMark
    var end: SpoolMark
    /// The end of what survives a loss of power.
    var durableEnd: SpoolMark

    static func path(_ directory: String, _ number: UInt64) -> String {
        let digits = String(number)
        return "\(directory)/\(String(repeating: "0", count: max(0, 12 - digits.count)))\(digits).seg"
    }

    /// The number in a segment's file name.
    static func number(_ name: String) -> UInt64? {
        guard name.hasSuffix(".seg"), name.utf8.count <= 24 else { return nil }
        // The next number has to exist, whatever somebody put there.
        return UInt64(name.dropLast(4)).flatMap { $0 < 1 << 48 ? $0 : nil }
    }
}
