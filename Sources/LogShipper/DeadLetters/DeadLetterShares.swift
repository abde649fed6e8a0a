#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How much of the room for dead letters each tenant takes, so that one whose lines are all refused leaves room for the
/// others' letters.
///
/// A tenant may have as much as is free beside it: alone half of the room, with n others of its kind an (n + 2)th each. That
/// needs no configuration, and there is always room for whoever has few letters (dynamic thresholds, Choudhury and Hahne,
/// 1998). What stands in the files is counted only when they are half full, and each byte once.
final class DeadLetterShares {
    /// What is known of a file, which keeps its identity when it is renamed.
    private struct Tally {
        var countedBytes: Int64 = 0
        var bytes: [String: Int64] = [:]
    }

    private static let pieceBytes = 256 << 10
    /// A letter's tenant stands within this many of its first bytes.
    private static let headBytes = 512

    private let paths: DeadLetterPaths
    private let limits: DeadLetterLimits
    private let scanner = FieldScanner(key: "tenant")
    private var tallies: [FileIdentity: Tally] = [:]

    init(_ paths: DeadLetterPaths, _ limits: DeadLetterLimits) {
        self.paths = paths
        self.limits = limits
    }

    /// Whether a tenant may have so many letters more. One that has none may always have one.
    ///
    /// - Throws: when the files cannot be looked at.
    func admits(_ tenant: String, _ letters: Int, bytes: Int) throws(SystemError) -> Bool {
        let room = limits.maxFileBytes * Int64(limits.keptFiles)
        var files: [(descriptor: OpenDescriptor, identity: FileIdentity, size: Int64)] = []
        for path in try paths.all() {
            // One that a replay takes away meanwhile takes no room any more.
            if let file = try? FileShell.open(path) { files.append(file) }
        }
        let used = files.reduce(0) { $0 + $1.size }
        guard used > room / 2 else { return true }
        let known = tallies
        tallies = [:]
        for file in files { tallies[file.identity] = try count(file.descriptor, from: known[file.identity] ?? Tally()) }
        let taken = tallies.values.reduce(0) { $0 + ($1.bytes[tenant] ?? 0) }
        return taken + Int64(bytes) <= room - used || taken == 0 && letters == 1
    }

    /// Goes on counting where it stopped, up to the last whole letter.
    private func count(_ descriptor: OpenDescriptor, from known: Tally) throws(SystemError) -> Tally {
        var tally = known
        var head: [UInt8] = []
        var letterBytes: Int64 = 0
        var offset = tally.countedBytes
        while true {
            guard let piece = FileShell.bytes(descriptor, at: offset, count: DeadLetterShares.pieceBytes) else {
                throw SystemError("pread", paths.current)
            }
            guard !piece.isEmpty else { return tally }
            offset += Int64(piece.count)
            var rest = piece[...]
            while !rest.isEmpty {
                let end = rest.firstIndex(of: 0x0a)
                let part = rest[..<(end ?? rest.endIndex)]
                head += part.prefix(DeadLetterShares.headBytes - head.count)
                letterBytes += Int64(part.count)
                guard let end else { break }
                rest = rest[(end + 1)...]
                letterBytes += 1
                if let tenant = tenant(head) { tally.bytes[tenant, default: 0] += letterBytes }
                tally.countedBytes += letterBytes
                head.removeAll(keepingCapacity: true)
                letterBytes = 0
            }
        }
    }

    private func tenant(_ head: [UInt8]) -> String? {
        head.withUnsafeBytes { bytes in
            guard case .plain(let start, let count) = scanner.scan(bytes) else { return nil }
            return String(decoding: bytes[start..<(start + count)], as: UTF8.self)
        }
    }
}
