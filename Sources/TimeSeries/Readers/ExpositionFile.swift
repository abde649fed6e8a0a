import Exposition

/// A file of samples in any format that scrapes come in.
package struct ExpositionFile: ~Copyable {
    private let file: InputFile
    private let path: String
    private let options: ReaderOptions
    /// What the text begins with, for ``PlainLines``.
    private let beginning: InputFile.Beginning
    let isProtobuf: Bool
    /// Whether there is nothing in it.
    let isEmpty: Bool

    /// Bytes of a text by which its format is told.
    private static let evidenceBytes = 1 << 17

    init(_ path: String, _ options: ReaderOptions = ReaderOptions()) throws(ReaderError) {
        try self.init(
            path == InputFile.standardInput ? InputFile.standardInputName : path,
            InputFile(path, isCancelled: options.isCancelled), options)
    }

    init(_ path: String, _ file: consuming InputFile, _ options: ReaderOptions) throws(ReaderError) {
        let beginning = try file.head(ExpositionFile.evidenceBytes)
        if let foreign = ForeignContent(beginning: Array(beginning.bytes.prefix(ForeignContent.headBytes))) {
            throw ReaderError(path: path, message: " \(foreign.advice)")
        }
        let hasName = [".pb", ".protobuf", ".pb.gz", ".protobuf.gz"].contains { path.hasSuffix($0) }
        isProtobuf =
            switch options.format {
            case .auto: hasName || ExpositionFile.beginsWithFamily(Array(beginning.bytes.prefix(128)))
            case .protobuf: true
            case .openmetrics, .prometheus: false
            }
        isEmpty = beginning.bytes.isEmpty && beginning.isWhole
        self.path = path
        self.file = file
        self.options = options
        self.beginning = beginning
    }

    /// Adds the samples in the order of the file. Where a metric has a native histogram, its classic series are left
    /// out, as Prometheus does unless it is told otherwise.
    ///
    /// - Parameters:
    ///   - untimedMillis: the time of samples without one; nil makes them an error.
    ///   - notesUntimed: says of each series with such a sample that the scrape has it.
    ///   - warn: hears of a text that is cut, or whose times may be understood wrongly.
    borrowing func collect(
        into collector: inout SeriesCollector, untimedMillis: Int64?, notesUntimed: Bool = false,
        warn: (String) -> Void
    ) throws {
        do {
            if isProtobuf { return try collectProtobuf(into: &collector, untimedMillis, notesUntimed) }
            try collectText(into: &collector, untimedMillis, notesUntimed, try textFormat(), warn)
        } catch let error as ExpositionError {
            throw ReaderError(path: path, message: error.description)
        } catch let error as ProtobufExpositionError {
            throw ReaderError(path: path, message: " \(error)")
        } catch let error as GzipError {
            throw ReaderError(path: path, message: " \(error)")
        }
    }

    /// Decides between the text formats.
    private borrowing func textFormat() throws(ReaderError) -> TextFormat {
        switch options.format {
        case .openmetrics: return .openMetrics(guess: nil)
        case .prometheus: return .prometheus
        case .auto, .protobuf: break
        }
        let seen = evidence()
        var format = TextFormat(seen, endsWithMark: false)
        // All of a packed text is unpacked to see its end, so that is left to the reading where the beginning suffices.
        if !file.isPacked || !format.isDecided {
            format = TextFormat(seen, endsWithMark: ExpositionFile.endsAsOpenMetrics(try file.tail(64) ?? []))
        }
        if case .untimed = format, seen.isComplete { return .timeless }
        if case .contradiction(let reason) = format { throw ReaderError(path: path, message: reason) }
        return format
    }

    private borrowing func collectText(
        into collector: inout SeriesCollector, _ untimedMillis: Int64?, _ notesUntimed: Bool, _ format: TextFormat,
        _ warn: (String) -> Void
    ) throws {
        let isOpenMetrics = if case .openMetrics = format { true } else { false }
        var parser = ExpositionParser(mode: isOpenMetrics ? .openMetricsSyntax : .prometheusText)
        var times = FirstTimes(format)
        var last: [UInt8] = []
        // A closure that reads the parser's line while the parser works would be an overlapping access.
        var untimed: String?
        func add(_ view: borrowing ExpositionSampleView) throws {
            try times.note(view.timestampMillis)
            guard let time = view.timestampMillis ?? untimedMillis else {
                untimed = view.name.string
                throw UntimedSample()
            }
            let place = try collector.place(of: view)
            if notesUntimed, view.timestampMillis == nil { collector.note(place) }
            try collector.add(place, time, view.value)
        }
        func other(_ event: ExpositionEvent) throws { try collector.learn(event) }
        var lines = PlainLines(beginning: beginning.bytes[...])
        do {
            try file.forEachPiece { piece in
                if options.isCancelled?() == true { throw ReaderError(path: path, message: " reading was cancelled") }
                try lines.pass(piece) { piece in
                    last = ExpositionFile.last(of: piece, after: last)
                    try parser.consume(
                        piece,
                        lines: { line in
                            try collector.take(
                                line, isOpenMetrics: isOpenMetrics, untimedMillis: untimedMillis,
                                notesUntimed: notesUntimed, refusesTimes: times.isOpen)
                        }, samples: add, others: other)
                }
            }
            if isOpenMetrics, !parser.hasEnd {
                warn(path + cut(parser, format))
            } else if !isOpenMetrics, parser.isInsideLine, !ExpositionFile.endsInComment(last) {
                warn("\(path):\(parser.line):1: the last line has no line feed at its end: it is cut off and left out")
            } else {
                try parser.finish(samples: add, others: other)
            }
        } catch is UntimedSample {
            throw ReaderError(
                path: path, message: "\(parser.line):1: the sample of \(untimed ?? "") has no timestamp")
        } catch is SeriesCollector.NamedTwice {
            throw ReaderError(path: path, message: "\(parser.line):1: the label __name__ would be a second name")
        } catch let sight as FirstTimes.Undecided {
            throw ReaderError(path: path, message: "\(parser.line):1: \(sight.reason)")
        } catch let error as ExpositionError {
            throw ReaderError(path: path, message: error.description + (format.remark(options.format) ?? ""))
        }
        try judge(times, isOpenMetrics, endsWithMark: ExpositionFile.endsAsOpenMetrics(last), parser.line, warn)
    }

    /// Says what of the text contradicts the format in which it was read.
    private borrowing func judge(
        _ times: FirstTimes, _ isOpenMetrics: Bool, endsWithMark: Bool, _ line: Int, _ warn: (String) -> Void
    ) throws(ReaderError) {
        guard options.format == .auto else {
            let doubt = evidence().doubt(of: options.format, endsWithMark: endsWithMark)
            if let doubt { warn("\(path):\(doubt)") }
            return
        }
        if !isOpenMetrics, times.hasTimes, endsWithMark {
            throw ReaderError(
                path: path,
                message: "\(line):1: the text ends with # EOF as OpenMetrics, whose timestamps are seconds, but "
                    + "the first ones look like milliseconds; \(TextFormat.advice)")
        }
        if let doubt = times.doubt { warn("\(path):\(doubt)") }
    }

    /// What the beginning tells of the format.
    private borrowing func evidence() -> FormatEvidence {
        let start = beginning.bytes.starts(with: PlainLines.mark) ? PlainLines.mark.count : 0
        return beginning.bytes[start...].withUnsafeBufferPointer {
            FormatEvidence($0, isWhole: beginning.isWhole)
        }
    }

    /// Whether the last line is a comment, as far as the last bytes tell.
    private static func endsInComment(_ tail: [UInt8]) -> Bool {
        guard let feed = tail.lastIndex(of: 0x0a) else { return tail.count < 64 && tail.first == UInt8(ascii: "#") }
        return tail[(feed + 1)...].first == UInt8(ascii: "#")
    }

    /// The last bytes of the text so far, enough to see `# EOF`.
    private static func last(of piece: UnsafeRawBufferPointer, after before: [UInt8]) -> [UInt8] {
        piece.count >= 64 ? Array(piece.suffix(64)) : Array((before + piece).suffix(64))
    }

    /// Says that an OpenMetrics text ends before its end.
    private borrowing func cut(_ parser: borrowing ExpositionParser, _ format: TextFormat) -> String {
        var message = ": there is no # EOF, with which OpenMetrics ends: the file is cut off"
        if parser.isInsideLine { message += " in line \(parser.line), which is left out" }
        guard case .openMetrics(let guess?) = format else { return message }
        return message + ", or it is Prometheus text; it was read as OpenMetrics, with timestamps in seconds, for "
            + "\(guess.what) in line \(guess.line); \(TextFormat.advice)"
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
                try collector.addStart(place, time, one.createdMillis)
            case .histogram(let one):
                guard let histogram = FloatHistogram(one.histogram) else {
                    throw ReaderError(path: path, message: " the native histogram of \(one.name) contradicts itself")
                }
                native = (one.name, one.labels)
                let (place, time) = try place(one.name, one.labels, one.timestampMillis)
                try collector.add(place, time, histogram)
                try collector.addStart(place, time, one.createdMillis)
            default: try collector.learn(event)
            }
        }
        try file.forEachPiece { piece in
            if options.isCancelled?() == true { throw ReaderError(path: path, message: " reading was cancelled") }
            try parser.consume(piece, emit)
        }
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
        guard bytes.suffix(5).elementsEqual("# EOF".utf8) else { return false }
        bytes.removeLast(5)
        return bytes.isEmpty || bytes.last == 0x0a || bytes.elementsEqual(PlainLines.mark)
    }
}
