#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads a text format piece by piece and tells what stands there.
///
/// Samples come as ``ExpositionSample`` or, three times as fast, as ``ExpositionSampleView`` on the bytes of the text.
/// Memory is bounded: one unfinished line of at most ``Limits/lineBytes``, the names of the families, and in
/// OpenMetrics what is needed to see that a family's series stand together. After an error the parser is done.
public struct ExpositionParser {
    /// Which rules apply. Quoted UTF-8 names, which Prometheus added to the older formats, are read in all modes.
    public enum Mode: Sendable {
        /// Text format 0.0.4, as forgiving as Prometheus is.
        case prometheusText
        /// OpenMetrics 1.0 with all its rules: for judging what a program exposes.
        case openMetrics
        /// OpenMetrics' grammar and its end only, which is what Prometheus demands: for reading what others wrote.
        case openMetricsSyntax
        /// OpenMetrics 2.0-rc0 with its rules. A histogram or summary, which is one line there, becomes the samples
        /// that OpenMetrics 1.0 has and, with native buckets, ``ExpositionEvent/histogram(_:)``.
        case openMetrics2
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
    private var checker2: OpenMetrics2Checker
    private var expansion = SampleExpansion()
    /// The beginning of a line whose end has not come yet.
    private var partial: [UInt8] = []
    /// The line that is read, from 1.
    public private(set) var line = 1
    private var strings = SampleStrings()
    /// The name in the last line of metadata.
    private var family = ""
    private var failure: ExpositionError?

    /// Makes a parser for one text.
    public init(mode: Mode, limits: Limits = Limits()) {
        self.mode = mode
        self.limits = limits
        checker = OpenMetricsChecker(limits: limits, checksFamilies: mode == .openMetrics)
        checker2 = OpenMetrics2Checker(limits: limits)
    }

    /// Reads the next piece, which may end anywhere, and tells of every finished line.
    ///
    /// - Throws: ``ExpositionError`` with line and column, or what `emit` throws.
    public mutating func consume(
        _ bytes: UnsafeRawBufferPointer, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        var strings = self.strings
        self.strings = SampleStrings()
        defer { self.strings = strings }
        try consume(bytes, samples: { view in try emit(.sample(strings.sample(of: view))) }, others: emit)
    }

    /// Reads the next piece.
    public mutating func consume(_ bytes: [UInt8], _ emit: (ExpositionEvent) throws -> Void) throws {
        try bytes.withUnsafeBytes { try consume($0, emit) }
    }

    /// Reads the next piece and gives samples as views on it, which costs no allocation.
    ///
    /// - Parameters:
    ///   - samples: gets every line of samples
    ///   - others: gets everything else, in OpenMetrics 2.0 also the samples that a line of several fields stands for
    /// - Throws: ``ExpositionError`` with line and column, or what the closures throw.
    public mutating func consume(
        _ bytes: UnsafeRawBufferPointer, samples: (borrowing ExpositionSampleView) throws -> Void,
        others: (ExpositionEvent) throws -> Void
    ) throws {
        if let failure { throw failure }
        do {
            try consumeLines(bytes.bindMemory(to: UInt8.self), { _ in false }, samples, others)
        } catch let error as ExpositionError {
            failure = error
            throw error
        }
    }

    /// Reads the next piece and lets the caller take whole lines first, whose samples it knows how to read: those of a
    /// series it has seen (``ExpositionSampleView/seriesText``).
    ///
    /// For the modes that check nothing beyond a line; in the others no line is offered.
    ///
    /// - Parameters:
    ///   - lines: gets every line without its line feed and answers whether it took it
    ///   - samples: gets every other line of samples
    ///   - others: gets everything else
    /// - Throws: ``ExpositionError`` with line and column, or what the closures throw.
    public mutating func consume(
        _ bytes: UnsafeRawBufferPointer, lines: (UnsafeBufferPointer<UInt8>) throws -> Bool,
        samples: (borrowing ExpositionSampleView) throws -> Void, others: (ExpositionEvent) throws -> Void
    ) throws {
        if let failure { throw failure }
        guard mode == .prometheusText || mode == .openMetricsSyntax else {
            return try consume(bytes, samples: samples, others: others)
        }
        do {
            try consumeLines(bytes.bindMemory(to: UInt8.self), lines, samples, others)
        } catch let error as ExpositionError {
            failure = error
            throw error
        }
    }

    /// Whether `# EOF` was read, though no line feed follows it.
    package var hasEnd: Bool { checker.seenEnd || partial.elementsEqual("# EOF".utf8) }

    /// Whether the last line has no line feed yet.
    package var isInsideLine: Bool { !partial.isEmpty }

    /// Ends the text: reads a last line without line feed and checks that nothing is missing.
    public mutating func finish(_ emit: (ExpositionEvent) throws -> Void) throws {
        var strings = self.strings
        try finish(samples: { view in try emit(.sample(strings.sample(of: view))) }, others: emit)
    }

    /// Ends the text: reads a last line without line feed and checks that nothing is missing.
    public mutating func finish(
        samples: (borrowing ExpositionSampleView) throws -> Void, others: (ExpositionEvent) throws -> Void
    ) throws {
        if let failure { throw failure }
        do {
            if !partial.isEmpty {
                var view = ExpositionSampleView()
                try parsePartial(&view, samples, others)
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

    @inline(__always)
    private mutating func consumeLines(
        _ bytes: UnsafeBufferPointer<UInt8>, _ lines: (UnsafeBufferPointer<UInt8>) throws -> Bool,
        _ samples: (borrowing ExpositionSampleView) throws -> Void, _ others: (ExpositionEvent) throws -> Void
    ) throws {
        guard let base = bytes.baseAddress else { return }
        var view = ExpositionSampleView()
        var start = 0
        while start < bytes.count, let found = memchr(base + start, 10, bytes.count - start) {
            let end = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            let piece = UnsafeBufferPointer(start: base + start, count: end - start)
            start = end + 1
            if partial.isEmpty {
                // The line feed behind the line is the one that was found.
                if try checker.seenEnd || !lines(piece) { try parse(piece, &view, samples, others) }
            } else {
                try keep(piece)
                try parsePartial(&view, samples, others)
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

    /// Reads the line that came in several pieces.
    private mutating func parsePartial(
        _ view: inout ExpositionSampleView, _ samples: (borrowing ExpositionSampleView) throws -> Void,
        _ others: (ExpositionEvent) throws -> Void
    ) throws {
        var whole: [UInt8] = []
        swap(&whole, &partial)
        whole.append(UInt8(ascii: "\n"))
        try whole.withUnsafeBufferPointer { whole in
            try parse(UnsafeBufferPointer(rebasing: whole.dropLast()), &view, samples, others)
        }
        whole.removeAll(keepingCapacity: true)
        swap(&whole, &partial)
    }

    /// Reads a line, behind which a line feed stands in memory.
    private mutating func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, _ view: inout ExpositionSampleView,
        _ samples: (borrowing ExpositionSampleView) throws -> Void, _ others: (ExpositionEvent) throws -> Void
    ) throws {
        guard bytes.count <= limits.lineBytes, let base = bytes.baseAddress else { throw tooLong }
        var scanner = LineScanner(base, count: bytes.count, line: line, syntax: syntax)
        let isStrict = scanner.isStrict
        if isStrict { try checker.willRead(scanner) }
        scanner.skipBlanks()
        if scanner.isAtEnd {
            guard !isStrict else { throw scanner.failure("blank lines are not allowed") }
            return
        }
        if scanner.byte == UInt8(ascii: "#") {
            guard let event = try scanner.metadata(family: &family) else { return }
            if isStrict { try checker.check(event, scanner) }
            if mode == .openMetrics2 { try checker2.check(event, scanner) }
            try others(event)
        } else {
            try scanner.sample(into: &view)
            if mode == .openMetrics || mode == .openMetrics2 {
                guard try check(view, scanner, others) else { return }
            }
            try samples(view)
        }
    }

    private var syntax: LineScanner.Syntax {
        switch mode {
        case .prometheusText: .classic
        case .openMetrics, .openMetricsSyntax: .openMetrics
        case .openMetrics2: .openMetrics2
        }
    }

    /// Judges a line of samples by the rules of its family.
    ///
    /// - Returns: false when the line stood for several samples, which were emitted
    private mutating func check(
        _ view: borrowing ExpositionSampleView, _ scanner: LineScanner, _ emit: (ExpositionEvent) throws -> Void
    ) throws -> Bool {
        let sample = strings.sample(of: view)
        guard mode == .openMetrics2 else {
            try checker.check(ParsedSample(sample: sample, timestampSeconds: view.timestampSeconds), scanner)
            return true
        }
        try checker2.check(sample, view.composite, view, scanner)
        guard var composite = view.composite else { return true }
        if checker2.kind == .gaugehistogram { composite.histogram.isGauge = true }
        try expansion.expand(composite, sample, exemplars: view.exemplars, emit)
        return false
    }
}
