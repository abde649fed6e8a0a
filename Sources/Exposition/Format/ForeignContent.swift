/// What is at times taken for metrics and is not, told by its first bytes; no exposition begins with them.
public enum ForeignContent: Sendable, Equatable {
    /// RFC 1952: 1f 8b.
    case gzip
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
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let text = beginning.dropFirst(beginning.starts(with: mark) ? mark.count : 0).drop {
            $0 == 0x20 || 9...13 ~= $0
        }
        let small = text.prefix(9).map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        guard small.starts(with: "<!doctype".utf8) || small.starts(with: "<html".utf8) else { return nil }
        self = .html
    }

    /// What it is and what to do, in one line.
    public var advice: String {
        switch self {
        case .gzip: "this is gzip data; decompress it first"
        case .html: "this is an HTML page, not metrics; is the path right?"
        }
    }
}
