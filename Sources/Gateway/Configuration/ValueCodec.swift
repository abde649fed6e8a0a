import StrictYAML

/// How a kind of value is read from text, be it a YAML scalar or an environment variable, and written as YAML.
struct ValueCodec<Value: Sendable>: Sendable {
    /// For the documentation: `duration`, `bytes`, `URL` …
    let unit: String
    /// For the documentation: what is accepted.
    let limits: String
    /// Whether a quoted YAML scalar is of the right type.
    let acceptsQuotes: Bool
    let parse: @Sendable (String) throws(InvalidValue) -> Value
    /// A YAML scalar that reads back as the same value.
    let print: @Sendable (Value) -> String

    /// Reads a YAML scalar.
    func read(_ node: YAMLNode) throws(YAMLError) -> Value {
        guard let text = node.scalarText else { throw node.failure("expected one value (\(unit)), found a structure") }
        guard !node.isNull else { throw node.failure("expected a value (\(unit)), found nothing") }
        guard acceptsQuotes || !node.isQuoted else { throw node.failure("expected \(unit), found a string in quotes") }
        do {
            return try parse(text)
        } catch {
            throw node.failure(error.message)
        }
    }
}

extension ValueCodec where Value == Bool {
    /// `1`, `true`, `yes`, `on` and their opposites in any case.
    static var boolean: Self {
        Self(unit: "true or false", limits: "", acceptsQuotes: false) { text throws(InvalidValue) in
            switch text.lowercased() {
            case "1", "true", "yes", "on": return true
            case "0", "false", "no", "off": return false
            default: throw InvalidValue("expected true or false, found '\(text.prefix(40))'")
            }
        } print: {
            $0 ? "true" : "false"
        }
    }
}

extension ValueCodec where Value == Int {
    static func integer(in range: ClosedRange<Int>) -> Self {
        let limits = "\(range.lowerBound) … \(range.upperBound)"
        return Self(unit: "a number", limits: limits, acceptsQuotes: false) { text throws(InvalidValue) in
            guard let value = Int(text) else {
                throw InvalidValue("expected a whole number, found '\(text.prefix(40))'")
            }
            guard range.contains(value) else { throw InvalidValue("\(value) is outside of \(limits)") }
            return value
        } print: {
            String($0)
        }
    }

    static func bytes(in range: ClosedRange<Int>) -> Self {
        let limits = "\(ByteText.describe(range.lowerBound)) … \(ByteText.describe(range.upperBound))"
        return Self(unit: "bytes", limits: limits, acceptsQuotes: true) { text throws(InvalidValue) in
            guard let value = Quantity.byteCount(text) else {
                throw InvalidValue("expected a size like 64KiB, 16MiB or 10MB, found '\(text.prefix(40))'")
            }
            guard range.contains(value) else { throw InvalidValue("\(text) is outside of \(limits)") }
            return value
        } print: {
            ByteText.describe($0)
        }
    }
}

extension ValueCodec where Value == Int64 {
    static func duration(in range: ClosedRange<Int64>) -> Self {
        let limits =
            "\(Quantity.describe(nanos: range.lowerBound)) … \(Quantity.describe(nanos: range.upperBound))"
        return Self(unit: "duration", limits: limits, acceptsQuotes: true) { text throws(InvalidValue) in
            guard let value = Quantity.durationNanos(text) else {
                throw InvalidValue("expected a duration like 500ms, 30s or 1h30m, found '\(text.prefix(40))'")
            }
            guard range.contains(value) else { throw InvalidValue("\(text) is outside of \(limits)") }
            return value
        } print: {
            Quantity.describe(nanos: $0)
        }
    }
}

extension ValueCodec where Value == String {
    /// Any text that satisfies a rule; `limits` says the rule.
    static func text(
        _ unit: String, _ limits: String, where isValid: @escaping @Sendable (String) -> Bool
    ) -> Self {
        Self(unit: unit, limits: limits, acceptsQuotes: true) { text throws(InvalidValue) in
            guard isValid(text) else {
                throw InvalidValue("expected \(unit) (\(limits)), found '\(text.prefix(40))'")
            }
            return text
        } print: {
            YAMLText.scalar($0)
        }
    }

    static var path: Self {
        text("a path", "1 … 4096 bytes") { (1...4_096).contains($0.utf8.count) && !$0.utf8.contains(0) }
    }
}

extension ValueCodec where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static var choice: Self {
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Self(unit: "one of a list", limits: names, acceptsQuotes: true) { text throws(InvalidValue) in
            guard let value = Value(rawValue: text) else {
                throw InvalidValue("expected one of \(names), found '\(text.prefix(40))'")
            }
            return value
        } print: {
            $0.rawValue
        }
    }
}

extension ValueCodec {
    /// A kind whose own initializer checks the text.
    static func parsed(
        _ unit: String, _ limits: String,
        _ parse: @escaping @Sendable (String) throws(InvalidValue) -> Value,
        print: @escaping @Sendable (Value) -> String
    ) -> Self {
        Self(unit: unit, limits: limits, acceptsQuotes: true, parse: parse) { YAMLText.scalar(print($0)) }
    }
}
