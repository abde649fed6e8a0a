/// What is at times taken for metrics and is not, told by its first bytes; no exposition begins with them.
public enum ForeignContent: Sendable, Equatable {
    /// RFC 1952: 1f 8b.
    case gzip
    /// RFC 8878: 28 b5 2f fd.
    case zstd
    /// Two bytes a character, as PowerShell's `>` writes.
    case utf16
    /// A page for a browser, for instance of a proxy that asks who one is.
    case html

    /// Bytes from the beginning that are enough to tell.
    public static let headBytes = 128

    /// Nil when the source may be metrics.
    ///
    /// - Parameter beginning: the first ``headBytes`` bytes of the source, or all if it has fewer
    public init?(beginning: some Collection<UInt8>) {
        if beginning.starts(with: [0x1f, 0x8b]) {
            self = .gzip
            return
        }
        if beginning.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
            self = .zstd
            return
        }
        if ForeignContent.isUTF16(Array(beginning.prefix(4))) {
            self = .utf16
            return
        }
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let text = beginning.dropFirst(beginning.starts(with: mark) ? mark.count : 0).drop {
            $0 == 0x20 || 9...13 ~= $0
        }
        let small = text.prefix(9).map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        guard small.starts(with: "<!doctype".utf8) || small.starts(with: "<html".utf8) else { return nil }
        self = .html
    }

    /// A byte order mark and a character of ASCII, or two such characters without a mark.
    private static func isUTF16(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 4 else { return false }
        let zeros = bytes.map { $0 == 0 }
        switch (bytes[0], bytes[1]) {
        case (0xff, 0xfe): return zeros[3]
        case (0xfe, 0xff): return zeros[2]
        default: return zeros == [false, true, false, true] || zeros == [true, false, true, false]
        }
    }

    /// What it is and what to do, in one line.
    public var advice: String {
        switch self {
        case .gzip: "this is gzip data; decompress it first"
        case .zstd: "this is zstd data; decompress it first, as in zstd -dc FILE"
        case .utf16: "this is UTF-16; convert it to UTF-8 first, as in iconv -f UTF-16 -t UTF-8 FILE"
        case .html: "this is an HTML page, not metrics; is the path right?"
        }
    }
}
