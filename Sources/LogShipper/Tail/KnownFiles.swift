/// What is remembered of files, found by identity, by name or by first bytes without going over all of it.
struct KnownFiles {
    private var files: [Int: RememberedFile] = [:]
    private var nextKey = 0
    private var byIdentity: [FileIdentity: [Int]] = [:]
    private var byPath: [String: [Int]] = [:]
    /// By what stays of a name that rotation changes.
    private var byStem: [Substring: [Int]] = [:]
    /// Only of files with enough content to prove something.
    private var byHead: [Fingerprint: [Int]] = [:]
    /// How many files have a fingerprint of so many bytes.
    private var headCounts: [Int: Int] = [:]

    init(_ files: [RememberedFile] = []) {
        for file in files { insert(file) }
    }

    var isEmpty: Bool { files.isEmpty }
    var count: Int { files.count }
    /// In no order.
    var all: some Collection<RememberedFile> { files.values }

    func contains(_ identity: FileIdentity) -> Bool { byIdentity[identity] != nil }

    mutating func insert(_ file: RememberedFile) {
        files[nextKey] = file
        byIdentity[file.identity, default: []].append(nextKey)
        byPath[file.path, default: []].append(nextKey)
        if Resumption.isProven(file) {
            byHead[file.fingerprint, default: []].append(nextKey)
            byStem[RotationName.stem(file.path), default: []].append(nextKey)
            headCounts[file.fingerprint.count, default: 0] += 1
        }
        nextKey += 1
    }

    /// Forgets what is known under this identity, name and key: other generations of the file stay.
    mutating func remove(_ file: RememberedFile) {
        for key in byIdentity[file.identity] ?? [] where files[key]?.path == file.path && files[key]?.key == file.key {
            remove(key)
        }
    }

    mutating func removeAll(where isOld: (RememberedFile) -> Bool) {
        for (key, file) in files where isOld(file) { remove(key) }
    }

    /// Those that a file may be or may be a copy of, the oldest entry first.
    func candidates(identity: FileIdentity, path: String, head: [UInt8]) -> [RememberedFile] {
        guard !files.isEmpty else { return [] }
        var keys = Set(byIdentity[identity] ?? [])
        keys.formUnion(byPath[path] ?? [])
        // Too short for a fingerprint, but its name may tell that it is a copy.
        if head.count < Fingerprint.maxBytes { keys.formUnion(byStem[RotationName.stem(path)] ?? []) }
        var hash = StableHash()
        for (index, byte) in head.prefix(headCounts.isEmpty ? 0 : Fingerprint.maxBytes).enumerated() {
            hash.add(byte)
            guard headCounts[index + 1] != nil else { continue }
            keys.formUnion(byHead[Fingerprint(count: index + 1, hash: hash.value)] ?? [])
        }
        return keys.sorted().compactMap { files[$0] }
    }

    private mutating func remove(_ key: Int) {
        guard let file = files.removeValue(forKey: key) else { return }
        KnownFiles.drop(key, file.identity, &byIdentity)
        KnownFiles.drop(key, file.path, &byPath)
        guard Resumption.isProven(file) else { return }
        KnownFiles.drop(key, file.fingerprint, &byHead)
        KnownFiles.drop(key, RotationName.stem(file.path), &byStem)
        let left = (headCounts[file.fingerprint.count] ?? 1) - 1
        headCounts[file.fingerprint.count] = left > 0 ? left : nil
    }

    private static func drop<Name>(_ key: Int, _ name: Name, _ index: inout [Name: [Int]]) {
        index[name]?.removeAll { $0 == key }
        if index[name]?.isEmpty == true { index[name] = nil }
    }
}
