extension LineScanner {
    /// The most labels a sample may have.
    static let maxLabels = 1024

    /// Reads a line of samples.
    @inline(__always)
    mutating func sample(into view: inout ExpositionSampleView) throws(ExpositionError) {
        view.begin(base)
        view.nameSpan = name(allowsColon: true)
        view.seriesBytes = position
        skipBlanks()
        if byte == UInt8(ascii: "{") {
            try labels(into: &view)
            view.seriesBytes = position
            guard !view.nameSpan.isEmpty else { throw failure("expected a metric name") }
        } else if view.nameSpan.isEmpty {
            throw failure("expected a metric name")
        }
        try separator()
        if syntax == .openMetrics2, byte == UInt8(ascii: "{") {
            view.composite = try composite()
        } else {
            view.value = try number("expected a value").value
        }
        switch syntax {
        case .classic: try classicTail(&view)
        case .openMetrics: try strictTail(&view)
        case .openMetrics2: try strictTail2(&view)
        }
        guard isAtEnd else { throw failure("unexpected text after the sample") }
    }

    @inline(__always)
    mutating func number(_ expected: String) throws(ExpositionError) -> (value: Double, shape: NumberText.Shape) {
        let start = position
        guard let number = NumberText.parse(token()) else { throw failure(at: start, expected) }
        return number
    }

    /// Optional milliseconds.
    @inline(__always)
    private mutating func classicTail(_ view: inout ExpositionSampleView) throws(ExpositionError) {
        skipBlanks()
        guard !isAtEnd else { return }
        let start = position
        let digits = String(decoding: token(), as: UTF8.self)
        guard let millis = Int64(digits) else { throw failure(at: start, "expected a timestamp in milliseconds") }
        view.timestampMillis = millis
        skipBlanks()
    }

    /// Optional seconds, then an optional exemplar.
    private mutating func strictTail(_ view: inout ExpositionSampleView) throws(ExpositionError) {
        guard !isAtEnd else { return }
        try separator()
        if byte != UInt8(ascii: "#") {
            let seconds = try timestamp()
            view.timestampSeconds = seconds
            view.timestampMillis = LineScanner.millis(seconds)
            guard !isAtEnd else { return }
            try separator()
        }
        try expect(UInt8(ascii: "#"), "expected a timestamp or an exemplar")
        try separator()
        view.exemplars = [try exemplar()]
    }

    /// Optional seconds, an optional start time, then any number of exemplars.
    private mutating func strictTail2(_ view: inout ExpositionSampleView) throws(ExpositionError) {
        while !isAtEnd {
            try separator()
            if byte == UInt8(ascii: "#") {
                advance()
                try separator()
                view.exemplars.append(try exemplar())
            } else if take(UInt8(ascii: "s")) {
                try expect(UInt8(ascii: "t"), "expected st@")
                try expect(UInt8(ascii: "@"), "expected st@")
                guard view.createdMillis == nil, view.exemplars.isEmpty else {
                    throw failure("the start time stands in the wrong place")
                }
                view.createdMillis = LineScanner.millis(try timestamp())
            } else {
                guard view.timestampSeconds == nil, view.createdMillis == nil, view.exemplars.isEmpty else {
                    throw failure("expected an exemplar")
                }
                let seconds = try timestamp()
                view.timestampSeconds = seconds
                view.timestampMillis = LineScanner.millis(seconds)
            }
        }
    }

    mutating func timestamp() throws(ExpositionError) -> Double {
        let start = position
        let (seconds, shape) = try number("expected a timestamp in seconds")
        guard shape == .real, seconds.isFinite else { throw failure(at: start, "a timestamp must be finite") }
        return seconds
    }

    mutating func exemplar() throws(ExpositionError) -> ExpositionExemplar {
        let start = position
        guard byte == UInt8(ascii: "{") else { throw failure("expected the labels of an exemplar") }
        var view = ExpositionSampleView()
        try labels(into: &view)
        guard view.nameSpan.isEmpty else { throw failure(at: start, "an exemplar has no name") }
        let labels = view.labelSpans.map { ExpositionExemplar.Label(name: text($0.name), value: text($0.value)) }
        // OpenMetrics 1.0, Exemplars: names and values together. In 2.0 only the line bounds them.
        let length = labels.reduce(0) { $0 + $1.name.unicodeScalars.count + $1.value.unicodeScalars.count }
        guard length <= 128 || syntax == .openMetrics2 else {
            throw failure(at: start, "the exemplar's labels are longer than 128 code points")
        }
        try separator()
        var exemplar = ExpositionExemplar(labels: labels, value: try number("expected a value").value)
        // In 2.0 an exemplar must have a time.
        if !isAtEnd || syntax == .openMetrics2 {
            try separator()
            exemplar.timestampSeconds = try timestamp()
        }
        return exemplar
    }

    /// The nearest millisecond, clamped to what 64 bits hold.
    static func millis(_ seconds: Double) -> Int64 {
        let millis = (seconds * 1000).rounded()
        return Int64(exactly: millis) ?? (millis < 0 ? .min : .max)
    }
}
