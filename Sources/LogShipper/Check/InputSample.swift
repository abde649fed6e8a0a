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
    /// Records that were joined from several lines; each counts as one line.
    var joined = 0
    /// Compressed files among those that were looked into.
    var compressedFiles = 0

    private let router: LineRouter
    private let policies: TenantPolicies?
    private let timeScanner: FieldScanner
    private let maxLineBytes: Int
    private let file: FileSerial
    private let decompresses: Bool

    /// - Parameter router: with the rule that joins lines to records, if there is one
    init(
        _ input: ShipperConfiguration.Input, router: LineRouter, policies: TenantPolicies?, file: FileSerial
    ) {
        decompresses = input.compression == .auto
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
            guard let head = FileShell.bytes(descriptor, at: 0, count: 3) else { throw SystemError("pread", path) }
            let gzip = decompresses && GzipContent.isGzip(head) ? GzipContent() : nil
            let target = UnsafeMutableRawBufferPointer.allocate(byteCount: InputSample.maxBytes, alignment: 16)
            defer { target.deallocate() }
            let got: Int
            if let gzip {
                got = try gzip.read(descriptor, into: target, at: 0)
            } else {
                got = try FileShell.read(descriptor, into: target, at: 0)
            }
            if let gzip {
                compressedFiles += 1
                if gzip.end == .corrupt {
                    problems.append("\(path): what stands there is no gzip any more at some point")
                }
            }
            take(UnsafeRawBufferPointer(rebasing: target[..<got]), limit, isWhole: got < target.count)
        } catch {
            problems.append(error.description)
        }
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer, _ limit: Int, isWhole: Bool) {
        guard let base = bytes.baseAddress else { return }
        var record = 0..<0
        var recordLines = 0
        while lines < limit, record.upperBound < bytes.count,
            let feed = memchr(base + record.upperBound, 0x0a, bytes.count - record.upperBound)
        {
            let next = base.distance(to: UnsafeRawPointer(feed)) + 1
            let line = UnsafeRawBufferPointer(rebasing: bytes[record.upperBound..<next])
            if recordLines > 0, endsRecord(before: line, recordLines, next - record.lowerBound) {
                take(record: record, recordLines, of: bytes)
                record = record.upperBound..<record.upperBound
                recordLines = 0
            }
            record = record.lowerBound..<next
            recordLines += 1
        }
        // What may go on behind the sample is no record yet.
        if recordLines > 0, lines < limit, isWhole || router.rule == nil {
            take(record: record, recordLines, of: bytes)
        }
    }

    /// The same as the router decides.
    private func endsRecord(before line: UnsafeRawBufferPointer, _ lines: Int, _ bytes: Int) -> Bool {
        guard let rule = router.rule else { return true }
        return lines >= rule.maxLines || bytes > rule.maxBytes || router.isStart(rule, line[...])
    }

    private mutating func take(record: Range<Int>, _ count: Int, of bytes: UnsafeRawBufferPointer) {
        let whole = UnsafeRawBufferPointer(rebasing: bytes[record])
        guard count > 1, let rule = router.rule else {
            return take(line: UnsafeRawBufferPointer(rebasing: whole.dropLast()), at: Int64(record.lowerBound))
        }
        let (text, isJSON) = router.joiner.join(whole, wraps: rule.wraps)
        guard !text.isEmpty else { return }
        lines += 1
        joined += 1
        let first = isJSON ? text[...] : text.prefix { $0 != 0x0a }
        put(text, of: UnsafeRawBufferPointer(rebasing: first), at: Int64(record.lowerBound))
    }

    private mutating func take(line whole: UnsafeRawBufferPointer, at offset: Int64) {
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
        put(line, of: line, at: offset)
    }

    /// - Parameter named: where the tenant stands
    private mutating func put(_ line: UnsafeRawBufferPointer, of named: UnsafeRawBufferPointer, at offset: Int64) {
        var time = LineTime()
        if time.nanos(timeScanner.scan(line), in: line) != nil { withTime += 1 } else { withoutTime += 1 }
        let tenant = router.tenantOf(named, isCounted: true)
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
