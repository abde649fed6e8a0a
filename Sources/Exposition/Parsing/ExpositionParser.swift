#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads a text format piece by piece and tells what stands there.
///
/// Memory is bounded: one unfinished line of at most ``Limits/lineBytes``, the names of the families, and in
/// OpenMetrics what is needed to see that a family's series stand together. After an error the parser is done.
public struct ExpositionParser {
    /// Which rules apply.
    public enum Mode: Sendable {
        /// Text format 0.0.4, as forgiving as Prometheus is.
        case prometheusText
        /// OpenMetrics 1.0 with all its rules: for judging what a program exposes.
        case openMetrics
        /// OpenMetrics' grammar and its end only, which is what Prometheus demands: for reading what others wrote.
        case openMetricsSyntax
    }

    /// What a text may need of memory.
    public struct Limits: Sendable {
        /// Bytes of one line.
        public var lineBytes = 1 << 20
        /// Families of one OpenMetrics text.
        public var families = 1 << 17
        /// Series groups of one OpenMetrics family that are remembered; beyond, it isn't checked that they stand
        /// together.
        public var rememberedGroups = 1 << 20

        /// The defaults.
        public init() {}
    }

    private let mode: Mode
    private let limits: Limits
    private var checker: OpenMetricsChecker
    /// The beginning of a line whose end has not come yet.
    private var partial: [UInt8] = []
    private var line = 1
    private var previous = ExpositionSample(name: "", labels: [], value: 0)
    private var failure: ExpositionError?

    /// Makes a parser for one text.
    public init(mode: Mode, limits: Limits = Limits()) {
        self.mode = mode
        self.limits = limits
        checker = OpenMetricsChecker(limits: limits, checksFamilies: mode == .openMetrics)
    }

    /// Reads the next piece, which may end anywhere, and tells of every finished line.
    ///
    /// - Throws: ``ExpositionError`` with line and column, or what `emit` throws.
    public mutating func consume(
        _ bytes: UnsafeRawBufferPointer, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        if let failure { throw failure }
        do {
            try consumeLines(bytes.bindMemory(to: UInt8.self), emit)
        } catch let error as ExpositionError {
            failure = error
            throw error
        }
    }

    /// Reads the next piece.
    public mutating func consume(_ bytes: [UInt8], _ emit: (ExpositionEvent) throws -> Void) throws {
        try bytes.withUnsafeBytes { try consume($0, emit) }
    }

    /// Ends the text: reads a last line without line feed and checks that nothing is missing.
    public mutating func finish(_ emit: (ExpositionEvent) throws -> Void) throws {
        if let failure { throw failure }
        do {
            if !partial.isEmpty {
                let last = partial
                partial = []
                try last.withUnsafeBufferPointer { try parse($0, emit) }
            }
            if mode != .prometheusText { try checker.finish(line: line) }
        } catch let error as ExpositionError {
            failure = error
            throw error
        }
    }

    /// Reads a whole text.
    public static func parse(_ bytes: [UInt8], mode: Mode) throws -> [ExpositionEvent] {
        var parser = ExpositionParser(mode: mode)
        var events: [ExpositionEvent] = []
        try parser.consume(bytes) { events.append($0) }
        try parser.finish { events.append($0) }
        return events
    }

    private mutating func consumeLines(
        _ bytes: UnsafeBufferPointer<UInt8>, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        guard let base = bytes.baseAddress else { return }
        var start = 0
        while start < bytes.count, let found = memchr(base + start, 10, bytes.count - start) {
            let end = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            let piece = UnsafeBufferPointer(rebasing: bytes[start..<end])
            start = end + 1
            if partial.isEmpty {
                try parse(piece, emit)
            } else {
                try keep(piece)
                let whole = partial
                partial.removeAll(keepingCapacity: true)
                try whole.withUnsafeBufferPointer { try parse($0, emit) }
            }
            line += 1
        }
        try keep(UnsafeBufferPointer(rebasing: bytes[start...]))
    }

    private mutating func keep(_ piece: UnsafeBufferPointer<UInt8>) throws(ExpositionError) {
        guard piece.count <= limits.lineBytes - partial.count else { throw tooLong }
        partial.append(contentsOf: piece)
    }

    private var tooLong: ExpositionError {
        ExpositionError(line: line, column: limits.lineBytes + 1, message: "the line is too long")
    }

    private mutating func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        guard bytes.count <= limits.lineBytes else { throw tooLong }
        let isStrict = mode != .prometheusText
        var scanner = LineScanner(bytes, line: line, isStrict: isStrict)
        if isStrict { try checker.willRead(scanner) }
        scanner.skipBlanks()
        if scanner.isAtEnd {
            guard !isStrict else { throw scanner.failure("blank lines are not allowed") }
            return
        }
        if scanner.byte == UInt8(ascii: "#") {
            guard let event = try scanner.metadata() else { return }
            if isStrict { try checker.check(event, scanner) }
            try emit(event)
        } else {
            let parsed = try scanner.sample(previous: previous)
            if isStrict { try checker.check(parsed, scanner) }
            previous = parsed.sample
            try emit(.sample(parsed.sample))
        }
    }
}
