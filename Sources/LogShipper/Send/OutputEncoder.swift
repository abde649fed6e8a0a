/// The wire form of some lines of one tenant. Deterministic: a retry sends the same bytes.
protocol OutputEncoder: AnyObject {
    var contentType: String { get }
    /// The uncompressed body; valid until the next call. Invalid UTF-8 that had to be replaced is counted.
    func encode(_ unit: Unit) -> UnsafeRawBufferPointer
    var repairedBytes: Int { get }
}

/// The original lines, one after another.
final class NDJSONEncoder: OutputEncoder {
    let contentType = "application/x-ndjson"
    let repairedBytes = 0

    func encode(_ unit: Unit) -> UnsafeRawBufferPointer { unit.batch.bytes(of: unit.lines) }
}
