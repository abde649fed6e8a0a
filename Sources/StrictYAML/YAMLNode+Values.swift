extension YAMLNode {
    /// The node as a mapping whose keys are taken one by one; null is an empty mapping.
    ///
    /// - Throws: ``YAMLError`` when the node is a list or a scalar.
    public func mapping() throws(YAMLError) -> YAMLMapping {
        if case .mapping(let entries) = content { return YAMLMapping(node: self, entries: entries) }
        if isNull { return YAMLMapping(node: self, entries: []) }
        throw failure("expected a mapping, found \(kindName)")
    }

    /// The node's items; null is an empty list.
    ///
    /// - Throws: ``YAMLError`` when the node is a mapping or a scalar.
    public func sequence() throws(YAMLError) -> [YAMLNode] {
        if case .sequence(let items) = content { return items }
        if isNull { return [] }
        throw failure("expected a list, found \(kindName)")
    }

    /// The scalar's text; numbers and booleans are taken as they were written.
    ///
    /// - Throws: ``YAMLError`` when the node is null, a list or a mapping.
    public func string() throws(YAMLError) -> String {
        guard let text = scalarText, !isNull else { throw failure("expected a string, found \(kindName)") }
        return text
    }

    /// A whole number, written without quotes, in a range.
    public func int(in range: ClosedRange<Int> = Int.min...Int.max) throws(YAMLError) -> Int {
        guard case .scalar(let text, .plain) = content, let value = Int(text.filter { $0 != "_" }) else {
            throw failure("expected a whole number, found \(kindName)")
        }
        guard range.contains(value) else {
            throw failure("\(value) is outside of \(range.lowerBound) … \(range.upperBound)")
        }
        return value
    }

    /// A finite number, written without quotes, in a range.
    public func double(
        in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    ) throws(YAMLError) -> Double {
        guard case .scalar(let text, .plain) = content, let value = Double(text), value.isFinite else {
            throw failure("expected a number, found \(kindName)")
        }
        guard range.contains(value) else {
            throw failure("\(value) is outside of \(range.lowerBound) … \(range.upperBound)")
        }
        return value
    }

    /// `true` or `false` (also `yes`, `no`, `on`, `off`, as YAML 1.1 has them), written without quotes.
    public func bool() throws(YAMLError) -> Bool {
        guard case .scalar(let text, .plain) = content else {
            throw failure("expected true or false, found \(kindName)")
        }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw failure("expected true or false, found \(kindName)")
        }
    }

    /// A duration in nanoseconds: `500ms`, `1h30m`, `1d`, or a bare number of seconds.
    ///
    /// Units are Prometheus's (ms, s, m, h, d, w, y), and us and ns besides.
    ///
    /// - Throws: ``YAMLError`` when it isn't a duration, overflows, or lies outside of `range` (nanoseconds).
    public func durationNanos(in range: ClosedRange<Int64> = 0...Int64.max) throws(YAMLError) -> Int64 {
        guard let text = scalarText, !isNull, let nanos = Quantity.durationNanos(text) else {
            throw failure("expected a duration like 500ms, 30s or 1h30m, found \(kindName)")
        }
        guard range.contains(nanos) else {
            throw failure(
                "\(text) is outside of \(Quantity.describe(nanos: range.lowerBound)) … "
                    + Quantity.describe(nanos: range.upperBound))
        }
        return nanos
    }

    /// A number of bytes: `16MiB`, `64KiB`, `10MB` (powers of 1,000) or a bare number.
    ///
    /// - Throws: ``YAMLError`` when it isn't a size, overflows, or lies outside of `range`.
    public func byteCount(in range: ClosedRange<Int> = 0...Int.max) throws(YAMLError) -> Int {
        guard let text = scalarText, !isNull, let bytes = Quantity.byteCount(text) else {
            throw failure("expected a size like 64KiB, 16MiB or 10MB, found \(kindName)")
        }
        guard range.contains(bytes) else {
            throw failure("\(text) is outside of \(range.lowerBound) … \(range.upperBound) bytes")
        }
        return bytes
    }
}
