/// One field of a header block.
struct HeaderField: Equatable {
    var name = ByteSlice()
    var value = ByteSlice()
    var known = FieldName.other
    /// The sender demands that no hop indexes it (RFC 7541 section 6.2.3); pass it on as sensitive.
    var isSensitive = false
}
