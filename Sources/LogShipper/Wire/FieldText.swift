extension FieldVerdict {
    /// Whether there is a value other than `null`.
    @inline(__always)
    func hasText(in line: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .plain, .escaped: true
        case .notString(let start, _): line[start] != 0x6e
        case .absent, .ambiguous, .notJSON: false
        }
    }

    /// The value as text: a string's own text, the JSON of everything else. Only strings with escapes allocate; one with
    /// wrong escapes keeps them as they are.
    func withText(in line: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        switch self {
        case .plain(let start, let count), .notString(let start, let count):
            body(UnsafeRawBufferPointer(rebasing: line[start..<(start + count)]))
        case .escaped(let start, let count):
            let raw = UnsafeRawBufferPointer(rebasing: line[start..<(start + count)])
            if let text = JSONText.unescape(raw, limit: raw.count) {
                text.withUnsafeBytes(body)
            } else {
                body(raw)
            }
        case .absent, .ambiguous, .notJSON: break
        }
    }
}
