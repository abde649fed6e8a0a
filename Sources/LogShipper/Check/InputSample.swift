import RegularExpressions

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the first lines of an input's files are like. Reads only, and at most `maxBytes` of each file.
struct InputSample {
    /// A file that matches and where it would be read from.
    struct File {
        var path: String
        var size: Int64
        /// For each output, in the configuration's order.
        var starts: [String]
    }

    static let maxBytes = 4 << 20
    static let shownFiles = 1000
    static let shownTenants = 20

    let paths: [String]
    var fileCount = 0
    var files: [File] = []
    var lines = 0
    var tenants: [TenantID: Int] = [:]
    var oddities: [(kind: String, count: Int)] = []
    var withTime = 0
    var withoutTime = 0
    var problems: [String] = []

    /// Lines that their tenant's rules drop.
    var dropped = 0

    private let router: LineRouter
    private let policies: TenantPolicies?
    private let timeScanner: FieldScanner
    private let maxLineBytes: Int
    private let file: FileSerial

    init(
        _ input: ShipperConfiguration.Input, router: LineRouter, policies: TenantPolicies?, file: FileSerial
    ) {
        self.policies = policies
        paths = input.paths
        self.router = router
        self.file = file
        maxLineBytes = input.maxLineBytes
        timeScanner = FieldScanner(key: input.timeField)
    }

    /// Goes over the first lines of a file and puts them into their tenants' batches.
    ///
    /// - Parameter limit: how many lines of the whole input
    mutating func read(_ path: String, limit: Int) {
        guard lines < limit else { return }
        do throws(SystemError) {
            let descriptor = try FileShell.open(path).descriptor
            guard let bytes = FileShell.bytes(descriptor, at: 0, count: InputSample.maxBytes) else {
                throw SystemError("pread", path)
            }
            guard !bytes.starts(with: [0x1f, 0x8b]) else { return }
            bytes.withUnsafeBytes { take($0, limit) }
        } catch {
            problems.append(error.description)
        }
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer, _ limit: Int) {
        guard let base = bytes.baseAddress else { return }
        var index = 0
        while lines < limit, index < bytes.count, let feed = memchr(base + index, 0x0a, bytes.count - index) {
            let end = base.distance(to: UnsafeRawPointer(feed))
            take(UnsafeRawBufferPointer(rebasing: bytes[index..<end]), at: Int64(index))
            index = end + 1
        }
    }

    private mutating func take(_ whole: UnsafeRawBufferPointer, at offset: Int64) {
        let line = UnsafeRawBufferPointer(rebasing: whole.last == 0x0d ? whole.dropLast() : whole[...])
        guard !line.isEmpty else {
            router.counters.emptyLines += 1
            return
        }
        lines += 1
        guard line.count <= maxLineBytes else {
            router.counters.longLines += 1
            return
        }
        var time = LineTime()
        if time.nanos(timeScanner.scan(line), in: line) != nil { withTime += 1 } else { withoutTime += 1 }
        let tenant = router.tenantOf(line, isCounted: true)
        tenants[tenant, default: 0] += 1
        guard let sent = ruled(line, tenant), let start = sent.baseAddress else {
            dropped += 1
            return
        }
        router.batcher.reserve(tenant)
        router.batcher.append(start, sent.count, tenant: tenant, file: file, fileOffset: offset, nowNanos: 0)
    }

    /// What the tenant's rules leave of a line, apart from those about time and rate; nil where nothing is sent. Valid until
    /// the next call.
    private func ruled(_ line: UnsafeRawBufferPointer, _ tenant: TenantID) -> UnsafeRawBufferPointer? {
        guard let redactor = policies?.redactor(of: tenant) else { return line }
        let rules = redactor.rules
        if rules.lineFilters.contains(where: { $0.isFound(in: line) }) { return nil }
        guard rules.looksInside else { return line }
        switch redactor.redact(line) {
        case .unchanged: return line
        case .changed: return redactor.output.bytes
        case .filtered: return nil
        case .notUnderstood:
            if rules.actionMask != 0, rules.rules.onUnparsed == .drop { return nil }
            return redactor.redactText(line) ? redactor.text.result.bytes : line
        }
    }

    /// After the last file.
    mutating func finish() {
        oddities = router.counters.oddities.filter { $0.count > 0 }
        router.counters = RouteCounters()
    }

    /// The most frequent tenants, by name.
    func ranked(_ table: TenantTable) -> [(name: String, lines: Int)] {
        tenants.map { (table.name($0.key), $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            .map { (name: $0.0, lines: $0.1) }
    }
}
