// Hot path: runs once a line. Measured by `scripts/bench shipper`.

/// The fields of a line that an encoder wants, and the line's time, which is the first of some fields that holds one.
///
/// A class, like what holds it, so that using it for a line copies nothing.
final class TimedFields {
    let fields: LineFields
    private let timeCount: Int
    private var time = LineTime()

    /// - Parameters:
    ///   - timeFields: top-level keys that may hold the time, the best first.
    ///   - others: more keys; `self[i]` is what was found for the i-th.
    init(timeFields: [String], others: [String] = []) {
        fields = LineFields(timeFields + others)
        timeCount = timeFields.count
    }

    /// What was found for one of the other keys.
    @inline(__always)
    subscript(_ other: Int) -> FieldVerdict { fields[timeCount &+ other] }

    /// Nanoseconds since 1970 of the line scanned last.
    @inline(__always)
    func nanos(in line: UnsafeRawBufferPointer) -> Int64? {
        for key in 0..<timeCount {
            if let nanos = time.nanos(fields[key], in: line) { return nanos }
        }
        return nil
    }

    /// The first time field that is a string, if it is a time that ISO 8601's readers take as it stands.
    @inline(__always)
    func isoText(in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        for key in 0..<timeCount {
            guard let text = fields[key].plainText(in: line), time.nanos(text) != nil else { continue }
            return text[10] == 0x54 && text[text.count - 1] != 0x7a ? text : nil
        }
        return nil
    }
}
