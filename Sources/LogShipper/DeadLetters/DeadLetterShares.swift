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
/// 1998). What stands in the files is counted only when they are half full, each byte once, and so much at a time that
/// sending goes on meanwhile; until all is counted a tenant is judged by what is known of it.
final class DeadLetterShares {
    /// What is known of a file, which keeps its identity when it is renamed.
    private struct Tally {
        var countedBytes: Int64 = 0
        /// By a hash of the tenant: names would take more memory than all letters of a batch.
        var bytes: [UInt64: Int64] = [:]
    }

    private static let pieceBytes = 256 << 10
    /// The most that one call reads.
    private static let countedAtATime: Int64 = 8 << 20
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

    /// Whether a tenant may have so many bytes more. One that has none may have as many as there is room for.
    ///
    /// - Throws: when the files cannot be looked at.
    func admits(_ tenant: String, bytes: Int) throws(SystemError) -> Bool {
        let room = limits.maxFileBytes * Int64(limits.keptFiles)
        let files = try paths.all()
        let used = files.reduce(0) { $0 + FileLock.size(of: $1) }
        guard used > room / 2 else {
            tallies = [:]
            return true
        }
        let known = tallies
        tallies = [:]
        var left = DeadLetterShares.countedAtATime
        for path in files {
            guard let file = try open(path) else { continue }
            var tally = known[file.identity] ?? Tally()
            // Another file may have got the number of one that was replayed.
            if tally.countedBytes > file.size { tally = Tally() }
            try count(file.descriptor, &tally, &left)
            tallies[file.identity] = tally
        }
        let key = StableHash.hash(tenant.utf8)
        let taken = tallies.values.reduce(0) { $0 + ($1.bytes[key] ?? 0) }
        return taken == 0 || taken + Int64(bytes) <= room - used
    }

    /// Nil for one that a replay has taken away meanwhile.
    private func open(_ path: String) throws(SystemError) -> (
        descriptor: OpenDescriptor, identity: FileIdentity, size: Int64
    )? {
        do throws(SystemError) {
            return try FileShell.open(path)
        } catch {
            guard error.code == ENOENT else { throw error }
            return nil
        }
    }

    /// Goes on counting where it stopped, up to the last whole letter.
    private func count(
        _ descriptor: OpenDescriptor, _ tally: inout Tally, _ left: inout Int64
    ) throws(SystemError) {
        var head: [UInt8] = []
        var letterBytes: Int64 = 0
        var offset = tally.countedBytes
        while left > 0 || letterBytes > 0 {
            guard let piece = FileShell.bytes(descriptor, at: offset, count: DeadLetterShares.pieceBytes) else {
                throw SystemError("pread", paths.current)
            }
            guard !piece.isEmpty else { return }
            offset += Int64(piece.count)
            left -= Int64(piece.count)
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
                if left <= 0 { return }
            }
        }
    }

    private func tenant(_ head: [UInt8]) -> UInt64? {
        head.withUnsafeBytes { bytes in
            guard case .plain(let start, let count) = scanner.scan(bytes) else { return nil }
            return StableHash.hash(bytes[start..<(start + count)])
        }
    }
}
