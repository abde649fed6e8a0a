import Exposition

/// A file of samples in any format that scrapes come in.
package struct ExpositionFile: ~Copyable {
    private let file: InputFile
    private let path: String
    let isProtobuf: Bool
    /// Whether there is nothing in it.
    let isEmpty: Bool

    init(_ path: String) throws(ReaderError) { try self.init(path, InputFile(path)) }

    init(_ path: String, _ file: consuming InputFile) throws(ReaderError) {
        let head = try file.head(max(128, ForeignContent.headBytes))
        if let foreign = ForeignContent(beginning: Array(head.prefix(ForeignContent.headBytes))) {
            throw ReaderError(path: path, message: " \(foreign.advice)")
        }
        let hasName = [".pb", ".protobuf", ".pb.gz", ".protobuf.gz"].contains { path.hasSuffix($0) }
        isProtobuf = hasName || ExpositionFile.beginsWithFamily(Array(head.prefix(128)))
        isEmpty = head.isEmpty && file.isSeekable
        self.path = path
        self.file = file
    }

    /// Adds the samples in the order of the file. Where a metric has a native histogram, its classic series are left
    /// out, as Prometheus does unless it is told otherwise.
    ///
    /// - Parameters:
    ///   - untimedMillis: the time of samples without one; nil makes them an error.
    ///   - notesUntimed: says of each series with such a sample that the scrape has it.
    borrowing func collect(
        into collector: inout SeriesCollector, untimedMillis: Int64?, notesUntimed: Bool = false
    ) throws {
        do {
            if isProtobuf {
                try collectProtobuf(into: &collector, untimedMillis, notesUntimed)
            } else {
                let format = ExpositionFile.format(beginning: [], ending: try file.tail(64))
                try collectText(into: &collector, untimedMillis, notesUntimed, isOpenMetrics: format == .openMetrics100)
            }
        } catch let error as ExpositionError {
            throw ReaderError(path: path, message: error.description)
        } catch let error as ProtobufExpositionError {
            throw ReaderError(path: path, message: " \(error)")
        } catch let error as GzipError {
            throw ReaderError(path: path, message: " \(error)")
        }
    }

    private borrowing func collectText(
        into collector: inout SeriesCollector, _ untimedMillis: Int64?, _ notesUntimed: Bool, isOpenMetrics: Bool
    ) throws {
        var parser = ExpositionParser(mode: isOpenMetrics ? .openMetricsSyntax : .prometheusText)
        // A closure that reads the parser's line while the parser works would be an overlapping access.
        var untimed: String?
        func add(_ view: borrowing ExpositionSampleView) throws {
            guard let time = view.timestampMillis ?? untimedMillis else {
                untimed = view.name.string
                throw UntimedSample()
            }
            let place = try collector.place(of: view)
            if notesUntimed, view.timestampMillis == nil { collector.note(place) }
            try collector.add(place, time, view.value)
        }
        do {
            try file.forEachPiece { piece in
                try parser.consume(
                    piece,
                    lines: { line in
                        try collector.take(
                            line, isOpenMetrics: isOpenMetrics, untimedMillis: untimedMillis,
                            notesUntimed: notesUntimed)
                    }, samples: add, others: { _ in })
            }
            try parser.finish(samples: add, others: { _ in })
        } catch is UntimedSample {
            throw ReaderError(
                path: path, message: "\(parser.line):1: the sample of \(untimed ?? "") has no timestamp")
        }
    }

    private struct UntimedSample: Error {}

    private borrowing func collectProtobuf(
        into collector: inout SeriesCollector, _ untimedMillis: Int64?, _ notesUntimed: Bool
    ) throws {
        var parser = ProtobufExpositionParser()
        var native: (name: String, labels: [(name: String, value: String)])?
        let path = self.path
        func place(_ name: String, _ labels: [(name: String, value: String)], _ millis: Int64?) throws -> (Int, Int64) {
            guard let time = millis ?? untimedMillis else {
                throw ReaderError(path: path, message: " the sample of \(name) has no timestamp")
            }
            let place = try collector.place(named: name, labels)
            if notesUntimed, millis == nil { collector.note(place) }
            return (place, time)
        }
        func emit(_ event: ExpositionEvent) throws {
            switch event {
            case .sample(let one):
                if let known = native {
                    if ExpositionFile.isClassic(one, of: known.name, known.labels) { return }
                    native = nil
                }
                let (place, time) = try place(one.name, one.labels, one.timestampMillis)
                try collector.add(place, time, one.value)
            case .histogram(let one):
                guard let histogram = FloatHistogram(one.histogram) else {
                    throw ReaderError(path: path, message: " the native histogram of \(one.name) contradicts itself")
                }
                native = (one.name, one.labels)
                let (place, time) = try place(one.name, one.labels, one.timestampMillis)
                try collector.add(place, time, histogram)
            default: break
            }
        }
        try file.forEachPiece { try parser.consume($0, emit) }
        try parser.finish(emit)
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
