import RegularExpressions

// Hot path: `rules(of:)` runs once a line.
// Invariant: `capacity` entries are initialised at `entries`.

/// Which rules hold for each tenant of one output, and what each tenant's rate has left. Belongs to the reader's thread.
final class TenantPolicies {
    private enum Place {
        static let unknown: Int32 = -2
        static let none: Int32 = -1
    }

    private struct Entry {
        var place = Place.unknown
        var isWaiting = false
        var limiter = RateLimiter()
    }

    private let compiled: [CompiledRules]
    private let redactors: [JSONRedactor]
    private let nameOf: (TenantID) -> String
    private var entries: UnsafeMutablePointer<Entry>
    private var capacity = 64
    private(set) var waiting: [(tenant: TenantID, untilNanos: Int64)] = []
    var counters = TransformCounters()

    /// Nil without rules, so that nothing has to be looked up.
    init?(_ rules: [TenantRules], salt: [UInt8], nameOf: @escaping (TenantID) -> String) throws(RegexError) {
        guard !rules.isEmpty else { return nil }
        var compiled: [CompiledRules] = []
        for entry in rules { compiled.append(try CompiledRules(entry, salt: salt)) }
        self.compiled = compiled
        let text = TextRedactor()
        redactors = compiled.map { JSONRedactor($0, text) }
        self.nameOf = nameOf
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
    }

    deinit { entries.deallocate() }

    /// The rules of a tenant as its redactor; nil where there are none.
    @inline(__always)
    func redactor(of tenant: TenantID) -> JSONRedactor? {
        if Int(tenant) >= capacity { grow(Int(tenant)) }
        let place = entries[Int(tenant)].place
        if place == Place.none { return nil }
        return place >= 0 ? redactors[Int(place)] : find(tenant)
    }

    private func find(_ tenant: TenantID) -> JSONRedactor? {
        let name = nameOf(tenant)
        let place = compiled.firstIndex { $0.rules.match.contains { TenantPattern.matches($0, name) } }
        entries[Int(tenant)].place = place.map { Int32($0) } ?? Place.none
        return place.map { redactors[$0] }
    }

    /// What today's rules hide in a line that passed the rules of its time, and is counted: nothing is dropped any more,
    /// and where a line should have been for what it is, all of it is hidden.
    ///
    /// - Returns: the line as it may leave, valid until the next call; nil where that is as it stands.
    func redactAgain(_ line: UnsafeRawBufferPointer, of tenant: TenantID) -> UnsafeRawBufferPointer? {
        guard let redactor = redactor(of: tenant), redactor.rules.looksInside else { return nil }
        let bytes: UnsafeRawBufferPointer
        switch redactor.redact(line, filters: false) {
        case .unchanged, .filtered: return nil
        case .changed: bytes = redactor.output.bytes
        case .notUnderstood where redactor.rules.actionMask != 0 && redactor.rules.rules.onUnparsed == .drop:
            return UnsafeRawBufferPointer(
                start: Replacement.mask.utf8Start, count: Replacement.mask.utf8CodeUnitCount)
        case .notUnderstood:
            guard redactor.redactText(line) else { return nil }
            bytes = redactor.text.result.bytes
        }
        count(redactor)
        return bytes
    }

    /// Books what a redactor has just replaced.
    func count(_ redactor: JSONRedactor) {
        for (rule, count) in redactor.counts.enumerated() where count > 0 {
            let kinds = redactor.rules.textRules
            counters.redact(rule < kinds.count ? kinds[rule].kind : "field", count)
        }
    }

    private func grow(_ tenant: Int) {
        let larger = max(capacity * 2, tenant + 1)
        let new = UnsafeMutablePointer<Entry>.allocate(capacity: larger)
        new.moveInitialize(from: entries, count: capacity)
        (new + capacity).initialize(repeating: Entry(), count: larger - capacity)
        entries.deallocate()
        entries = new
        capacity = larger
    }

    /// Forgets what is known of a number, which another tenant gets.
    func forget(_ tenant: TenantID) {
        guard Int(tenant) < capacity, !entries[Int(tenant)].isWaiting else { return }
        entries[Int(tenant)] = Entry()
    }

    // MARK: Rates

    func hasCredit(_ tenant: TenantID, _ limit: TenantRules.RateLimit, _ nowNanos: Int64) -> Bool {
        entries[Int(tenant)].limiter.hasCredit(limit, nowNanos)
    }

    /// Books a line.
    ///
    /// - Returns: whether the tenant has to wait from now on.
    func take(_ tenant: TenantID, _ byteCount: Int, _ limit: TenantRules.RateLimit, _ nowNanos: Int64) -> Bool {
        entries[Int(tenant)].limiter.take(byteCount, limit, nowNanos)
        guard limit.whenOver == .delay, !entries[Int(tenant)].isWaiting,
            !entries[Int(tenant)].limiter.hasCredit(limit, nowNanos)
        else { return false }
        entries[Int(tenant)].isWaiting = true
        waiting.append((tenant, entries[Int(tenant)].limiter.readyNanos(limit)))
        return true
    }

    /// When the first of those that wait may go on.
    var nextReleaseNanos: Int64? { waiting.map(\.untilNanos).min() }

    /// Those that may go on.
    func release(_ nowNanos: Int64) -> [TenantID] {
        guard !waiting.isEmpty else { return [] }
        let ready = waiting.filter { $0.untilNanos <= nowNanos }.map(\.tenant)
        guard !ready.isEmpty else { return [] }
        waiting.removeAll { $0.untilNanos <= nowNanos }
        for tenant in ready { entries[Int(tenant)].isWaiting = false }
        return ready
    }
}
