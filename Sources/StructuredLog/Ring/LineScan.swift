/// Counts lines in what was written; the compiler makes vectors of the loop.
enum LineScan {
    static func newlines(in bytes: UnsafeRawBufferPointer) -> Int {
        var total = 0
        var start = 0
        while start < bytes.count {
            let end = min(start + 255, bytes.count)
            var block: UInt8 = 0
            for index in start..<end { block &+= bytes[index] == 0x0A ? 1 : 0 }
            total += Int(block)
            start = end
        }
        return total
    }

    /// How many bytes up to and with the last newline; 0 if there is none.
    static func lengthThroughLastNewline(in bytes: UnsafeRawBufferPointer) -> Int {
        var index = bytes.count
        while index > 0, bytes[index - 1] != 0x0A { index -= 1 }
        return index
    }
}
