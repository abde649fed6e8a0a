import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("Times and numbers of lines")
struct LineTimeTests {
    private func nanos(_ time: inout LineTime, _ text: String) -> Int64? {
        Array(text.utf8).withUnsafeBytes { time.nanos($0) }
    }

    private func written(_ body: (GrowableBytes) -> Void) -> String {
        let output = GrowableBytes()
        body(output)
        return String(decoding: output.bytes, as: UTF8.self)
    }

    @Test("times that follow one another are read as if each stood alone")
    func random() {
        var generator = SeededGenerator.forTest(seed: 603)
        var time = LineTime()
        var seconds: Int64 = 1_764_000_000
        for _ in 0..<3000 {
            seconds += Int64(generator.int(-70...70))
            let fraction = generator.int(0...999_999_999)
            var text = written { DecimalText.appendRFC3339(nanos: seconds * 1_000_000_000 + Int64(fraction), to: $0) }
            switch generator.int(0...7) {
            case 0: text = text.replacingOccurrences(of: "Z", with: "+02:00")
            case 1: text = text.replacingOccurrences(of: "T", with: " ")
            case 2: text = String(text.dropLast(generator.int(1...12))) + "Z"
            case 3: text = text.replacingOccurrences(of: "5", with: "x")
            case 4: text = String(text.dropLast(8)) + "z"
            case 5: text = String(text.dropLast()) + "12Z"
            default: break
            }
            let alone = Array(text.utf8).withUnsafeBytes { Timestamp.nanos(rfc3339: $0) }
            #expect(nanos(&time, text) == alone, "\(text)")
        }
    }

    @Test("a time is written as it was read, to the nanosecond")
    func roundTrip() {
        var time = LineTime()
        for nanos in [0, 1, 951_782_400_000_000_000, 1_709_164_800_999_999_999, 4_102_444_799_123_456_789] as [Int64] {
            let text = written { DecimalText.appendRFC3339(nanos: nanos, to: $0) }
            #expect(self.nanos(&time, text) == nanos, "\(text)")
        }
        #expect(
            written { DecimalText.appendRFC3339(nanos: 1_764_000_000_000_000_001, to: $0) }
                == "2025-11-24T16:00:00.000000001Z")
    }

    @Test("whole numbers of every length")
    func numbers() {
        var value: UInt64 = 1
        for _ in 0..<19 {
            for number in [value - 1, value, value + 1] {
                #expect(written { DecimalText.append(number, to: $0) } == "\(number)")
            }
            value *= 10
        }
        for number in [UInt64.max, UInt64.max - 1, 10_000_000_000_000_000_000] {
            #expect(written { DecimalText.append(number, to: $0) } == "\(number)")
        }
        #expect(written { DecimalText.append(7, digits: 3, to: $0) } == "007")
        #expect(written { HexText.append(0x0123_4567_89ab_cdef, to: $0) } == "0123456789abcdef")
    }
}
