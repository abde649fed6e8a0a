// Hot path: goes over every byte. Measured by Benchmarks/ShipperBench.

/// The original lines, one after another. Bytes that are no UTF-8 become U+FFFD; lines that are all right, and batches
/// where all are, are not even copied.
final class NDJSONEncoder: OutputEncoder {
    let contentType = "application/x-ndjson"
    let classes = ResponseClasses.generic
    private(set) var repairedBytes = 0
    private let wrapsOthers: Bool
    private let fields = LineFields([])
    private let body = GrowableBytes()

    /// - Parameter wrapsOthers: lines that are no JSON objects become `{"message": line}`, so that every line of a body is
    ///   a JSON object; otherwise they go out as they are.
    init(wrapsOthers: Bool = false) {
        self.wrapsOthers = wrapsOthers
    }

    func encode(_ unit: Unit) -> UnsafeRawBufferPointer {
        guard wrapsOthers else { return encodeAsTheyAre(unit) }
        body.count = 0
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
        }
        return body.bytes
    }

    private func encodeAsTheyAre(_ unit: Unit) -> UnsafeRawBufferPointer {
        if let range = unit.lines.single {
            let lines = unit.batch.bytes(of: range)
            if UTF8Text.isValid(lines) { return lines }
        }
        body.count = 0
        for range in unit.lines.ranges {
            repairedBytes += UTF8Text.appendRepaired(unit.batch.bytes(of: range), to: body)
        }
        return body.bytes
    }
}
