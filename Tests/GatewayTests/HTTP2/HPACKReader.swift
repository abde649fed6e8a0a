@testable import Gateway

/// A decoder with its block, for tests.
final class HPACKReader {
    private var decoder = HPACKDecoder()
    private var headers: HeaderBlock

    init(limits: HTTP2Limits = HTTP2Limits()) { headers = HeaderBlock(limits: limits) }

    var fields: [WireField] { WireField.all(headers) }
    var isTooLarge: Bool { headers.isTooLarge }
    var tableBytes: Int { decoder.tableBytes }
    var isSensitive: Bool { headers.fields.first?.isSensitive ?? false }

    func acknowledge(tableBytes: Int) { decoder.acknowledge(tableBytes: tableBytes) }

    /// Decodes one block; gives what is wrong with it.
    func decode(_ block: [UInt8]) -> HPACKFault? {
        headers.clear()
        return block.withUnsafeBytes { raw in
            do throws(HPACKFault) {
                try decoder.decode(raw, into: &headers)
                return nil
            } catch {
                return error
            }
        }
    }
}
