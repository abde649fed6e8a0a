import RegularExpressions
import StrictYAML

/// The keys of `tenants` and `redaction`.
extension ShipperKeys {
    private static let second: Int64 = 1_000_000_000

    static let redaction = KeyTable<ShipperConfiguration>(keys: [
        .init(name: "salt_file") { node, root throws(YAMLError) in root.saltFile = try node.string() }
    ])

    static func readTenants(_ node: YAMLNode, into root: inout ShipperConfiguration) throws(YAMLError) {
        root.tenantRules = []
        for item in try node.sequence() {
            var rules = TenantRules(match: [])
            try tenant.read(item, into: &rules)
            guard rules.paths.count <= TenantRules.maxPaths, rules.redactions.count <= TenantRules.maxPaths else {
                throw item.failure("has more than \(TenantRules.maxPaths) fields or patterns")
            }
            if rules.needsSalt, root.saltFile == nil { throw item.failure("'action: hash' needs redaction.salt_file") }
            root.tenantRules.append(rules)
        }
        guard root.tenantRules.count <= 10_000 else { throw node.failure("has more than 10000 entries") }
    }

    static let tenant = KeyTable<TenantRules>(keys: [
        .init(name: "match", isRequired: true) { node, root throws(YAMLError) in
            root.match = try node.strings()
            guard !root.match.isEmpty, !root.match.contains("") else { throw node.failure("needs at least one name") }
        },
        .init(name: "redact") { node, root throws(YAMLError) in
            for item in try node.sequence() { root.redactions.append(try readRedaction(item)) }
        },
        .init(name: "on_unparsed") { node, root throws(YAMLError) in
            root.onUnparsed = try node.choice(TenantRules.OnUnparsed.self)
        },
        .init(name: "drop_lines") { node, root throws(YAMLError) in
            for item in try node.sequence() { root.filters.append(try readFilter(item)) }
        },
        .init(name: "max_age") { node, root throws(YAMLError) in
            root.maxAgeNanos = try node.durationNanos(in: second...(3660 * 86_400 * second))
        },
        .init(name: "rate_limit") { node, root throws(YAMLError) in
            var limit = TenantRules.RateLimit()
            try rateLimit.read(node, into: &limit)
            guard limit.bytesPerSecond != nil || limit.linesPerSecond != nil else {
                throw node.failure("needs bytes_per_second or lines_per_second")
            }
            root.rateLimit = limit
        },
        .init(name: "weight") { node, root throws(YAMLError) in root.weight = try node.int(in: 1...1000) },
    ])

    struct RedactionDraft: Sendable {
        var field: String?
        var secret: TenantRules.Secret?
        var regex: String?
        var fields: [String] = []
        var action = TenantRules.Action.mask
    }

    static let redact = KeyTable<RedactionDraft>(keys: [
        .init(name: "field") { node, root throws(YAMLError) in root.field = try node.fieldPath() },
        .init(name: "pattern") { node, root throws(YAMLError) in
            root.secret = try node.choice(TenantRules.Secret.self)
        },
        .init(name: "regex") { node, root throws(YAMLError) in root.regex = try node.regularExpression() },
        .init(name: "fields") { node, root throws(YAMLError) in root.fields = try node.fieldPaths() },
        .init(name: "action", isRequired: true) { node, root throws(YAMLError) in
            root.action = try node.choice(TenantRules.Action.self)
        },
    ])

    private static func readRedaction(_ node: YAMLNode) throws(YAMLError) -> TenantRules.Redaction {
        var draft = RedactionDraft()
        try redact.read(node, into: &draft)
        if draft.action == .drop, draft.field == nil { throw node.failure("'action: drop' needs a field") }
        switch (draft.field, draft.secret, draft.regex) {
        case (let field?, nil, nil):
            guard draft.fields.isEmpty else { throw node.failure("'fields' goes with a pattern or a regex") }
            return TenantRules.Redaction(target: .field(field), action: draft.action)
        case (nil, let secret?, nil):
            return TenantRules.Redaction(target: .secret(secret), fields: draft.fields, action: draft.action)
        case (nil, nil, let regex?):
            return TenantRules.Redaction(target: .regex(regex), fields: draft.fields, action: draft.action)
        default: throw node.failure("expected one of field, pattern and regex")
        }
    }

    static let dropLines = KeyTable<TenantRules.LineFilter>(keys: [
        .init(name: "field") { node, root throws(YAMLError) in root.field = try node.fieldPath() },
        .init(name: "equals") { node, root throws(YAMLError) in root.equals = try node.strings() },
        .init(name: "regex") { node, root throws(YAMLError) in root.regex = try node.regularExpression() },
    ])

    private static func readFilter(_ node: YAMLNode) throws(YAMLError) -> TenantRules.LineFilter {
        var filter = TenantRules.LineFilter()
        try dropLines.read(node, into: &filter)
        guard filter.regex != nil || !filter.equals.isEmpty else { throw node.failure("needs 'equals' or 'regex'") }
        guard filter.field != nil || filter.equals.isEmpty else { throw node.failure("'equals' needs a field") }
        return filter
    }

    static let rateLimit = KeyTable<TenantRules.RateLimit>(keys: [
        .init(name: "bytes_per_second") { node, root throws(YAMLError) in
            root.bytesPerSecond = try node.byteCount(in: 1...(1 << 40))
        },
        .init(name: "lines_per_second") { node, root throws(YAMLError) in
            root.linesPerSecond = try node.int(in: 1...1_000_000_000)
        },
        .init(name: "burst") { node, root throws(YAMLError) in
            root.burstNanos = try node.durationNanos(in: 1_000_000...(3600 * second))
        },
        .init(name: "when_over") { node, root throws(YAMLError) in
            root.whenOver = try node.choice(TenantRules.WhenOver.self)
        },
    ])
}

extension YAMLNode {
    fileprivate func fieldPath() throws(YAMLError) -> String {
        let text = try string()
        guard (1...256).contains(text.utf8.count) else { throw failure("expected a path of 1 to 256 bytes") }
        return text
    }

    fileprivate func fieldPaths() throws(YAMLError) -> [String] {
        var paths: [String] = []
        for item in try sequence() { paths.append(try item.fieldPath()) }
        return paths
    }

    fileprivate func regularExpression() throws(YAMLError) -> String {
        let text = try string()
        do throws(RegexError) {
            _ = try RegexSearch(text)
        } catch {
            throw failure(error.description)
        }
        return text
    }
}
