/// Reads an exposition in whichever format its content type names.
public struct ExpositionReader {
    private enum Parser {
        case text(ExpositionParser)
        case protobuf(ProtobufExpositionParser)
    }

    private var parser: Parser

    /// Makes a reader for one body.
    ///
    /// - Parameters:
    ///   - format: see ``ExpositionFormat/init(contentType:)``
    ///   - isStrict: judges OpenMetrics 1.0 by all its rules and not by its grammar only
    public init(format: ExpositionFormat, isStrict: Bool = false) {
        switch format {
        case .prometheusText004, .prometheusText100: parser = .text(ExpositionParser(mode: .prometheusText))
        case .openMetrics001, .openMetrics100:
            parser = .text(ExpositionParser(mode: isStrict ? .openMetrics : .openMetricsSyntax))
        case .openMetrics200: parser = .text(ExpositionParser(mode: .openMetrics2))
        case .protobufDelimited: parser = .protobuf(ProtobufExpositionParser())
        }
    }

    /// Reads the next piece, which may end anywhere.
    ///
    /// - Throws: ``ExpositionError`` or ``ProtobufExpositionError``, or what `emit` throws
    public mutating func consume(
        _ bytes: UnsafeRawBufferPointer, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        try withParser({ try $0.consume(bytes, emit) }, { try $0.consume(bytes, emit) })
    }

    /// Reads the next piece.
    public mutating func consume(_ bytes: [UInt8], _ emit: (ExpositionEvent) throws -> Void) throws {
        try bytes.withUnsafeBytes { try consume($0, emit) }
    }

    /// Ends the body and checks that nothing is missing.
    public mutating func finish(_ emit: (ExpositionEvent) throws -> Void) throws {
        try withParser({ try $0.finish(emit) }, { try $0.finish(emit) })
    }

    /// Takes the parser out while it works, so that what it keeps is not copied.
    private mutating func withParser(
        _ text: (inout ExpositionParser) throws -> Void, _ protobuf: (inout ProtobufExpositionParser) throws -> Void
    ) throws {
        switch parser {
        case .text(var inner):
            parser = .protobuf(ProtobufExpositionParser())
            defer { parser = .text(inner) }
            try text(&inner)
        case .protobuf(var inner):
            parser = .text(ExpositionParser(mode: .prometheusText))
            defer { parser = .protobuf(inner) }
            try protobuf(&inner)
        }
    }
}
