/// Where one line of a batch came from and where it stands in the batch's bytes.
struct LineRef {
    /// The offset of the line's first byte in its file.
    var fileOffset: Int64
    /// Where its first byte stands in the batch's memory (`BatchContent`).
    var start: UInt32
    /// The file's serial number in this run.
    var file: FileSerial
}

/// The number of a file, or rather of one generation of it, in this run: a truncated file goes on under a new one.
typealias FileSerial = UInt32
