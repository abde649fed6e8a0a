import StrictYAML

/// One key of the configuration: the only place where its name, kind, limits, environment variable and meaning
/// stand. The reader, the environment, the effective configuration and docs/CONFIGURATION.md all come from it.
struct Setting<Root>: Sendable {
    /// What a key holds when the configuration is written out.
    enum Shown: Equatable {
        /// Not set; left out.
        case absent
        case scalar(String)
        case list([String])
        case pairs([(String, String)])
        /// Already indented lines of a block, one level below the key.
        case block([String])

        static func == (left: Shown, right: Shown) -> Bool { left.lines(key: "") == right.lines(key: "") }
    }

    let key: String
    let environment: String?
    let unit: String
    let limits: String
    let summary: String
    let read: @Sendable (YAMLNode, inout Root) throws(YAMLError) -> Void
    /// From an environment variable; nil for what only a file can say.
    let readText: TextReader?
    let show: @Sendable (Root) -> Shown

    typealias TextReader = @Sendable (String, inout Root) throws(InvalidValue) -> Void

    init(
        key: String, environment: String? = nil, unit: String, limits: String, summary: String,
        read: @escaping @Sendable (YAMLNode, inout Root) throws(YAMLError) -> Void,
        readText: TextReader? = nil,
        show: @escaping @Sendable (Root) -> Shown
    ) {
        self.key = key
        self.environment = environment
        self.unit = unit
        self.limits = limits
        self.summary = summary
        self.read = read
        self.readText = readText
        self.show = show
    }

    /// A key with one value.
    static func value<Value: Sendable>(
        _ key: String, _ path: WritableKeyPath<Root, Value> & Sendable, _ codec: ValueCodec<Value>,
        env environment: String? = nil, unit: String? = nil, limits: String? = nil, _ summary: String
    ) -> Setting {
        Setting(
            key: key, environment: environment, unit: unit ?? codec.unit, limits: limits ?? codec.limits,
            summary: summary
        ) { node, root throws(YAMLError) in
            root[keyPath: path] = try codec.read(node)
        } readText: { text, root throws(InvalidValue) in
            root[keyPath: path] = try codec.parse(text)
        } show: {
            .scalar(codec.print($0[keyPath: path]))
        }
    }

    /// A key that may be absent. A secret is never written out.
    static func optional<Value: Sendable>(
        _ key: String, _ path: WritableKeyPath<Root, Value?> & Sendable, _ codec: ValueCodec<Value>,
        env environment: String? = nil, isSecret: Bool = false, _ summary: String
    ) -> Setting {
        Setting(
            key: key, environment: environment, unit: codec.unit, limits: codec.limits, summary: summary
        ) { node, root throws(YAMLError) in
            root[keyPath: path] = try codec.read(node)
        } readText: { text, root throws(InvalidValue) in
            root[keyPath: path] = try codec.parse(text)
        } show: { root in
            guard let value = root[keyPath: path] else { return .absent }
            return .scalar(isSecret ? "\"<redacted>\"" : codec.print(value))
        }
    }

    /// A list; in the environment its items are separated by commas.
    static func list<Value: Sendable>(
        _ key: String, _ path: WritableKeyPath<Root, [Value]> & Sendable, _ codec: ValueCodec<Value>,
        atMost maximum: Int, atLeast minimum: Int = 0, env environment: String? = nil, _ summary: String
    ) -> Setting {
        let limits = codec.limits.isEmpty ? "at most \(maximum)" : "at most \(maximum); each \(codec.limits)"
        return Setting(
            key: key, environment: environment, unit: "list of \(codec.unit)", limits: limits, summary: summary
        ) { node, root throws(YAMLError) in
            let nodes = try node.sequence()
            guard (minimum...maximum).contains(nodes.count) else {
                throw node.failure("\(nodes.count) items; \(minimum) to \(maximum) are accepted")
            }
            var values: [Value] = []
            for node in nodes { values.append(try codec.read(node)) }
            root[keyPath: path] = values
        } readText: { text, root throws(InvalidValue) in
            let texts = text.split(separator: ",")
            guard (minimum...maximum).contains(texts.count) else {
                throw InvalidValue("\(texts.count) items; \(minimum) to \(maximum) are accepted")
            }
            var values: [Value] = []
            for text in texts { values.append(try codec.parse(text.trimmingSpaces)) }
            root[keyPath: path] = values
        } show: {
            .list($0[keyPath: path].map(codec.print))
        }
    }
}

extension Setting.Shown {
    /// The lines of a YAML block mapping entry.
    func lines(key: String) -> [String] {
        switch self {
        case .absent: []
        case .scalar(let text): ["\(key): \(text)"]
        case .list(let items) where items.isEmpty: ["\(key): []"]
        case .list(let items): ["\(key):"] + items.map { "  - \($0)" }
        case .pairs(let pairs) where pairs.isEmpty: ["\(key): {}"]
        case .pairs(let pairs): ["\(key):"] + pairs.map { "  \($0.0): \($0.1)" }
        case .block(let lines) where lines.isEmpty: ["\(key): []"]
        case .block(let lines): ["\(key):"] + lines
        }
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    var trimmingSpaces: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var rest = self.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        return String(rest)
    }
}
