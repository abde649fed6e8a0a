/// The start timestamps behind the samples of a chunk.
struct ChunkStarts {
    private let knowsFirst: Bool
    /// The first place, beyond 0, from which on each sample has one; 0 says that none has.
    private let changesFrom: Int
    private var difference: Int64 = 0
    /// The start of the sample read last, or 0.
    private(set) var start: Int64 = 0

    init(header: UInt8) {
        knowsFirst = header & 0x80 != 0
        changesFrom = Int(header & 0x7f)
    }

    /// Reads what stands behind a sample; the differences refer to the time of the sample before.
    mutating func readNext(_ reader: inout BitReader, _ place: Int, time: Int64, before: Int64) {
        if place == 0 {
            if knowsFirst { start = time &- reader.varint() }
        } else if changesFrom > 0, place >= changesFrom {
            let read = reader.varbitInt()
            difference = place == changesFrom ? read : difference &+ read
            start = before &- difference
        }
    }
}
