import StrictYAML

extension RateLimit {
    /// From `100/s`, `6000/1m` or `10/10s burst 50`.
    ///
    /// - Throws: ``InvalidValue`` that says what is expected.
    init(parsing text: String) throws(InvalidValue) {
        let words = text.split(separator: " ").map(String.init)
        let parts = (words.first ?? "").split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let hasBurst = words.count == 3 && words[1] == "burst"
        guard parts.count == 2, words.count == 1 || hasBurst, let requests = Int(parts[0]),
            let period = Self.period(parts[1]), let burst = hasBurst ? Int(words[2]) : requests
        else {
            throw InvalidValue("expected a rate like 100/s or 6000/1m burst 500, found '\(text.prefix(60))'")
        }
        guard (1...1_000_000_000).contains(requests), (1...1_000_000_000).contains(burst),
            (1_000_000...86_400_000_000_000).contains(period)
        else {
            throw InvalidValue(
                "'\(text.prefix(60))': 1 to 1000000000 requests and burst, a period of 1ms to 24h are accepted")
        }
        self.init(requests: requests, periodNanos: period, burst: burst)
    }

    /// `s`, `m` and `h` alone stand for one of them.
    private static func period(_ text: String) -> Int64? {
        ["s", "m", "h"].contains(text) ? Quantity.durationNanos("1" + text) : Quantity.durationNanos(text)
    }

    /// As it is written.
    var text: String {
        let rate = "\(requests)/\(Quantity.describe(nanos: periodNanos))"
        return burst == requests ? rate : "\(rate) burst \(burst)"
    }
}

extension ValueCodec where Value == RateLimit {
    static var rate: Self {
        .parsed("a rate", "requests/period, with burst N: 100/s burst 200") { text throws(InvalidValue) in
            try RateLimit(parsing: text)
        } print: {
            $0.text
        }
    }
}
