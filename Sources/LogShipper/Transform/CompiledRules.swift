import RegularExpressions

/// One entry of the tenants' rules, ready to be applied. Each pipeline has its own, because the automata of patterns are
/// behind a lock.
final class CompiledRules {
    /// A pattern and what becomes of what it finds.
    struct TextRule {
        var action: TenantRules.Action
        /// A bit for each path below which it is looked for; 0 for everywhere.
        var fields: UInt64
        /// The value of the counter's label.
        var kind: String
    }

    /// A value that makes its line be dropped.
    struct FieldFilter {
        var path: UInt64
        var equals: [[UInt8]]
        var regex: RegexSearch?

        func matches(_ text: UnsafeRawBufferPointer) -> Bool {
            equals.contains { text.elementsEqual($0) } || regex?.isFound(in: text) == true
        }
    }

    let rules: TenantRules
    let paths: FieldPaths
    /// By path.
    private(set) var actions: [TenantRules.Action?]
    /// The paths that have an action.
    private(set) var actionMask: UInt64 = 0
    private(set) var textRules: [TextRule] = []
    private(set) var finder = SecretFinder([])
    private(set) var regexes: [(search: RegexSearch, rule: Int)] = []
    private(set) var fieldFilters: [FieldFilter] = []
    private(set) var filterMask: UInt64 = 0
    private(set) var lineFilters: [RegexSearch] = []
    /// The text rules that hold everywhere.
    private(set) var everywhere: UInt64 = 0
    let hash: KeyedHash?

    /// - Throws: for a pattern that is none; the configuration has tried them all.
    init(_ rules: TenantRules, salt: [UInt8]) throws(RegexError) {
        self.rules = rules
        paths = FieldPaths(rules.paths)
        actions = Array(repeating: nil, count: paths.count)
        hash = rules.needsSalt ? KeyedHash(salt: salt) : nil
        var secrets: [(TenantRules.Secret, Int)] = []
        for redaction in rules.redactions { try add(redaction, &secrets) }
        finder = SecretFinder(secrets)
        for filter in rules.filters { try add(filter) }
    }

    private func add(
        _ redaction: TenantRules.Redaction, _ secrets: inout [(TenantRules.Secret, Int)]
    ) throws(RegexError) {
        var kind = "regex"
        switch redaction.target {
        case .field(let path):
            guard let place = paths.index(of: path), actions[place] == nil else { return }
            actions[place] = redaction.action
            actionMask |= 1 << UInt64(place)
            return
        case .secret(let secret):
            kind = secret.rawValue
            secrets.append((secret, textRules.count))
        case .regex(let pattern): regexes.append((try RegexSearch(pattern), textRules.count))
        }
        let fields = redaction.fields.reduce(into: UInt64(0)) { mask, path in
            if let place = paths.index(of: path) { mask |= 1 << UInt64(place) }
        }
        if fields == 0 { everywhere |= 1 << UInt64(textRules.count) }
        textRules.append(TextRule(action: redaction.action, fields: fields, kind: kind))
    }

    private func add(_ filter: TenantRules.LineFilter) throws(RegexError) {
        var regex: RegexSearch?
        if let pattern = filter.regex { regex = try RegexSearch(pattern) }
        guard let field = filter.field, let place = paths.index(of: field) else {
            if let regex { lineFilters.append(regex) }
            return
        }
        fieldFilters.append(
            FieldFilter(path: 1 << UInt64(place), equals: filter.equals.map { Array($0.utf8) }, regex: regex))
        filterMask |= 1 << UInt64(place)
    }

    /// Whether lines have to be read as JSON.
    var looksInside: Bool { paths.count > 0 || !textRules.isEmpty }

    /// What becomes of a value at these paths; the first of them that has an action.
    func action(_ paths: UInt64) -> TenantRules.Action? {
        let wanted = paths & actionMask
        return wanted == 0 ? nil : actions[wanted.trailingZeroBitCount]
    }

    /// The text rules that hold for a value below these paths.
    func active(below paths: UInt64) -> UInt64 {
        guard paths != 0 else { return everywhere }
        var active = everywhere
        for (number, rule) in textRules.enumerated() where rule.fields & paths != 0 { active |= 1 << UInt64(number) }
        return active
    }
}

extension TenantRules {
    /// Every path that a rule names, once.
    var paths: [String] {
        var paths: [String] = []
        func add(_ path: String) {
            if !paths.contains(where: { $0.utf8.elementsEqual(path.utf8) }) { paths.append(path) }
        }
        for redaction in redactions {
            if case .field(let path) = redaction.target { add(path) }
            for path in redaction.fields { add(path) }
        }
        for filter in filters { if let field = filter.field { add(field) } }
        return paths
    }

    /// Paths and patterns are numbered by bits.
    static let maxPaths = 64
}
