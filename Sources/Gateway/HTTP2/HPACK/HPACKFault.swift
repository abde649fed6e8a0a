/// Why a header block cannot be read (RFC 7541). After any of them the connection is lost: its tables are out of step.
enum HPACKFault: UInt8, Error, CaseIterable {
    /// The block ends within a field.
    case truncated
    /// An integer beyond 32 bits, or spelt with too many bytes (section 5.1).
    case integerOverflow
    /// Index 0, or one beyond both tables (section 2.3.3).
    case index
    /// Padding of a Huffman-coded string is longer than 7 bits or not all ones (section 5.2).
    case huffmanPadding
    /// The end-of-string symbol within a string (section 5.2).
    case huffmanEndOfString
    /// A table size update behind the first field of a block (section 4.2).
    case tableUpdateLate
    /// A table size above what our settings allow (section 6.3).
    case tableUpdateTooLarge
    /// Our settings made the table smaller, and the block does not begin with the update (section 4.2).
    case tableUpdateMissing
    /// The decoded block exceeds even the limit up to which it is read and thrown away.
    case listTooLarge
}
