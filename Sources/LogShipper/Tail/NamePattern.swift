#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One part of a glob between slashes, as `fnmatch` has it: `*`, `?`, `[…]`, and `\` before a character that is meant.
struct NamePattern: Sendable, Equatable {
    private let text: String
    /// What stands before and behind the only `*`, where there is nothing else special; most patterns are so.
    private let ends: (head: [CChar], tail: [CChar])?

    init(_ text: String) {
        self.text = text
        let bytes = Array(text.utf8)
        let stars = bytes.indices.filter { bytes[$0] == 0x2a }
        if stars.count == 1, let star = stars.first, !bytes.contains(where: { [0x3f, 0x5b, 0x5c].contains($0) }) {
            ends = (bytes[..<star].map(CChar.init(bitPattern:)), bytes[(star + 1)...].map(CChar.init(bitPattern:)))
        } else {
            ends = nil
        }
    }

    /// Whether a part of a glob needs a directory to be read.
    static func isPattern(_ text: some StringProtocol) -> Bool { text.utf8.contains { "*?[\\".utf8.contains($0) } }

    /// Whether a name in a directory matches; a leading dot must be matched by a dot.
    func matches(_ name: UnsafePointer<CChar>) -> Bool {
        guard let ends else { return fnmatch(text, name, FNM_PERIOD) == 0 }
        let length = strlen(name)
        guard length >= ends.head.count + ends.tail.count else { return false }
        if ends.head.isEmpty, name[0] == 0x2e { return false }
        return memcmp(name, ends.head, ends.head.count) == 0
            && memcmp(name + (length - ends.tail.count), ends.tail, ends.tail.count) == 0
    }

    static func == (left: NamePattern, right: NamePattern) -> Bool { left.text == right.text }
}
