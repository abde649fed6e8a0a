/// The template of an archive's file names, such as `{tenant}/{date}.jsonl.gz`, relative to its directory.
///
/// `{date}` is a day in UTC, `2026-01-31`. A file that is not the first of its tenant and day has `~1`, `~2` … before the
/// extension, that is before the first `.` of the name that the template itself has. Tenants cannot leave the directory:
/// all but letters, digits, `-`, `_` and inner dots is percent-encoded, so a name holds no `/`, no `~` and starts with no dot.
struct ArchivePath: Sendable, Equatable {
    enum Piece: Sendable, Equatable {
        case literal([UInt8])
        case tenant
        case date
        /// Where the number of a file stands.
        case number
    }

    /// One list for each component of the path.
    let components: [[Piece]]

    /// - Throws: what is wrong with the template.
    init(_ template: String) throws(ArchiveTemplateError) {
        let names = template.split(separator: "/", omittingEmptySubsequences: false)
        guard !template.contains("~"), names.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }) else {
            throw ArchiveTemplateError("expected a relative path without '~' whose names start with no '.'")
        }
        var components: [[Piece]] = []
        for name in names { components.append(try ArchivePath.pieces(String(name))) }
        let all = components.flatMap(\.self)
        guard all.count(where: { $0 == .tenant }) == 1, all.count(where: { $0 == .date }) == 1 else {
            throw ArchiveTemplateError("expected {tenant} and {date}, each once")
        }
        let last = components.count - 1
        components[last] = ArchivePath.numbered(components[last])
        self.components = components
    }

    /// The path of a tenant's n-th file of a day.
    func path(tenant: String, date: String, number: Int) -> String {
        components.map { pieces in
            pieces.map { piece in
                switch piece {
                case .literal(let bytes): String(decoding: bytes, as: UTF8.self)
                case .tenant: ArchivePath.safe(tenant)
                case .date: date
                case .number: number == 0 ? "" : "~\(number)"
                }
            }.joined()
        }.joined(separator: "/")
    }

    /// Whether a directory's entry may be the component of that depth; and the date in it, where the component has one.
    func matches(_ name: String, depth: Int) -> (isMatch: Bool, date: String?) {
        guard components.indices.contains(depth) else { return (false, nil) }
        var date: String?
        let isMatch = ArchivePath.match(components[depth][...], Array(name.utf8)[...], &date)
        return (isMatch, isMatch ? date : nil)
    }

    private static func match(_ pieces: ArraySlice<Piece>, _ text: ArraySlice<UInt8>, _ date: inout String?) -> Bool {
        guard let piece = pieces.first else { return text.isEmpty }
        let rest = pieces.dropFirst()
        switch piece {
        case .literal(let bytes): return text.starts(with: bytes) && match(rest, text.dropFirst(bytes.count), &date)
        case .date:
            guard text.count >= 10, isDate(text.prefix(10)) else { return false }
            date = String(decoding: text.prefix(10), as: UTF8.self)
            return match(rest, text.dropFirst(10), &date)
        case .number:
            guard text.first == 0x7e else { return match(rest, text, &date) }
            let digits = text.dropFirst().prefix { (0x30...0x39).contains($0) }
            return !digits.isEmpty && match(rest, text.dropFirst(1 + digits.count), &date)
        case .tenant:
            // Names are short, and there is only one tenant in a template.
            return (1...max(1, text.count)).contains { match(rest, text.dropFirst($0), &date) } && !text.isEmpty
        }
    }

    private static func isDate(_ text: ArraySlice<UInt8>) -> Bool {
        text.enumerated().allSatisfy { index, byte in
            index == 4 || index == 7 ? byte == 0x2d : (0x30...0x39).contains(byte)
        }
    }

    private static func safe(_ tenant: String) -> String {
        var name = TenantTemplate.percentEncoded(tenant).replacing("~", with: "%7E")
        if name.hasPrefix(".") { name = "%2E" + name.dropFirst() }
        return name
    }

    private static func pieces(_ name: String) throws(ArchiveTemplateError) -> [Piece] {
        var pieces: [Piece] = []
        var rest = name[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { pieces.append(.literal(Array(rest[..<open].utf8))) }
            rest = rest[open...]
            if rest.hasPrefix("{tenant}") {
                pieces.append(.tenant)
                rest = rest.dropFirst(8)
            } else if rest.hasPrefix("{date}") {
                pieces.append(.date)
                rest = rest.dropFirst(6)
            } else {
                throw ArchiveTemplateError("only {tenant} and {date} stand between braces")
            }
        }
        if !rest.isEmpty { pieces.append(.literal(Array(rest.utf8))) }
        return pieces
    }

    private static func numbered(_ pieces: [Piece]) -> [Piece] {
        var result: [Piece] = []
        for (index, piece) in pieces.enumerated() {
            if case .literal(let bytes) = piece, let dot = bytes.firstIndex(of: 0x2e) {
                if dot > 0 { result.append(.literal(Array(bytes[..<dot]))) }
                return result + [.number, .literal(Array(bytes[dot...]))] + pieces[(index + 1)...]
            }
            result.append(piece)
        }
        return result + [.number]
    }
}

/// What is wrong with a template.
struct ArchiveTemplateError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
