/// Pseudo-header fields (RFC 9113 section 8.3). Empty slices are fields that are not there.
struct PseudoFields {
    /// A bit for each name.
    struct Seen: OptionSet {
        var rawValue: UInt8

        static let method = Seen(rawValue: 1)
        static let scheme = Seen(rawValue: 2)
        static let authority = Seen(rawValue: 4)
        static let path = Seen(rawValue: 8)
        static let status = Seen(rawValue: 16)
    }

    var method = ByteSlice()
    var scheme = ByteSlice()
    var authority = ByteSlice()
    var path = ByteSlice()
    /// Of a response.
    var status = 0
    /// The `host` field, equal to `authority` if both are there.
    var host = ByteSlice()
    var seen: Seen = []
    /// How many fields stand before the regular ones.
    var count = 0

    /// Where the request goes: `:authority`, else `host`; empty when there is neither.
    var target: ByteSlice { seen.contains(.authority) ? authority : host }
}
