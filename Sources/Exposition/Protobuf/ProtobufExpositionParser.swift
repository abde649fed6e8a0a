/// Reads delimited `io.prometheus.client.MetricFamily` messages piece by piece.
///
/// Families may be of any size: of a family that is cut off only the unfinished field is kept, at most
/// ``Limits/fieldBytes``. The name, the type and the unit of a family must come before its metrics, as every writer
/// has it. A classic histogram or summary becomes the samples that the text formats have, `le` and `quantile` in
/// OpenMetrics' canonical form; one with native buckets gives ``ExpositionEvent/histogram(_:)``, and its classic
/// buckets too if it has some. Unknown fields are skipped. After an error the parser is done.
public struct ProtobufExpositionParser {
    /// What a stream may need of memory.
    public struct Limits: Sendable {
        /// Bytes of a family.
        public var familyBytes = 1 << 32
        /// Bytes of one metric, or of a name or help.
        public var fieldBytes = 4 << 20

        /// The defaults.
        public init() {}
    }

    private let limits: Limits
    /// The beginning of a field or length whose end has not come yet, and how many bytes it lacks at least.
    private var partial: [UInt8] = []
    private var missing = 1
    /// The stream's offset of the first byte that was not read yet.
    private var offset = 0
    /// Bytes of the current family that are still to be read; nil between families.
    private var left: Int?
    private var family = ProtobufFamily()
    private var failure: ProtobufExpositionError?

    /// Makes a parser for one stream.
    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Reads the next piece, which may end anywhere, and tells of every finished metric.
    ///
    /// - Throws: ``ProtobufExpositionError``, or what `emit` throws
    public mutating func consume(
        _ bytes: UnsafeRawBufferPointer, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        if let failure { throw failure }
        do {
            try consumeFields(bytes, emit)
        } catch let error as ProtobufExpositionError {
            failure = error
            throw error
        }
    }

    /// Reads the next piece.
    public mutating func consume(_ bytes: [UInt8], _ emit: (ExpositionEvent) throws -> Void) throws {
        try bytes.withUnsafeBytes { try consume($0, emit) }
    }

    /// Ends the stream, which must not be within a family.
    public mutating func finish(_ emit: (ExpositionEvent) throws -> Void) throws {
        if let failure { throw failure }
        guard left == nil, partial.isEmpty else {
            let error = ProtobufExpositionError(
                offset: offset + partial.count, path: family.pathOfEnd(isInside: left != nil),
                message: "the stream is cut off")
            failure = error
            throw error
        }
    }

    /// Reads a whole stream.
    public static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws -> [ExpositionEvent] {
        var parser = ProtobufExpositionParser(limits: limits)
        var events: [ExpositionEvent] = []
        try parser.consume(bytes) { events.append($0) }
        try parser.finish { events.append($0) }
        return events
    }

    private mutating func consumeFields(
        _ bytes: UnsafeRawBufferPointer, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        var rest = bytes
        // First what lacks to the field that was cut off, then whatever stands whole in the piece.
        while !partial.isEmpty, !rest.isEmpty {
            let size = min(missing, rest.count)
            partial.append(contentsOf: rest[..<size])
            rest = UnsafeRawBufferPointer(rebasing: rest[size...])
            guard size == missing else {
                missing -= size
                return
            }
            let field = partial
            partial = []
            let used = try field.withUnsafeBytes { try parse($0, emit) }
            partial = Array(field[used...])
        }
        guard partial.isEmpty, !rest.isEmpty else { return }
        let used = try parse(rest, emit)
        partial.append(contentsOf: rest[used...])
    }

    /// Reads what is complete and sets ``missing`` for what is not.
    ///
    /// - Returns: the bytes that were read
    private mutating func parse(
        _ bytes: UnsafeRawBufferPointer, _ emit: (ExpositionEvent) throws -> Void
    ) throws -> Int {
        var reader = ProtobufReader(bytes, base: offset, range: 0..<bytes.count, path: "")
        var done = 0
        while done < bytes.count {
            let size = try left == nil ? beginFamily(&reader) : field(&reader, emit)
            guard size > 0 else { break }
            done += size
            offset += size
        }
        return done
    }

    /// Reads the length of a family; gives 0 when it isn't complete.
    private mutating func beginFamily(_ reader: inout ProtobufReader) throws(ProtobufExpositionError) -> Int {
        let start = reader.position
        missing = 1
        guard let length = try reader.varintIfComplete() else { return 0 }
        guard length <= UInt64(clamping: limits.familyBytes) else {
            throw reader.failure("a family of \(length) bytes, more than \(limits.familyBytes)", at: start)
        }
        guard length > 0 else { throw reader.failure("an empty family", at: start) }
        left = Int(length)
        family.begin()
        return reader.position - start
    }

    /// Reads a field of the family; gives 0 when it isn't complete.
    private mutating func field(
        _ whole: inout ProtobufReader, _ emit: (ExpositionEvent) throws -> Void
    ) throws -> Int {
        guard let left else { return 0 }
        let start = whole.position
        var reader = whole.message(start..<min(whole.end, start + left), "family")
        guard let size = try fieldSize(reader, left: left) else { return 0 }
        let (number, wire) = try reader.tag()
        try family.read(number, wire, &reader, emit)
        whole.move(to: start + size)
        self.left = left - size
        if left == size {
            self.left = nil
            try family.end(reader, emit)
        }
        return size
    }

    /// The bytes of the field that begins here with its tag; nil when it isn't complete.
    private mutating func fieldSize(_ start: ProtobufReader, left: Int) throws(ProtobufExpositionError) -> Int? {
        var reader = start
        missing = 1
        guard let tag = try reader.varintIfComplete() else {
            try check(start.remaining + 1, left, start)
            return nil
        }
        var payload: Int
        switch try reader.field(of: tag, at: start.position).wire {
        case .varint:
            guard try reader.varintIfComplete() != nil else {
                try check(start.remaining + 1, left, start)
                return nil
            }
            payload = 0
        case .fixed64: payload = 8
        case .fixed32: payload = 4
        case .lengthDelimited:
            let place = reader.position
            guard let length = try reader.varintIfComplete() else {
                try check(start.remaining + 1, left, start)
                return nil
            }
            guard length <= UInt64(clamping: limits.fieldBytes) else {
                throw reader.failure("a field of \(length) bytes, more than \(limits.fieldBytes)", at: place)
            }
            payload = Int(length)
        }
        let size = reader.position - start.position + payload
        try check(size, left, start)
        guard size <= start.remaining else {
            missing = size - start.remaining
            return nil
        }
        return size
    }

    /// A field must end within its family.
    private func check(_ size: Int, _ left: Int, _ reader: ProtobufReader) throws(ProtobufExpositionError) {
        guard size <= left else {
            throw reader.failure("a field of \(size) bytes exceeds the \(left) bytes that are left of the family")
        }
    }
}
