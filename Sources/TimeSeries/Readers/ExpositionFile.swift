import Exposition

/// A file of samples in any format that scrapes come in.
package struct ExpositionFile: ~Copyable {
    private let file: InputFile
    private let path: String
    let isProtobuf: Bool

    init(_ path: String) throws(ReaderError) {
        let file = try InputFile(path)
        if let foreign = ForeignContent(beginning: file.head(ForeignContent.headBytes)) {
            throw ReaderError(path: path, message: " \(foreign.advice)")
        }
        let hasName = path.hasSuffix(".pb") || path.hasSuffix(".protobuf")
        isProtobuf = hasName || ExpositionFile.beginsWithFamily(file.head(128))
        self.path = path
        self.file = file
    }

    /// One sample, with the family's name for histograms and the sample's for numbers.
    struct Sample {
        var name: String
        var labels: [(name: String, value: String)]
        var timestampMillis: Int64?
        var value: Value

        enum Value {
            case number(Double)
            case histogram(FloatHistogram)
        }
    }

    /// Streams the samples in the order of the file. Where a metric has a native histogram, its classic series are
    /// left out, as Prometheus does unless it is told otherwise.
    borrowing func forEachSample(_ body: (Sample) throws -> Void) throws {
        var reader = ExpositionReader(
            format: isProtobuf
                ? .protobufDelimited : ExpositionFile.format(beginning: file.head(128), ending: file.tail(64)))
        var native: (name: String, labels: [(name: String, value: String)])?
        let path = self.path
        func emit(_ event: ExpositionEvent) throws {
            switch event {
            case .sample(let one):
                if let known = native {
                    if ExpositionFile.isClassic(one, of: known.name, known.labels) { return }
                    native = nil
                }
                try body(
                    Sample(
                        name: one.name, labels: one.labels, timestampMillis: one.timestampMillis,
                        value: .number(one.value)))
            case .histogram(let one):
                guard let histogram = FloatHistogram(one.histogram) else {
                    throw ReaderError(path: path, message: " the native histogram of \(one.name) contradicts itself")
                }
                native = (one.name, one.labels)
                try body(
                    Sample(
                        name: one.name, labels: one.labels, timestampMillis: one.timestampMillis,
                        value: .histogram(histogram)))
            default: break
            }
        }
        do {
            try file.forEachPiece { try reader.consume($0, emit) }
            try reader.finish(emit)
        } catch let error as ExpositionError {
            throw ReaderError(path: path, message: error.description)
        } catch let error as ProtobufExpositionError {
            throw ReaderError(path: path, message: " \(error)")
        }
    }

    /// Whether a sample is a classic series of the native histogram right before it.
    private static func isClassic(
        _ sample: ExpositionSample, of name: String, _ labels: [(name: String, value: String)]
    ) -> Bool {
        guard sample.name.utf8.starts(with: name.utf8),
            let suffix = String(sample.name.utf8.dropFirst(name.utf8.count)),
            ["_bucket", "_count", "_sum", "_gcount", "_gsum"].contains(suffix)
        else { return false }
        return sample.labels.filter { $0.name != "le" }.hasSameBytes(as: labels)
    }

    /// The format of a source that begins and ends with these bytes, of which 128 and 64 are enough.
    package static func format(beginning: [UInt8], ending: [UInt8]) -> ExpositionFormat {
        if beginsWithFamily(beginning) { return .protobufDelimited }
        return endsAsOpenMetrics(ending) ? .openMetrics100 : .prometheusText004
    }

    /// Whether bytes are the beginning of a length-delimited family: a length, then a name that fits into it, then
    /// nothing or a further field that fits too.
    ///
    /// A text could only begin so with a line of one byte: `#` is the length 35, whose name would have to be of at
    /// least 32 bytes (a blank), and then no further field fits; a blank or tab leaves room for names of control
    /// characters' lengths only.
    static func beginsWithFamily(_ bytes: [UInt8]) -> Bool {
        var place = 0
        func varint() -> Int? {
            var value = 0
            for shift in stride(from: 0, through: 28, by: 7) {
                guard place < bytes.count else { return nil }
                value |= Int(bytes[place] & 0x7f) << shift
                place += 1
                if bytes[place - 1] < 0x80 { return value }
            }
            return nil
        }
        guard let length = varint(), place < bytes.count, bytes[place] == 0x0a else { return false }
        let start = place
        place += 1
        guard let nameLength = varint(), nameLength > 0, nameLength + 2 <= length else { return false }
        guard bytes[place...].prefix(nameLength).allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return false }
        let left = length - (place - start) - nameLength
        place += nameLength
        guard left > 0, place < bytes.count else { return left == 0 || left > 0 && bytes.count >= 128 }
        let tag = bytes[place]
        place += 1
        let field = place
        guard let content = varint() else { return left > 1 && bytes.count >= 128 }
        switch tag {
        case 0x12, 0x22, 0x2a: return 1 + place - field + content <= left
        case 0x18: return 1 + place - field <= left && content <= 5
        default: return false
        }
    }

    private static func endsAsOpenMetrics(_ tail: [UInt8]) -> Bool {
        var bytes = tail[...]
        while let last = bytes.last, last == 0x0a || last == 0x0d { bytes.removeLast() }
        return bytes.suffix(5).elementsEqual("# EOF".utf8)
    }
}
