/// The functions that Go's text/template brings along (`and` and `or` are the executor's: they stop early).
enum BuiltinFunctions {
    typealias Failure = TemplateFunction.Failure

    static let all: [String: TemplateFunction] = [
        "and": TemplateFunction(parameters: [.any, .any], isVariadic: true) { args, _ in args.last ?? .none },
        "or": TemplateFunction(parameters: [.any, .any], isVariadic: true) { args, _ in args.last ?? .none },
        "not": TemplateFunction(parameters: [.any]) { args, _ in .bool(!args[0].isTrue) },
        "eq": TemplateFunction(parameters: [.any, .any], isVariadic: true) { args, _ throws(Failure) in
            try .bool(equalsAny(args))
        },
        "ne": TemplateFunction(parameters: [.any, .any]) { args, _ throws(Failure) in
            try .bool(equalsAny(args) == false)
        },
        "lt": TemplateFunction(parameters: [.any, .any]) { args, _ throws(Failure) in
            try .bool(isLess(args[0], args[1]))
        },
        "le": TemplateFunction(parameters: [.any, .any]) { args, _ throws(Failure) in
            let less = try isLess(args[0], args[1])
            let equal = try areEqual(args[0], args[1])
            return .bool(less || equal)
        },
        "gt": TemplateFunction(parameters: [.any, .any]) { args, _ throws(Failure) in
            let less = try isLess(args[0], args[1])
            let equal = try areEqual(args[0], args[1])
            return .bool(!less && !equal)
        },
        "ge": TemplateFunction(parameters: [.any, .any]) { args, _ throws(Failure) in
            try .bool(!isLess(args[0], args[1]))
        },
        "len": TemplateFunction(parameters: [.any]) { args, _ throws(Failure) in try .int(length(args[0])) },
        "index": TemplateFunction(parameters: [.any, .any], isVariadic: true) { args, _ throws(Failure) in
            try index(args)
        },
        "slice": TemplateFunction(parameters: [.any, .any], isVariadic: true) { args, _ throws(Failure) in
            try slice(args)
        },
        "call": TemplateFunction(parameters: [.any], isVariadic: true) { args, _ throws(Failure) in
            throw Failure("non-function of type \(args.first?.typeName ?? "nil")")
        },
        "print": TemplateFunction(parameters: [.any], isVariadic: true) { args, _ in .string(GoFormat.sprint(args)) },
        "println": TemplateFunction(parameters: [.any], isVariadic: true) { args, _ in
            .string(GoFormat.sprintln(args))
        },
        "printf": TemplateFunction(parameters: [.string, .any], isVariadic: true) { args, _ in
            .string(GoFormat.sprintf(args[0].text, Array(args.dropFirst())))
        },
        "html": escaper(TextEscape.html),
        "js": escaper(TextEscape.javaScript),
        "urlquery": escaper(TextEscape.query),
    ]

    private static func escaper(_ escape: @escaping @Sendable (String) -> String) -> TemplateFunction {
        TemplateFunction(parameters: [.any], isVariadic: true) { args, _ in .string(escape(GoFormat.sprint(args))) }
    }

    // MARK: Comparison, by text/template's basic kinds

    private static func equalsAny(_ args: [TemplateValue]) throws(Failure) -> Bool {
        for other in args.dropFirst() where try areEqual(args[0], other) { return true }
        if args.count < 2 { throw Failure("missing argument for comparison") }
        return false
    }

    private static func areEqual(_ left: TemplateValue, _ right: TemplateValue) throws(Failure) -> Bool {
        switch (left, right) {
        case (.bool(let a), .bool(let b)): return a == b
        case (.int(let a), .int(let b)), (.duration(let a), .duration(let b)),
            (.int(let a), .duration(let b)), (.duration(let a), .int(let b)):
            return a == b
        case (.float(let a), .float(let b)): return a == b
        case (.none, .none): return true
        case (.none, _), (_, .none): return false
        default:
            if let a = left.stringValue, let b = right.stringValue { return a == b }
            guard left.isBasic, right.isBasic else { throw Failure("incomparable type for comparison") }
            throw Failure("incompatible types for comparison")
        }
    }

    private static func isLess(_ left: TemplateValue, _ right: TemplateValue) throws(Failure) -> Bool {
        switch (left, right) {
        case (.int(let a), .int(let b)), (.duration(let a), .duration(let b)),
            (.int(let a), .duration(let b)), (.duration(let a), .int(let b)):
            return a < b
        case (.float(let a), .float(let b)): return a < b
        default:
            if let a = left.stringValue, let b = right.stringValue {
                return a.utf8.lexicographicallyPrecedes(b.utf8)
            }
            guard left.isBasic, right.isBasic else { throw Failure("invalid type for comparison") }
            throw Failure("incompatible types for comparison")
        }
    }

    // MARK: Containers

    private static func length(_ value: TemplateValue) throws(Failure) -> Int64 {
        switch value {
        case .string(let text), .html(let text): return Int64(text.utf8.count)
        case .list(let items): return Int64(items.count)
        case .strings(let items): return Int64(items.count)
        case .map(let items): return Int64(items.count)
        case .samples(let items): return Int64(items.count)
        case .none: throw Failure("len of nil pointer")
        default: throw Failure("len of type \(value.typeName)")
        }
    }

    private static func index(_ args: [TemplateValue]) throws(Failure) -> TemplateValue {
        var item = args[0]
        for key in args.dropFirst() {
            switch item {
            case .strings(let items):
                guard let name = key.stringValue else { throw wrongKey(key) }
                item = .string(items[name] ?? "")
            case .map(let items):
                guard let name = key.stringValue else { throw wrongKey(key) }
                item = items[name] ?? .none
            case .list(let items): item = items[try position(key, count: items.count)]
            case .samples(let items): item = .sample(items[try position(key, count: items.count)])
            case .string(let text):
                let bytes = Array(text.utf8)
                item = .int(Int64(bytes[try position(key, count: bytes.count)]))
            case .none: throw Failure("index of untyped nil")
            default: throw Failure("can't index item of type \(item.typeName)")
            }
        }
        return item
    }

    private static func wrongKey(_ key: TemplateValue) -> Failure {
        if case .none = key { return Failure("value is nil; should be of type string") }
        return Failure("value has type \(key.typeName); should be string")
    }

    private static func position(_ key: TemplateValue, count: Int) throws(Failure) -> Int {
        guard case .int(let number) = key else {
            throw Failure("cannot index slice/array with type \(key.typeName)")
        }
        guard number >= 0, number < count else { throw Failure("index out of range: \(number)") }
        return Int(number)
    }

    private static func slice(_ args: [TemplateValue]) throws(Failure) -> TemplateValue {
        guard args.count <= 4 else { throw Failure("too many slice indexes: \(args.count - 1)") }
        let count: Int
        switch args[0] {
        case .string(let text):
            guard args.count < 4 else { throw Failure("cannot 3-index slice a string") }
            count = text.utf8.count
        case .list(let items): count = items.count
        case .samples(let items): count = items.count
        case .none: throw Failure("slice of untyped nil")
        default: throw Failure("can't slice item of type \(args[0].typeName)")
        }
        let from = args.count > 1 ? try bound(args[1], count) : 0
        let through = args.count > 2 ? try bound(args[2], count) : count
        guard from <= through else { throw Failure("invalid slice index: \(from) > \(through)") }
        switch args[0] {
        case .string(let text): return .string(String(decoding: Array(text.utf8)[from..<through], as: UTF8.self))
        case .list(let items): return .list(Array(items[from..<through]))
        case .samples(let items): return .samples(Array(items[from..<through]))
        default: return .none
        }
    }

    private static func bound(_ value: TemplateValue, _ count: Int) throws(Failure) -> Int {
        guard case .int(let number) = value else {
            throw Failure("cannot index slice/array with type \(value.typeName)")
        }
        guard number >= 0, number <= count else { throw Failure("index out of range: \(number)") }
        return Int(number)
    }
}

extension TemplateValue {
    /// The text of a string or of safeHtml's string type.
    var stringValue: String? {
        switch self {
        case .string(let text), .html(let text): text
        default: nil
        }
    }

    fileprivate var isBasic: Bool {
        switch self {
        case .bool, .int, .float, .string, .html, .duration: true
        default: false
        }
    }
}
