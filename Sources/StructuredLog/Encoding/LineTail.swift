/// The end of every line of one ring: `,"run":"…","loop":…,"seq":` is built once, the number follows.
struct LineTail: ~Copyable {
    private let prefix: UnsafeMutableRawBufferPointer

    /// The longest tail: prefix, twenty digits, brace, newline.
    var worstCase: Int { prefix.count + 22 }

    init(run: String, loop: Int) {
        let text = ",\"run\":\"\(run)\",\"loop\":\(loop),\"seq\":"
        prefix = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
        prefix.copyBytes(from: text.utf8)
    }

    deinit {
        prefix.deallocate()
    }

    @inline(__always)
    func append(sequence: UInt64, to cursor: inout LineCursor) {
        if cursor.isTruncated { cursor.append(#","truncated":true"#) }
        cursor.append(raw: UnsafeRawBufferPointer(prefix))
        cursor.append(decimal: sequence)
        cursor.append("}\n")
    }
}
