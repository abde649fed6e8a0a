/// OpenMetrics 2.0, ABNF `composite-value`.
extension LineScanner {
    /// Reads `{count:…,sum:…,…}`.
    mutating func composite() throws(ExpositionError) -> CompositeValue {
        var value = CompositeValue()
        try expect(UInt8(ascii: "{"), "expected '{'")
        value.histogram.isGauge = take(word: "gcount:")
        guard value.histogram.isGauge || take(word: "count:") else { throw failure("expected count") }
        value.histogram.count = try part()
        guard take(word: value.histogram.isGauge ? ",gsum:" : ",sum:") else { throw failure("expected sum") }
        value.histogram.sum = try part()
        if !value.histogram.isGauge, take(word: ",quantile:") {
            value.quantiles = try pairs()
        } else {
            if take(word: ",schema:") { try native(&value) }
            if take(word: ",bucket:") { value.buckets = try pairs() }
            guard value.isNative || value.buckets != nil else { throw failure("expected schema, bucket or quantile") }
        }
        try expect(UInt8(ascii: "}"), "expected '}' after the last field")
        return value
    }

    private mutating func native(_ value: inout CompositeValue) throws(ExpositionError) {
        value.isNative = true
        let start = position
        value.histogram.schema = try integer()
        guard (-4...8).contains(value.histogram.schema) else { throw failure(at: start, "the schema is not in -4…8") }
        guard take(word: ",zero_threshold:") else { throw failure("expected zero_threshold") }
        let place = position
        value.histogram.zeroThreshold = try part()
        guard value.histogram.zeroThreshold >= 0, value.histogram.zeroThreshold.isFinite else {
            throw failure(at: place, "the zero threshold must be finite and not negative")
        }
        guard take(word: ",zero_count:") else { throw failure("expected zero_count") }
        value.histogram.zeroCount = try part()
        if take(word: ",negative_spans:") {
            (value.histogram.negativeSpans, value.histogram.negativeCounts) = try side(",negative_buckets:")
        }
        if take(word: ",positive_spans:") {
            (value.histogram.positiveSpans, value.histogram.positiveCounts) = try side(",positive_buckets:")
        }
        let counts = value.histogram.positiveCounts + value.histogram.negativeCounts
        value.histogram.isFloat = (counts + [value.histogram.count, value.histogram.zeroCount]).contains {
            $0.rounded() != $0
        }
    }

    private mutating func side(_ word: StaticString) throws(ExpositionError) -> ([BucketSpan], [Double]) {
        let start = position
        var spans: [BucketSpan] = []
        var counts: [Double] = []
        try list { scanner throws(ExpositionError) in
            let offset: Int32 = try scanner.integer()
            try scanner.expect(UInt8(ascii: ":"), "expected ':' after the offset")
            spans.append(BucketSpan(offset: offset, length: try scanner.integer()))
        }
        guard take(word: word) else { throw failure("expected the buckets of the spans") }
        try list { scanner throws(ExpositionError) in counts.append(try scanner.part()) }
        if let reason = BucketSpan.reasonAgainst(spans, counts: counts.count) {
            throw failure(at: start, "the spans \(reason)")
        }
        return (spans, counts)
    }

    private mutating func pairs() throws(ExpositionError) -> [CompositeValue.Pair] {
        var pairs: [CompositeValue.Pair] = []
        try list { scanner throws(ExpositionError) in
            let start = scanner.position
            let key = try scanner.part()
            try scanner.expect(UInt8(ascii: ":"), "expected ':' after the bound")
            if key.isNaN || pairs.last.map({ $0.key >= key }) ?? false {
                throw scanner.failure(at: start, "the bounds do not ascend")
            }
            pairs.append(CompositeValue.Pair(key: key, value: try scanner.part()))
        }
        return pairs
    }

    /// Reads `[…,…]`.
    private mutating func list(
        _ item: (inout LineScanner) throws(ExpositionError) -> Void
    ) throws(ExpositionError) {
        try expect(UInt8(ascii: "["), "expected '['")
        guard !take(UInt8(ascii: "]")) else { return }
        repeat { try item(&self) } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"), "expected ',' or ']'")
    }

    /// A number up to the next separator.
    private mutating func part() throws(ExpositionError) -> Double {
        let start = position
        guard let number = NumberText.parse(partBytes()) else { throw failure(at: start, "expected a number") }
        return number.value
    }

    private mutating func integer<Integer: FixedWidthInteger>() throws(ExpositionError) -> Integer {
        let start = position
        guard let number = Integer(String(decoding: partBytes(), as: UTF8.self)) else {
            throw failure(at: start, "expected a whole number")
        }
        return number
    }

    private mutating func partBytes() -> UnsafeBufferPointer<UInt8> {
        let start = position
        while true {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "\n"):
                return UnsafeBufferPointer(start: base + start, count: position - start)
            default: advance()
            }
        }
    }

    /// Steps over a word, which holds no line feed, if it is next.
    private mutating func take(word: StaticString) -> Bool {
        var place = position
        for index in 0..<word.utf8CodeUnitCount {
            guard base[place] == word.utf8Start[index] else { return false }
            place &+= 1
        }
        while position < place { advance() }
        return true
    }
}
