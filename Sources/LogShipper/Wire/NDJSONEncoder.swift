// Hot path: goes over every byte. Measured by `scripts/bench shipper`.

/// The original lines, one after another. Bytes that are no UTF-8 become U+FFFD; lines that are all right, and batches
/// where all are, are not even copied.
final class NDJSONEncoder: OutputEncoder {
    let contentType = "application/x-ndjson"
    let classes = ResponseClasses.generic
    private(set) var repairedBytes = 0
    private let wrapsOthers: Bool
    private let fields = LineFields([])

    /// - Parameter wrapsOthers: lines that are no JSON objects become `{"message": line}`, so that every line of a body is
    ///   a JSON object; otherwise they go out as they are.
    init(wrapsOthers: Bool = false) {
        self.wrapsOthers = wrapsOthers
    }

    func encode(_ unit: Unit, into sink: BodySink) {
        guard wrapsOthers else { return encodeAsTheyAre(unit, into: sink) }
        let body = sink.body
        unit.forEachLine { _, line in
            switch fields.validate(line) {
            case .object: body.append(line)
            case .brokenText: repairedBytes += UTF8Text.appendRepaired(line, to: body)
            case .other:
                body.append("{\"message\":\"")
                repairedBytes += JSONEscape.appendContent(line, to: body)
                body.append("\"}")
            }
            body.append(0x0a)
            sink.drainIfFull()
        }
    }

    /// A part ends with a line, so no character is cut.
    private func encodeAsTheyAre(_ unit: Unit, into sink: BodySink) {
        let isASCII = unit.batch.isASCII
        for range in unit.lines.ranges {
            unit.batch.forEachPart(of: range) { part in
                if isASCII || UTF8Text.isValid(part) { return sink.pass(part) }
                repairedBytes += UTF8Text.appendRepaired(part, to: sink.body)
                sink.drainIfFull()
            }
        }
    }
}
