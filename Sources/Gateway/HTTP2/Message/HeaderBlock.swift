/// The fields of one decoded header section, names and values back to back in one piece of memory; reused for the next.
///
/// Hot path: benchmark `gateway`. Slices count from ``readable``. What exceeds the limits is not kept: the block is
/// then ``isTooLarge`` and holds the fields before that.
struct HeaderBlock: ~Copyable {
    private var bytes = ByteQueue()
    /// In the order received, pseudo-header fields first.
    private(set) var fields: [HeaderField] = []
    /// Names, values and 32 bytes a field (RFC 9113 section 6.5.2), with what was not kept.
    private(set) var listBytes = 0
    private(set) var isTooLarge = false
    /// Filled by the checks of RFC 9113 section 8.
    var pseudo = PseudoFields()
    /// From `content-length`.
    var contentLength: Int?

    private let limitBytes: Int
    private let limitFields: Int
    private let hardLimitBytes: Int

    init(limits: HTTP2Limits) {
        limitBytes = limits.headerListBytes
        limitFields = limits.headerFields
        hardLimitBytes = limits.headerListHardBytes
    }

    /// Names and values; valid until the block changes.
    @inline(__always) var readable: UnsafeRawBufferPointer { bytes.readable }

    /// The bytes of a slice; valid until the block changes.
    @inline(__always)
    func bytes(_ slice: ByteSlice) -> UnsafeRawBufferPointer { bytes.readable.part(slice.lower, slice.upper) }

    /// Fields behind the pseudo-header fields.
    @inline(__always) var regular: ArraySlice<HeaderField> { fields[min(pseudo.count, fields.count)...] }

    /// Forgets everything, and gives memory back if there is more of it than `keeping` bytes.
    mutating func clear(keeping: Int = 65_536) {
        bytes.clear(keeping: keeping)
        fields.removeAll(keepingCapacity: true)
        listBytes = 0
        isTooLarge = false
        pseudo = PseudoFields()
        contentLength = nil
    }

    /// Memory for a name and, directly behind it, a value.
    @inline(__always)
    mutating func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer { bytes.reserve(count) }

    /// Takes what was written into the memory reserved, unless it is too much.
    @inline(__always)
    mutating func add(nameBytes: Int, valueBytes: Int, sensitive: Bool) throws(HPACKFault) {
        let length = nameBytes &+ valueBytes
        listBytes &+= length &+ HPACKDynamicTable.overheadBytes
        guard listBytes <= limitBytes, fields.count < limitFields, !isTooLarge else {
            isTooLarge = true
            if listBytes > hardLimitBytes { throw .listTooLarge }
            return
        }
        let start = bytes.count
        bytes.commit(length)
        fields.append(
            HeaderField(
                name: ByteSlice(start, start &+ nameBytes), value: ByteSlice(start &+ nameBytes, start &+ length),
                isSensitive: sensitive))
    }

    /// Says how a field is known.
    @inline(__always)
    mutating func classify(_ index: Int, as known: FieldName) { fields[index].known = known }
}
