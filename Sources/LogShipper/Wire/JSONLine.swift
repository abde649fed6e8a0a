// Hot path: runs once a line. Measured by `scripts/bench shipper`.

/// Puts lines into JSON documents.
enum JSONLine {
    /// Appends a line that is a JSON object as it is, or as a string. Returns how many bytes had to be repaired.
    @inline(__always)
    static func append(
        _ line: UnsafeRawBufferPointer, _ shape: LineFields.Shape, to output: GrowableBytes
    ) -> Int {
        switch shape {
        case .object:
            output.append(line)
            return 0
        case .brokenText: return UTF8Text.appendRepaired(line, to: output)
        case .other:
            output.append(0x22)
            defer { output.append(0x22) }
            return JSONEscape.appendContent(line, to: output)
        }
    }

    /// The bytes of an object behind its opening brace, and whether there is a member in them.
    @inline(__always)
    static func inside(_ line: UnsafeRawBufferPointer) -> (rest: UnsafeRawBufferPointer, isEmpty: Bool) {
        var start = 0
        while start < line.count, line[start] != 0x7b { start &+= 1 }
        start = min(line.count, start &+ 1)
        var next = start
        while next < line.count, line[next] <= 0x20 { next &+= 1 }
        let isEmpty = next >= line.count || line[next] == 0x7d
        return (UnsafeRawBufferPointer(rebasing: line[start...]), isEmpty)
    }
}
