/// Writes the encodings of chunks bit by bit, as tsdb/docs/format/chunks.md states them: the counterpart of the reader.
struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var used = 8

    /// Bits of the last byte that are free.
    var unused: Int { 8 - used }

    mutating func bit(_ one: Bool) {
        if used == 8 {
            bytes.append(0)
            used = 0
        }
        if one { bytes[bytes.count - 1] |= 0x80 >> UInt8(used) }
        used += 1
    }

    mutating func bits(_ value: UInt64, _ count: Int) {
        for place in stride(from: count - 1, through: 0, by: -1) { bit(value >> UInt64(place) & 1 == 1) }
    }

    mutating func uvarint(_ value: UInt64) { for byte in BlockBytes.uvarint(value) { bits(UInt64(byte), 8) } }
    mutating func varint(_ value: Int64) { for byte in BlockBytes.varint(value) { bits(UInt64(byte), 8) } }

    private mutating func prefix(_ ones: Int, atMost most: Int) {
        for _ in 0..<ones { bit(true) }
        if ones < most { bit(false) }
    }

    private static let sizes = [3, 6, 9, 12, 18, 25, 56]

    mutating func varbit(_ value: Int64) {
        if value == 0 { return bit(false) }
        let place = Self.sizes.firstIndex { size in
            value >= -((1 << Int64(size - 1)) - 1) && value <= 1 << Int64(size - 1)
        }
        prefix((place ?? 7) + 1, atMost: 8)
        bits(UInt64(bitPattern: value), place.map { Self.sizes[$0] } ?? 64)
    }

    mutating func varbit(unsigned value: UInt64) {
        if value == 0 { return bit(false) }
        let place = Self.sizes.firstIndex { value < 1 << UInt64($0) }
        prefix((place ?? 7) + 1, atMost: 8)
        bits(value, place.map { Self.sizes[$0] } ?? 64)
    }

    /// `varbit_ts`.
    mutating func timeChange(_ value: Int64) {
        if value == 0 { return bit(false) }
        let sizes = [14, 17, 20]
        let place = sizes.firstIndex { value >= -((1 << Int64($0 - 1)) - 1) && value <= 1 << Int64($0 - 1) }
        prefix((place ?? 3) + 1, atMost: 4)
        bits(UInt64(bitPattern: value), place.map { sizes[$0] } ?? 64)
    }

    /// A window of bits that changed, kept from number to number.
    struct Window {
        var last: UInt64
        var window: (leading: Int, trailing: Int)?

        init(_ value: Double) { last = value.bitPattern }
    }

    /// `varbit_xor`.
    mutating func xor(_ value: Double, _ window: inout Window) {
        let change = value.bitPattern ^ window.last
        window.last = value.bitPattern
        if change == 0 { return bit(false) }
        bit(true)
        let (leading, trailing) = (min(31, change.leadingZeroBitCount), change.trailingZeroBitCount)
        if let known = window.window, leading >= known.leading, trailing >= known.trailing {
            bit(false)
            return bits(change >> UInt64(known.trailing), 64 - known.leading - known.trailing)
        }
        window.window = (leading, trailing)
        bit(true)
        bits(UInt64(leading), 5)
        let size = 64 - leading - trailing
        bits(UInt64(size & 63), 6)
        bits(change >> UInt64(trailing), size)
    }
}
