#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The descriptors of one reader's files: at most `limit` are open, and those that were not used for longest are closed
/// first. A source that is read to its end is closed before one that is not; one without a name is never closed.
final class DescriptorPool {
    let limit: Int
    private(set) var open: [FileSource] = []
    private var clock: UInt64 = 0

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// The most descriptors that fit beside everything else the process opens.
    ///
    /// - Parameters:
    ///   - wanted: what the configuration allows
    ///   - reserved: what connections, state files and the rest may need
    ///   - shares: how many readers divide what is left
    static func limit(wanted: Int, processLimit: Int, reserved: Int, shares: Int) -> Int {
        max(16, min(wanted, (processLimit - reserved) / max(1, shares)))
    }

    /// Raises the soft limit of open files to the hard one and returns it.
    static func raiseProcessLimit() -> Int {
        var limits = rlimit()
        guard getrlimit(openFilesResource, &limits) == 0 else { return 1024 }
        let before = limits.rlim_cur
        limits.rlim_cur = limits.rlim_max
        if setrlimit(openFilesResource, &limits) != 0 { limits.rlim_cur = before }
        return Int(clamping: limits.rlim_cur)
    }

    func touch(_ source: FileSource) {
        clock &+= 1
        source.lastUse = clock
    }

    /// Opens a file, closing others where the limit or the system wants it.
    func openFile(
        _ path: String
    ) throws(SystemError) -> (descriptor: OpenDescriptor, identity: FileIdentity, size: Int64) {
        if open.count >= limit { closeSome() }
        do throws(SystemError) {
            return try FileShell.open(path)
        } catch {
            guard error.code == EMFILE || error.code == ENFILE, closeSome() else { throw error }
            return try FileShell.open(path)
        }
    }

    func admit(_ source: FileSource) {
        source.poolIndex = open.count
        open.append(source)
    }

    func forget(_ source: FileSource) {
        guard let index = source.poolIndex else { return }
        source.poolIndex = nil
        let last = open.removeLast()
        guard last !== source else { return }
        open[index] = last
        last.poolIndex = index
    }

    /// For the end of a reader: open sources and the pool hold each other.
    func closeAll() {
        for source in open { source.close() }
    }

    /// Closes an eighth of the limit, so that the cost of choosing is spread. Returns whether any could be closed.
    @discardableResult
    private func closeSome() -> Bool {
        let closable = open.filter { !$0.isPinned }.sorted {
            $0.mayHaveMore != $1.mayHaveMore ? $1.mayHaveMore : $0.lastUse < $1.lastUse
        }
        for source in closable.prefix(max(1, limit / 8)) { source.close() }
        return !closable.isEmpty
    }
}

#if canImport(Glibc)
private let openFilesResource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
#else
private let openFilesResource = RLIMIT_NOFILE
#endif
