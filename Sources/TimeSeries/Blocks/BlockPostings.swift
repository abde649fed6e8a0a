/// Which series of a block carry a label: the postings offset table, whose lists are read when they are needed.
struct BlockPostings: Sendable {
    /// A value of a label, and where the list of its series stands.
    private struct Entry: Sendable {
        /// The value's bytes in the file.
        var value: Range<Int>
        var list: Int
    }

    private let path: String
    private let checks: Bool
    /// By the label's name, in the order of the file.
    private var entries: [[UInt8]: [Entry]] = [:]
    /// Where the list of all series stands.
    private var all: Int?

    /// Reads the table.
    init(_ bytes: [UInt8], _ path: String, at offset: Int, checks: Bool) throws(BlockError) {
        self.path = path
        self.checks = checks
        if offset == 0 { return }
        let parsed = try bytes.withRawBytes { raw throws(BlockError) in
            try BlockPostings.parse(raw, path, at: offset, checks)
        }
        (entries, all) = parsed
    }

    private static func parse(
        _ raw: UnsafeRawBufferPointer, _ path: String, at offset: Int, _ checks: Bool
    ) throws(BlockError) -> ([[UInt8]: [Entry]], Int?) {
        var reader = try BlockIndex.section(raw, path, at: offset, "the postings offset table", checks)
        let claimed = UInt64(try reader.be32())
        let count = try reader.count(claimed, bytesEach: 4, "lists of series")
        var entries: [[UInt8]: [Entry]] = [:]
        var all: Int?
        // Entries of one name stand together.
        var (name, values): ([UInt8], [Entry]) = ([], [])
        for _ in 0..<count {
            guard try reader.byte() == 2 else { throw reader.failure("an entry that is not of a name and a value") }
            let nextName = try reader.counted()
            let value = try reader.counted()
            let end = offset + 4 + reader.position
            let list = reader.size(try reader.uvarint())
            if nextName.isEmpty {
                if value.isEmpty { all = list }
                continue
            }
            if !nextName.elementsEqual(name) {
                if !values.isEmpty { entries[name, default: []].append(contentsOf: values) }
                (name, values) = (Array(nextName), [])
            }
            values.append(Entry(value: (end - value.count)..<end, list: list))
        }
        if !values.isEmpty { entries[name, default: []].append(contentsOf: values) }
        return (entries, all)
    }

    /// Ascending numbers of the series that fulfil the matchers, as far as their lists prove it, and the matchers
    /// that must be tried on each of them.
    func select(
        _ matchers: [LabelMatcher], _ bytes: [UInt8]
    ) throws(BlockError) -> (series: [UInt32], rest: [LabelMatcher]) {
        try bytes.withRawBytes { raw throws(BlockError) in
            var found: [UInt32]?
            var rest: [LabelMatcher] = []
            for matcher in matchers {
                if matcher.matches("") {
                    rest.append(matcher)
                    continue
                }
                let list = try union(matcher, raw)
                found = found.map { $0.intersection(sorted: list) } ?? list
                if found?.isEmpty == true { return ([], []) }
            }
            if let found { return (found, rest) }
            return (try everything(raw), rest)
        }
    }

    private func everything(_ raw: UnsafeRawBufferPointer) throws(BlockError) -> [UInt32] {
        guard let all else { return [] }
        var left = raw.count
        return try list(raw, at: all, &left)
    }

    /// The series whose label has a value that the matcher accepts.
    private func union(_ matcher: LabelMatcher, _ raw: UnsafeRawBufferPointer) throws(BlockError) -> [UInt32] {
        var lists: [[UInt32]] = []
        // A series has one value of a label, so the lists lie side by side and together take less than the index;
        // entries that share a list would make much of little.
        var left = raw.count
        for entry in entries[Array(matcher.name.utf8)] ?? [] {
            let value = UnsafeRawBufferPointer(rebasing: raw[entry.value])
            let isWanted =
                matcher.kind == .equal
                ? matcher.value.utf8.elementsEqual(value) : matcher.matches(String(decoding: value, as: UTF8.self))
            if isWanted { lists.append(try list(raw, at: entry.list, &left)) }
        }
        if lists.count == 1 { return lists[0] }
        return BlockPostings.merged(lists)
    }

    /// The numbers of all lists, ascending, each once.
    private static func merged(_ lists: [[UInt32]]) -> [UInt32] {
        var all = Array(lists.joined())
        all.sort()
        var kept = 0
        for place in all.indices where place == 0 || all[place] != all[kept - 1] {
            all[kept] = all[place]
            kept += 1
        }
        all.removeLast(all.count - kept)
        return all
    }

    /// Reads a list.
    ///
    /// - Parameter left: bytes that lists may still take.
    private func list(
        _ raw: UnsafeRawBufferPointer, at offset: Int, _ left: inout Int
    ) throws(BlockError) -> [UInt32] {
        var reader = try BlockIndex.section(raw, path, at: offset, "a list of series", checks)
        left -= reader.left
        if left < 0 {
            throw BlockError(
                path: path, offset: offset,
                message: "more lists of series than the index could hold: some of them are referred to twice")
        }
        let claimed = UInt64(try reader.be32())
        let count = try reader.count(claimed, bytesEach: 4, "series")
        var out: [UInt32] = []
        out.reserveCapacity(count)
        for _ in 0..<count {
            let next = try reader.be32()
            if let last = out.last, next <= last { throw reader.failure("series \(next) after series \(last)") }
            out.append(next)
        }
        return out
    }

    /// The values of a label, in the order of the file.
    func values(of name: String, _ bytes: [UInt8]) -> [String] {
        (entries[Array(name.utf8)] ?? []).map { String(decoding: bytes[$0.value], as: UTF8.self) }
    }
}
