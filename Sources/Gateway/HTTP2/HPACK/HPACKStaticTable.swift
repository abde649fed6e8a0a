/// The static table (RFC 7541 appendix A), and a hash table over its names.
struct HPACKStaticTable: Sendable {
    /// Built once.
    static let shared = HPACKStaticTable()

    /// Entries 1 to 61.
    static let count = 61

    /// Names whose values are never indexed, so that they cannot be guessed from the sizes of what follows (RFC 7541
    /// section 7.1.3): `authorization`, `cookie`, `proxy-authorization`, `set-cookie`.
    @inline(__always)
    static func isSensitive(_ index: Int) -> Bool { index == 23 || index == 32 || index == 49 || index == 55 }

    /// Where a name begins in `text`, its length, and its value's.
    private struct Entry {
        var start: UInt16
        var nameBytes: UInt8
        var valueBytes: UInt8
    }

    private static let buckets = 256
    private let entries: [Entry]
    /// By the name's hash: the first index of that name; open addressing, 0 is free.
    private let index: [UInt8]

    private init() {
        let text = UnsafeRawBufferPointer(Self.text)
        var entries: [Entry] = []
        var start = 0
        var separator = 0
        for at in 0..<text.count {
            if text[at] == 0x7C { separator = at }
            guard text[at] == 0x0A else { continue }
            entries.append(
                Entry(
                    start: UInt16(start), nameBytes: UInt8(separator - start), valueBytes: UInt8(at - separator - 1)))
            start = at + 1
        }
        self.entries = entries
        index = Self.indexed(entries)
    }

    private static func indexed(_ entries: [Entry]) -> [UInt8] {
        var index = [UInt8](repeating: 0, count: buckets)
        for number in 1...entries.count {
            let name = pair(entries[number - 1]).name
            var bucket = Int(HPACKHash.of(name)) % buckets
            while index[bucket] != 0 {
                if pair(entries[Int(index[bucket]) - 1]).name.isEqual(name) { break }
                bucket = (bucket + 1) % buckets
            }
            if index[bucket] == 0 { index[bucket] = UInt8(number) }
        }
        return index
    }

    private static func pair(_ entry: Entry) -> HPACKPair {
        let name = text.utf8Start + Int(entry.start)
        return HPACKPair(
            name: UnsafeRawBufferPointer(start: name, count: Int(entry.nameBytes)),
            value: UnsafeRawBufferPointer(start: name + Int(entry.nameBytes) + 1, count: Int(entry.valueBytes)))
    }

    /// An entry by its index, 1 to 61.
    @inline(__always)
    func pair(_ index: Int) -> HPACKPair { Self.pair(entries[index &- 1]) }

    /// The first index of a name whose hash is given, or 0.
    @inline(__always)
    func find(_ name: UnsafeRawBufferPointer, hash: UInt32) -> Int {
        var bucket = Int(hash) % Self.buckets
        while index[bucket] != 0 {
            let found = Int(index[bucket])
            if pair(found).name.isEqual(name) { return found }
            bucket = (bucket &+ 1) % Self.buckets
        }
        return 0
    }

    /// The index of a name with this value, or 0; `first` is the name's first index. Equal names stand together.
    @inline(__always)
    func find(_ value: UnsafeRawBufferPointer, from first: Int) -> Int {
        var number = first
        let name = pair(first).name
        while number <= Self.count {
            let candidate = pair(number)
            guard candidate.name.isEqual(name) else { return 0 }
            if candidate.value.isEqual(value) { return number }
            number &+= 1
        }
        return 0
    }
}

// MARK: - Entries

extension HPACKStaticTable {
    private static let text: StaticString = """
        :authority|
        :method|GET
        :method|POST
        :path|/
        :path|/index.html
        :scheme|http
        :scheme|https
        :status|200
        :status|204
        :status|206
        :status|304
        :status|400
        :status|404
        :status|500
        accept-charset|
        accept-encoding|gzip, deflate
        accept-language|
        accept-ranges|
        accept|
        access-control-allow-origin|
        age|
        allow|
        authorization|
        cache-control|
        content-disposition|
        content-encoding|
        content-language|
        content-length|
        content-location|
        content-range|
        content-type|
        cookie|
        date|
        etag|
        expect|
        expires|
        from|
        host|
        if-match|
        if-modified-since|
        if-none-match|
        if-range|
        if-unmodified-since|
        last-modified|
        link|
        location|
        max-forwards|
        proxy-authenticate|
        proxy-authorization|
        range|
        referer|
        refresh|
        retry-after|
        server|
        set-cookie|
        strict-transport-security|
        transfer-encoding|
        user-agent|
        vary|
        via|
        www-authenticate|

        """
}
