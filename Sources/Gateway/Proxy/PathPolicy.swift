/// Which paths are refused before routing, because servers behind us might read them as other paths than we do
/// (attack cases 71–79). A path is never decoded for routing and never changed.
enum PathPolicy {
    /// Nil when the path may pass; else what is wrong.
    static func fault(_ bytes: Span<UInt8>, _ path: ByteSlice) -> StaticString? {
        var at = path.lower
        let end = path.upper
        var segmentStart = at + 1
        // Of the current segment: bytes that are dots, literal or encoded, and whether there is anything else.
        var dots = 0
        var others = 0
        while at < end {
            let byte = bytes[at]
            if byte > 0x3B, byte != 0x5C {
                // Letters, mostly: nothing to look at.
                others += 1
                at += 1
            } else if byte == 0x2F {
                if isDotSegment(dots, others) { return "dot segment in the path" }
                if at > path.lower, at == segmentStart { return "empty segment in the path" }
                segmentStart = at + 1
                dots = 0
                others = 0
                at += 1
            } else if byte == 0x25 {
                guard at + 2 < end, let high = ByteClass.hexValue(bytes[at + 1]),
                    let low = ByteClass.hexValue(bytes[at + 2])
                else { return "malformed percent encoding in the path" }
                let decoded = high << 4 | low
                if let fault = encodedFault(decoded) { return fault }
                if decoded == 0x2E { dots += 1 } else { others += 1 }
                at += 3
            } else {
                if byte == 0x5C { return "backslash in the path" }
                if byte == 0x3B { return "path parameters are not served" }
                if byte == 0x2E { dots += 1 } else { others += 1 }
                at += 1
            }
        }
        return isDotSegment(dots, others) ? "dot segment in the path" : nil
    }

    @inline(__always)
    private static func isDotSegment(_ dots: Int, _ others: Int) -> Bool {
        others == 0 && (dots == 1 || dots == 2)
    }

    private static func encodedFault(_ byte: UInt8) -> StaticString? {
        switch byte {
        case 0x2F, 0x5C: "encoded slash in the path"
        case 0..<0x20, 0x7F: "encoded control byte in the path"
        default: nil
        }
    }
}
