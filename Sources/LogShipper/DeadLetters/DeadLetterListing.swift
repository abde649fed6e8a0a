/// What `log-shipper dlq list` shows: the newest letters, and counts of all. Bounded, however many letters there are.
public struct DeadLetterListing {
    /// Which letters are meant.
    public struct Filter: Sendable {
        /// Of this output only.
        public var output: String?
        /// Of this tenant only.
        public var tenant: String?
        /// How many letters are shown, the newest ones; all are counted.
        public var limit: Int

        /// Nil means all.
        public init(output: String? = nil, tenant: String? = nil, limit: Int = 50) {
            self.output = output
            self.tenant = tenant
            self.limit = limit
        }
    }

    private struct Entry {
        var output: String
        var letter: DeadLetter
    }

    private struct Count {
        var letters = 0
        var bytes = 0
    }

    /// How many tenants are counted by name, and how much of a line is kept to be shown.
    private static let countedTenants = 1000
    private static let shownLineBytes = 4096
    private static let others = "_other"

    private let filter: Filter
    private var newest: [Entry] = []
    private var oldestIndex = 0
    private var counts: [String: [String: Count]] = [:]
    private var countedPairs = 0
    private var skipped = 0
    private var files = 0
    /// Outputs with files that were given back and are not all delivered.
    private var returning: [String: Int] = [:]

    /// Reads the files of all outputs that the configuration or the state directory knows.
    ///
    /// - Throws: ``DeadLetterError`` for an output that neither knows, or a file that cannot be read.
    public init(_ configuration: ShipperConfiguration, _ filter: Filter) throws(DeadLetterError) {
        self.filter = filter
        do throws(SystemError) {
            for output in try DeadLetterListing.outputs(configuration, filter.output) {
                try read(DeadLetterPaths(stateDirectory: configuration.stateDirectory, output: output))
            }
        } catch {
            throw DeadLetterError(description: error.description)
        }
        if let output = filter.output, counts[output] == nil,
            !configuration.outputs.contains(where: { $0.name == output })
        {
            throw DeadLetterError(description: "there is no output '\(TextTable.plain(output, 64))'")
        }
    }

    private static func outputs(
        _ configuration: ShipperConfiguration, _ only: String?
    ) throws(SystemError) -> [String] {
        if let only { return OutputNames.accepts(only) ? [only] : [] }
        var names = configuration.outputs.map(\.name)
        for file in try FileLock.names(in: configuration.stateDirectory).sorted() {
            guard file.hasPrefix("dead-letters."), file.hasSuffix(".jsonl") else { continue }
            let name = String(file.dropFirst(13).dropLast(6))
            if OutputNames.accepts(name), !names.contains(name) { names.append(name) }
        }
        return names
    }

    private mutating func read(_ paths: DeadLetterPaths) throws(SystemError) {
        for path in try paths.all() {
            let reader = try DeadLetterReader(path)
            files += 1
            while let next = try reader.next() { take(next.letter, paths.output) }
            skipped += reader.skipped
        }
        let back = try FileLock.names(in: paths.replayDirectory).count { $0.hasSuffix(DeadLetterPaths.replaySuffix) }
        if back > 0 { returning[paths.output] = back }
    }

    private mutating func take(_ letter: DeadLetter, _ output: String) {
        guard filter.tenant == nil || letter.tenant == filter.tenant else { return }
        var name = letter.tenant
        if counts[output]?[name] == nil {
            if countedPairs >= DeadLetterListing.countedTenants { name = DeadLetterListing.others }
            countedPairs += 1
        }
        counts[output, default: [:]][name, default: Count()].letters += 1
        counts[output, default: [:]][name, default: Count()].bytes += letter.line.count
        guard filter.limit > 0 else { return }
        var kept = letter
        if kept.line.count > DeadLetterListing.shownLineBytes {
            kept.line.removeLast(kept.line.count - DeadLetterListing.shownLineBytes)
        }
        if newest.count < filter.limit { return newest.append(Entry(output: output, letter: kept)) }
        newest[oldestIndex] = Entry(output: output, letter: kept)
        oldestIndex = (oldestIndex + 1) % newest.count
    }

    /// The shown letters, the oldest first.
    private var shown: [Entry] {
        (Array(newest[oldestIndex...]) + newest[..<oldestIndex]).sorted { $0.letter.wallNanos < $1.letter.wallNanos }
    }

    private var total: Int { counts.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.letters } } }

    /// For a terminal.
    public var lines: [String] {
        var table = TextTable([
            ("TIME", .left), ("OUTPUT", .left), ("TENANT", .left), ("PATH@OFFSET", .left), ("STATUS", .right),
            ("REASON", .left), ("LINE", .left),
        ])
        for entry in shown {
            let letter = entry.letter
            table.add([
                WallTime.text(letter.wallNanos), entry.output, letter.tenant, "\(letter.path)@\(letter.offset)",
                "\(letter.status)", letter.reason, String(decoding: letter.line, as: UTF8.self),
            ])
        }
        var lines = newest.isEmpty ? [] : table.lines
        var hidden = 0
        for (output, tenants) in counts.sorted(by: { $0.key < $1.key }) {
            for (index, entry) in DeadLetterListing.ranked(tenants).enumerated() {
                guard index < 20 else {
                    hidden += 1
                    continue
                }
                let size = SizeText.bytes(entry.value.bytes)
                lines.append("\(output) \(TextTable.plain(entry.key, 64)): \(entry.value.letters) letters, \(size)")
            }
        }
        if hidden > 0 { lines.append("and \(hidden) more tenants") }
        lines.append("\(total) letters in \(files) files, \(newest.count) shown")
        if skipped > 0 { lines.append("\(skipped) lines are no whole letters and were skipped") }
        for (output, count) in returning.sorted(by: { $0.key < $1.key }) {
            lines.append("\(output): \(count) files given back are not delivered yet")
        }
        return lines
    }

    private static func ranked(_ tenants: [String: Count]) -> [(key: String, value: Count)] {
        tenants.sorted { ($1.value.letters, $0.key) < ($0.value.letters, $1.key) }
    }

    /// One JSON document: `letters` (the newest), `counts` by output and tenant, `total`, `files`, `skipped`.
    public var json: String {
        var json = JSONDocument()
        json.beginObject()
        json.beginArray("letters")
        for entry in shown {
            json.beginObject()
            json.string("time", WallTime.text(entry.letter.wallNanos))
            json.string("output", entry.output)
            json.string("tenant", entry.letter.tenant)
            json.string("path", entry.letter.path)
            json.number("offset", entry.letter.offset)
            json.number("status", entry.letter.status)
            json.string("reason", entry.letter.reason)
            json.text("line", entry.letter.line)
            json.endObject()
        }
        json.endArray()
        json.beginArray("counts")
        for (output, tenants) in counts.sorted(by: { $0.key < $1.key }) {
            for (tenant, count) in DeadLetterListing.ranked(tenants) {
                json.beginObject()
                json.string("output", output)
                json.string("tenant", tenant)
                json.number("letters", count.letters)
                json.number("bytes", count.bytes)
                json.endObject()
            }
        }
        json.endArray()
        json.number("total", total)
        json.number("files", files)
        json.number("skipped", skipped)
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
