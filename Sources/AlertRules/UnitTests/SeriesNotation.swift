import PromQL
import TimeSeries

/// Why a list of values can't be read.
struct SeriesNotationError: Error, Equatable, CustomStringConvertible {
    var message: String
    /// 0-based byte offset in the text.
    var offset: Int
    /// Whether the values are only too many.
    var isLimit = false
    var description: String { message }
}

/// The value notation of unit tests and promqltest scripts: `1 2 _ 3x4 0+10x5 stale {{schema:1 count:4 buckets:[1 3]}}`.
///
/// Specified in Prometheus's documentation ("Unit testing for rules", series). `vxN` and `v±dxN` stand for N+1
/// values, made by repeated addition so that rounding is the same; `_xN` for N gaps. A native histogram may stand
/// wherever a number may, `{{…}}+{{…}}xN` too.
struct SeriesNotation {
    /// One value of a series.
    enum Value: Equatable, Sendable {
        case number(Double)
        case histogram(FloatHistogram)
    }

    /// Values that stand for one item of the text.
    enum Run: Sendable {
        case gap(count: Int)
        /// Each value is the one before plus `step`; nil repeats the first.
        case numbers(first: Double, step: Double?, count: Int)
        case histogram(FloatHistogram, count: Int)

        var count: Int {
            switch self {
            case .gap(let count), .numbers(_, _, let count), .histogram(_, let count): count
            }
        }
    }

    private let bytes: [UInt8]
    private var position = 0
    /// Memory that the values may take, in units of a number.
    private let maxValues: Int
    private var heldUnits = 0
    private var runs: [Run] = []

    /// Values in order, nil for a gap.
    ///
    /// - Parameter maxValues: a histogram counts as the numbers that its memory would hold.
    static func values(_ text: String, maxValues: Int = 10_000_000) throws(SeriesNotationError) -> [Value?] {
        var values: [Value?] = []
        for run in try runs(text, maxValues: maxValues).runs {
            switch run {
            case .gap(let count): values.append(contentsOf: repeatElement(nil, count: count))
            case .histogram(let histogram, let count):
                values.append(contentsOf: repeatElement(.histogram(histogram), count: count))
            case .numbers(var value, let step, let count):
                for _ in 0..<count {
                    values.append(.number(value))
                    if let step { value += step }
                }
            }
        }
        return values
    }

    /// The items of a text, which take memory only for what is written, and the units that all values would take.
    ///
    /// - Parameter maxValues: a gap counts as a number, a histogram as the numbers that its memory would hold.
    static func runs(_ text: String, maxValues: Int) throws(SeriesNotationError) -> (runs: [Run], units: Int) {
        var notation = SeriesNotation(bytes: Array(text.utf8), maxValues: maxValues)
        try notation.run()
        return (notation.runs, notation.heldUnits)
    }

    private init(bytes: [UInt8], maxValues: Int) {
        self.bytes = bytes
        self.maxValues = maxValues
    }

    private mutating func run() throws(SeriesNotationError) {
        skipSpaces()
        while position < bytes.count {
            try item()
            guard position == bytes.count || isSpace(bytes[position]) else { throw unexpected() }
            skipSpaces()
        }
    }

    private mutating func item() throws(SeriesNotationError) {
        if bytes[position] == 0x5F {
            position += 1
            let count = isAt(0x78) ? try repetitions() : 1
            try append(nil, count: count)
        } else if bytes[position] == 0x7B {
            try histogramItem()
        } else if let word = word() {
            try wordItem(word)
        } else {
            try numberItem(try number())
        }
    }

    /// `stale`, `NaN` and `Inf` are single words: `NaNx3` is an unknown one.
    private mutating func wordItem(_ word: String) throws(SeriesNotationError) {
        let isNegative = word.hasPrefix("-")
        switch word.hasPrefix("+") || isNegative ? String(word.dropFirst()).lowercased() : word.lowercased() {
        case "stale" where word == "stale": try append(.number(staleMarker), count: 1)
        case "nan": try append(.number(.nan), count: 1)
        case "inf": try append(.number(isNegative ? -.infinity : .infinity), count: 1)
        default:
            let start = position - word.utf8.count
            throw failure("bad number or duration syntax or unknown word: \(GoQuote.quoted(word))", at: start)
        }
    }

    private mutating func numberItem(_ first: Double) throws(SeriesNotationError) {
        if isAt(0x78) {
            try append(.number(first), count: try repetitions() + 1)
        } else if isAt(0x2B) || isAt(0x2D) {
            let isNegative = bytes[position] == 0x2D
            position += 1
            let step = try number()
            guard isAt(0x78) else { throw failure("expected 'x' and a number of repetitions") }
            try appendRun(first, step: isNegative ? -step : step, count: try repetitions() + 1)
        } else {
            try append(.number(first), count: 1)
        }
    }

    private mutating func histogramItem() throws(SeriesNotationError) {
        let first = try histogram()
        if isAt(0x78) {
            try append(.histogram(first), count: try repetitions() + 1)
        } else if isAt(0x2B) || isAt(0x2D) {
            let isNegative = bytes[position] == 0x2D
            position += 1
            let start = position
            let step = try histogram()
            guard isAt(0x78) else { throw failure("expected 'x' and a number of repetitions") }
            // promtool adds a finer histogram to a coarser one, but refuses it the other way round.
            if step.schema < first.schema, !step.usesCustomBounds {
                throw failure(
                    "error combining histograms: cannot merge from schema \(step.schema) to \(first.schema)", at: start)
            }
            var value = first
            let count = try repetitions()
            try requireRoom(first.sampleUnits + 1, count: count + 1)
            try append(.histogram(value), count: 1)
            for _ in 0..<count {
                do {
                    _ = try isNegative ? value.subtract(step) : value.add(step)
                } catch {
                    throw failure("error combining histograms: \(error)", at: start)
                }
                try append(.histogram(value), count: 1)
            }
        } else {
            try append(.histogram(first), count: 1)
        }
    }

    /// `{{…}}`.
    private mutating func histogram() throws(SeriesNotationError) -> FloatHistogram {
        let start = position
        while position < bytes.count,
            !(bytes[position] == 0x7D && position + 1 < bytes.count && bytes[position + 1] == 0x7D)
        {
            position += 1
        }
        position = min(bytes.count, position + 2)
        do {
            return try FloatHistogram(notation: String(decoding: bytes[start..<position], as: UTF8.self))
        } catch {
            throw failure("\(error)", at: start)
        }
    }

    private mutating func append(_ value: Value?, count: Int) throws(SeriesNotationError) {
        var units = 1
        if case .histogram(let histogram)? = value { units += histogram.sampleUnits }
        try hold(units, count: count)
        switch value {
        case nil: runs.append(.gap(count: count))
        case .number(let number)?: runs.append(.numbers(first: number, step: nil, count: count))
        case .histogram(let histogram)?: runs.append(.histogram(histogram, count: count))
        }
    }

    private mutating func appendRun(_ first: Double, step: Double, count: Int) throws(SeriesNotationError) {
        try hold(1, count: count)
        runs.append(.numbers(first: first, step: step, count: count))
    }

    private mutating func hold(_ units: Int, count: Int) throws(SeriesNotationError) {
        heldUnits += try requireRoom(units, count: count)
    }

    /// The units that `count` values of so many units take.
    @discardableResult
    private func requireRoom(_ units: Int, count: Int) throws(SeriesNotationError) -> Int {
        let (wanted, overflow) = units.multipliedReportingOverflow(by: count)
        guard !overflow, wanted <= maxValues - heldUnits else {
            var error = failure("more than \(maxValues) values")
            error.isLimit = true
            throw error
        }
        return wanted
    }

    // MARK: Lexing

    private mutating func repetitions() throws(SeriesNotationError) -> Int {
        position += 1
        let start = position
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
        guard position > start else { throw failure("expected a number of repetitions after 'x'", at: start) }
        let maximum = Int(Int32.max) - 1
        guard let count = Int(String(decoding: bytes[start..<position], as: UTF8.self)), count <= maximum else {
            var error = failure("more than \(maximum) repetitions", at: start)
            // A lower limit is the one to name.
            error.isLimit = maxValues <= maximum
            throw error
        }
        return count
    }

    private mutating func word() -> String? {
        var end = position
        if bytes[end] == 0x2B || bytes[end] == 0x2D { end += 1 }
        let first = end
        while end < bytes.count, isLetter(bytes[end]) || (end > first && isDigit(bytes[end])) { end += 1 }
        guard end > first, isLetter(bytes[first]) else { return nil }
        let word = String(decoding: bytes[position..<end], as: UTF8.self)
        position = end
        return word
    }

    private mutating func number() throws(SeriesNotationError) -> Double {
        let start = position
        if isAt(0x2B) || isAt(0x2D) { position += 1 }
        let digits = position
        while position < bytes.count, isDigit(bytes[position]) || bytes[position] == 0x2E { position += 1 }
        let hasDigits = position > digits
        if hasDigits, position < bytes.count, bytes[position] | 0x20 == 0x65 {
            var end = position + 1
            if end < bytes.count, bytes[end] == 0x2B || bytes[end] == 0x2D { end += 1 }
            if end < bytes.count, isDigit(bytes[end]) {
                while end < bytes.count, isDigit(bytes[end]) { end += 1 }
                position = end
            }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard hasDigits, let value = GoNumber.float(text) else {
            position = start
            throw unexpected()
        }
        return value
    }

    private func unexpected() -> SeriesNotationError {
        let rest = String(decoding: bytes[min(position, bytes.count)...].prefix(12), as: UTF8.self)
        return failure(rest.isEmpty ? "unexpected end of values" : "unexpected \(GoQuote.quoted(rest))")
    }

    private func failure(_ message: String, at offset: Int? = nil) -> SeriesNotationError {
        SeriesNotationError(message: message, offset: offset ?? position)
    }

    private mutating func skipSpaces() {
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
    }

    private func isAt(_ byte: UInt8) -> Bool { position < bytes.count && bytes[position] == byte }
    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
