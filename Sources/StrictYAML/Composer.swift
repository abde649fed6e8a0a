/// Makes a tree of a document's events; counts its nodes, so that aliases can't multiply a small file without bound.
struct Composer {
    /// The most nodes a document may expand to.
    private static let mostNodes = 2_000_000
    private static let deepest = 500
    /// In bytes; YAML 1.1 gives a key that isn't marked by `?` as many characters (section 7.4.2).
    private static let longestKey = 1024

    private typealias Entry = (key: YAMLNode, value: YAMLNode)

    private let events: EventReader
    private var anchors: [String: YAMLNode] = [:]
    private var nodes = 0

    init(events: EventReader) { self.events = events }

    /// What a file of no document means.
    var emptyDocument: YAMLNode {
        YAMLNode(
            file: events.file, line: 1, column: 1, keyPath: "", content: .scalar("", .plain),
            sourceLines: events.source)
    }

    /// The next document; nil behind the last one, and then nothing may be asked for.
    mutating func nextDocument() throws(YAMLError) -> YAMLNode? {
        anchors = [:]
        while true {
            switch try events.next().kind {
            case .documentStart: return try node(try events.next(), keyPath: "", depth: 0)
            case .streamEnd: return nil
            default: break
            }
        }
    }

    private mutating func node(
        _ event: EventReader.Event, keyPath: String, depth: Int
    ) throws(YAMLError) -> YAMLNode {
        try count(event.line, event.column, keyPath, depth)
        let content: YAMLNode.Content
        switch event.kind {
        case .scalar(let text, let style): content = .scalar(text, style)
        case .sequenceStart: content = .sequence(try items(keyPath, depth + 1))
        case .mappingStart: content = .mapping(try entries(keyPath, depth + 1))
        case .alias(let name):
            guard let node = anchors[name] else {
                throw failure(event, keyPath, "no anchor '\(name)' stands before this alias")
            }
            return try copy(node, keyPath: keyPath, depth: depth)
        default: throw failure(event, keyPath, "a value is missing")
        }
        let node = YAMLNode(
            file: events.file, line: event.line, column: event.column, keyPath: keyPath, content: content,
            sourceLines: events.source)
        if let name = event.anchor { anchors[name] = node }
        return node
    }

    private mutating func items(_ keyPath: String, _ depth: Int) throws(YAMLError) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return items }
            items.append(try node(event, keyPath: Self.path(keyPath, item: items.count), depth: depth))
        }
    }

    private mutating func entries(_ keyPath: String, _ depth: Int) throws(YAMLError) -> [(
        key: YAMLNode, value: YAMLNode
    )] {
        var entries: [Entry] = []
        var merged: [Entry] = []
        // By bytes: to Prometheus, labels that only look the same are two.
        var names: Set<[UInt8]> = []
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { break }
            let key = try key(event, keyPath, depth)
            let name = key.scalarText ?? ""
            guard names.insert(Array(name.utf8)).inserted else {
                throw key.failure("key '\(name)' is given more than once")
            }
            let value = try node(try events.next(), keyPath: Self.path(keyPath, key: name), depth: depth)
            if name == "<<", !key.isQuoted {
                merged += try merge(value, keyPath, depth)
            } else {
                entries.append((key, value))
            }
        }
        // The mapping's own keys win, then the first that is merged.
        for entry in merged where names.insert(Array((entry.key.scalarText ?? "").utf8)).inserted {
            entries.append(entry)
        }
        return entries
    }

    private mutating func key(
        _ event: EventReader.Event, _ keyPath: String, _ depth: Int
    ) throws(YAMLError) -> YAMLNode {
        switch event.kind {
        case .scalar, .alias: break
        default: throw failure(event, keyPath, "a key must be a plain string")
        }
        let key = try node(event, keyPath: keyPath, depth: depth)
        guard let text = key.scalarText else { throw failure(event, keyPath, "a key must be a plain string") }
        guard text.utf8.count <= Self.longestKey else {
            throw failure(event, keyPath, "a key may have \(Self.longestKey) bytes at most")
        }
        return key
    }

    /// What `<<: *base` and `<<: [*one, *two]` bring (yaml.org/type/merge.html).
    private mutating func merge(_ value: YAMLNode, _ keyPath: String, _ depth: Int) throws(YAMLError) -> [Entry] {
        let sources: [YAMLNode]
        if case .sequence(let items) = value.content { sources = items } else { sources = [value] }
        var merged: [Entry] = []
        for source in sources {
            guard case .mapping(let entries) = source.content else {
                throw source.failure("<< takes a mapping or a list of mappings, found \(source.kindName)")
            }
            for entry in entries {
                let path = Self.path(keyPath, key: entry.key.scalarText ?? "")
                merged.append((entry.key, try copy(entry.value, keyPath: path, depth: depth)))
            }
        }
        return merged
    }

    /// The same node under another path.
    private mutating func copy(_ node: YAMLNode, keyPath: String, depth: Int) throws(YAMLError) -> YAMLNode {
        try count(node.line, node.column, keyPath, depth)
        var content = node.content
        switch node.content {
        case .scalar: break
        case .sequence(let items):
            var copies: [YAMLNode] = []
            for item in items {
                let path = Self.path(keyPath, item: copies.count)
                copies.append(try copy(item, keyPath: path, depth: depth + 1))
            }
            content = .sequence(copies)
        case .mapping(let entries):
            var copies: [Entry] = []
            for entry in entries {
                let path = Self.path(keyPath, key: entry.key.scalarText ?? "")
                copies.append((entry.key, try copy(entry.value, keyPath: path, depth: depth + 1)))
            }
            content = .mapping(copies)
        }
        return YAMLNode(
            file: node.file, line: node.line, column: node.column, keyPath: keyPath, content: content,
            sourceLines: node.sourceLines)
    }

    private mutating func count(_ line: Int, _ column: Int, _ keyPath: String, _ depth: Int) throws(YAMLError) {
        nodes += 1
        guard nodes < Self.mostNodes, depth < Self.deepest else {
            throw YAMLError(
                file: events.file, line: line, column: column, keyPath: keyPath,
                message: "the document is too large or too deep (aliases count every time they are used)")
        }
    }

    private func failure(_ event: EventReader.Event, _ keyPath: String, _ message: String) -> YAMLError {
        YAMLError(
            file: events.file, line: event.line, column: event.column, keyPath: keyPath, message: message)
    }

    private static func path(_ outer: String, item: Int) -> String {
        outer.utf8.count > 200 ? outer : "\(outer)[\(item)]"
    }

    /// Every node holds its path, so a path may not grow with the lengths of keys or the depth.
    private static func path(_ outer: String, key: String) -> String {
        if outer.utf8.count > 200 { return outer }
        let part = key.utf8.count > 100 ? String(key.unicodeScalars.prefix(50)) + "…" : key
        return outer.isEmpty ? part : "\(outer).\(part)"
    }
}
