import RegularExpressions

/// What tenants' rules make of the lines of one input, between finding the tenant and the batch. Belongs to the reader's
/// thread.
final class LineTransform {
    let policies: TenantPolicies
    private let timeScanner: FieldScanner
    private let wallNanos: () -> Int64

    init(_ policies: TenantPolicies, timeField: String, wallNanos: @escaping () -> Int64 = Clock.wallNanos) {
        self.policies = policies
        timeScanner = FieldScanner(key: timeField)
        self.wallNanos = wallNanos
    }

    /// Where a line stands.
    struct Place {
        var tenant: TenantID
        var offset: Int64
        var nowNanos: Int64
    }

    enum Outcome {
        case kept(UnsafeRawBufferPointer)
        /// Counted already.
        case dropped
    }

    /// Applies a tenant's rules to a line that is taken now.
    ///
    /// - Parameter mustWait: called when the tenant has used up its rate with this line
    /// - Returns: the line, another one that is valid until the next call, or that there is none.
    func apply(
        _ line: UnsafeRawBufferPointer, _ redactor: JSONRedactor, at place: Place, in file: TailedFile,
        mustWait: () -> Void
    ) -> Outcome {
        let isKnown = file.reread.isEmpty ? nil : reread(place, file)
        if isKnown == false { return .dropped }
        let rules = redactor.rules
        if isKnown == nil, let reason = reasonToDrop(line, rules, place) { return drop(reason, place) }
        var bytes = line
        if rules.looksInside {
            switch redactor.redact(line) {
            case .unchanged: break
            case .changed: bytes = redactor.output.bytes
            case .filtered: return drop(.filtered, place)
            case .notUnderstood:
                if rules.actionMask != 0, rules.rules.onUnparsed == .drop { return drop(.unparsed, place) }
                if redactor.redactText(line) { bytes = redactor.text.result.bytes }
            }
            if isKnown == nil { policies.count(redactor) }
        }
        if let limit = rules.rules.rateLimit,
            policies.take(place.tenant, line.count + 1, limit, place.nowNanos)
        {
            mustWait()
        }
        return .kept(bytes)
    }

    private func drop(_ reason: TransformCounters.Reason, _ place: Place) -> Outcome {
        policies.counters.drop(reason, place.tenant)
        return .dropped
    }

    /// The reasons that need no look at the fields. Beyond its rate a tenant's lines are not even filtered.
    private func reasonToDrop(
        _ line: UnsafeRawBufferPointer, _ rules: CompiledRules, _ place: Place
    ) -> TransformCounters.Reason? {
        if let limit = rules.rules.rateLimit, limit.whenOver == .drop,
            !policies.hasCredit(place.tenant, limit, place.nowNanos)
        {
            return .rateLimit
        }
        if let age = rules.rules.maxAgeNanos, let time = time(of: line), time < wallNanos() - age { return .tooOld }
        return rules.lineFilters.contains { $0.isFound(in: line) } ? .filtered : nil
    }

    private func time(of line: UnsafeRawBufferPointer) -> Int64? {
        switch timeScanner.scan(line) {
        case .plain(let start, let count):
            Timestamp.nanos(rfc3339: UnsafeRawBufferPointer(rebasing: line[start..<(start + count)]))
        case .notString(let start, let count):
            Timestamp.nanos(epoch: UnsafeRawBufferPointer(rebasing: line[start..<(start + count)]))
        default: nil
        }
    }

    /// Whether the line was decided on before, and then whether it is taken again.
    private func reread(_ place: Place, _ file: TailedFile) -> Bool? {
        guard let end = file.reread[place.tenant]?.end else { return nil }
        if place.offset < end { return file.reread[place.tenant]?.holds(place.offset) }
        file.reread[place.tenant] = nil
        return nil
    }
}
