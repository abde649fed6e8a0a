extension LineScanner {
    /// A sample with what its text tells beyond the values.
    struct ParsedSample {
        var sample: ExpositionSample
        /// OpenMetrics' timestamp as it stands there.
        var timestampSeconds: Double?
    }

    /// The most labels a sample may have.
    static let maxLabels = 1024

    /// Reads a line of samples; `previous` is the one before, whose strings are used again where they are equal.
    mutating func sample(previous: ExpositionSample) throws(ExpositionError) -> ParsedSample {
        let nameBytes = name(allowsColon: true)
        guard !nameBytes.isEmpty else { throw failure("expected a metric name") }
        let metric = try text(nameBytes, likely: previous.name)
        skipBlanks()
        var labels: [(name: String, value: String)] = []
        if byte == UInt8(ascii: "{") { labels = try self.labels(previous: previous.labels) }
        try separator()
        let value = try number("expected a value").value
        var result = ParsedSample(sample: ExpositionSample(name: metric, labels: labels, value: value))
        if isStrict {
            try strictTail(&result)
        } else {
            try classicTail(&result)
        }
        guard isAtEnd else { throw failure("unexpected text after the sample") }
        return result
    }

    /// Reads `{a="b",…}`.
    private mutating func labels(
        previous: [(name: String, value: String)]
    ) throws(ExpositionError) -> [(name: String, value: String)] {
        var labels: [(name: String, value: String)] = []
        advance()
        skipBlanks()
        guard !take(UInt8(ascii: "}")) else { return labels }
        labels.reserveCapacity(previous.count)
        while true {
            let likely = labels.count < previous.count ? previous[labels.count] : nil
            let label = try self.label(likely: likely)
            for known in labels where known.name == label.name {
                throw failure("the label \"\(label.name)\" stands twice")
            }
            guard labels.count < LineScanner.maxLabels else { throw failure("too many labels") }
            labels.append(label)
            skipBlanks()
            if take(UInt8(ascii: ",")) {
                skipBlanks()
                // Only the classic format allows a comma after the last label.
                if !isStrict, take(UInt8(ascii: "}")) { return labels }
            } else {
                try expect(UInt8(ascii: "}"), "expected ',' or '}' after the label")
                return labels
            }
        }
    }

    @inline(__always)
    private mutating func label(
        likely: (name: String, value: String)?
    ) throws(ExpositionError) -> (name: String, value: String) {
        let nameBytes = name(allowsColon: false)
        guard !nameBytes.isEmpty else { throw failure("expected a label name") }
        let label = try text(nameBytes, likely: likely?.name)
        skipBlanks()
        try expect(UInt8(ascii: "="), "expected '=' after the label name")
        skipBlanks()
        let (bytes, isEscaped) = try quoted()
        let value = isEscaped ? try unescaped(bytes) : try text(bytes, likely: likely?.value)
        return (label, value)
    }

    private mutating func number(_ expected: String) throws(ExpositionError) -> (value: Double, shape: NumberText.Shape)
    {
        let start = position
        guard let number = NumberText.parse(token()) else { throw failure(at: start, expected) }
        return number
    }

    /// Optional milliseconds.
    private mutating func classicTail(_ result: inout ParsedSample) throws(ExpositionError) {
        skipBlanks()
        guard !isAtEnd else { return }
        let start = position
        let digits = String(decoding: token(), as: UTF8.self)
        guard let millis = Int64(digits) else { throw failure(at: start, "expected a timestamp in milliseconds") }
        result.sample.timestampMillis = millis
        skipBlanks()
    }

    /// Optional seconds, then an optional exemplar.
    private mutating func strictTail(_ result: inout ParsedSample) throws(ExpositionError) {
        guard !isAtEnd else { return }
        try separator()
        if byte != UInt8(ascii: "#") {
            let seconds = try timestamp()
            result.timestampSeconds = seconds
            result.sample.timestampMillis = LineScanner.millis(seconds)
            guard !isAtEnd else { return }
            try separator()
        }
        try expect(UInt8(ascii: "#"), "expected a timestamp or an exemplar")
        try separator()
        result.sample.exemplar = try exemplar()
    }

    private mutating func timestamp() throws(ExpositionError) -> Double {
        let start = position
        let (seconds, shape) = try number("expected a timestamp in seconds")
        guard shape == .real, seconds.isFinite else { throw failure(at: start, "a timestamp must be finite") }
        return seconds
    }

    private mutating func exemplar() throws(ExpositionError) -> ExpositionExemplar {
        let start = position
        guard byte == UInt8(ascii: "{") else { throw failure("expected the labels of an exemplar") }
        let labels = try self.labels(previous: [])
        let length = labels.reduce(0) { $0 + $1.name.unicodeScalars.count + $1.value.unicodeScalars.count }
        // OpenMetrics 1.0, Exemplars: names and values together.
        guard length <= 128 else { throw failure(at: start, "the exemplar's labels are longer than 128 code points") }
        try separator()
        var exemplar = ExpositionExemplar(
            labels: labels.map { .init(name: $0.name, value: $0.value) }, value: try number("expected a value").value)
        if !isAtEnd {
            try separator()
            exemplar.timestampSeconds = try timestamp()
        }
        return exemplar
    }

    /// The nearest millisecond, clamped to what 64 bits hold.
    private static func millis(_ seconds: Double) -> Int64 {
        let millis = (seconds * 1000).rounded()
        return Int64(exactly: millis) ?? (millis < 0 ? .min : .max)
    }
}
