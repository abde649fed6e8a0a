extension ByteCursor {
    /// Appends a label value or exemplar value: `\`, `"` and line feed escaped, nothing else.
    ///
    /// Both text formats ask for the same (exposition_formats.md; OpenMetrics 1.0, ABNF `escaped-char`).
    public mutating func append(escapingLabelValue text: String) {
        append(escaping: text, quotes: true)
    }

    /// Appends a HELP text: `\` and line feed escaped, and the quote only in OpenMetrics.
    public mutating func append(escapingHelp text: String, format: ExpositionFormat) {
        append(escaping: text, quotes: format.isOpenMetrics)
    }

    private mutating func append(escaping text: String, quotes: Bool) {
        let wasContiguous: Void? = text.utf8.withContiguousStorageIfAvailable { utf8 in
            append(escaping: utf8, quotes: quotes)
        }
        if wasContiguous == nil {
            [UInt8](text.utf8).withUnsafeBufferPointer { append(escaping: $0, quotes: quotes) }
        }
    }

    /// Appends the bytes of a label value, which must be valid UTF-8, in the same way.
    public mutating func append(escapingLabelValue utf8: UnsafeBufferPointer<UInt8>) {
        append(escaping: utf8, quotes: true)
    }

    /// Copies whole runs of bytes that need no escape.
    private mutating func append(escaping utf8: UnsafeBufferPointer<UInt8>, quotes: Bool) {
        guard let base = utf8.baseAddress else { return }
        var runStart = 0
        for index in 0..<utf8.count {
            let byte = utf8[index]
            let isQuote = byte == UInt8(ascii: "\"") && quotes
            guard isQuote || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\n") else { continue }
            append(base + runStart, count: index - runStart)
            append(UInt8(ascii: "\\"))
            append(byte == UInt8(ascii: "\n") ? UInt8(ascii: "n") : byte)
            runStart = index + 1
        }
        append(base + runStart, count: utf8.count - runStart)
    }
}

/// Turns bytes from outside into text that may be written: every invalid sequence becomes U+FFFD.
///
/// One invalid byte costs the whole scrape, so this is for label values that come from requests.
public func repairingUTF8(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes, as: UTF8.self)
}
