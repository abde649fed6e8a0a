import CScan
import TestSupport
import Testing

/// The C loops on every kind of processor that this one can stand in for.
@Suite("loops over every byte", .serialized)
struct ScanLoopsTests {
    static let kinds = [gatehouse_scan_any, gatehouse_scan_avx2, gatehouse_scan_avx512]

    @Test("say what a loop over single bytes says, whatever the processor", arguments: kinds.indices)
    func sameAsByteByByte(_ kind: Int) {
        guard gatehouse_scan_choose(ScanLoopsTests.kinds[kind]) != 0 else { return }
        defer { restore() }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<4000 {
            let bytes = randomText(&generator)
            let distance = Int.random(in: 1...12, using: &generator)
            let (isASCII, hasQuoted, quotes, strings) = bytes.withUnsafeBufferPointer { text in
                guard let base = text.baseAddress else { return (true, false, UInt64(0), UInt64(0)) }
                return (
                    gatehouse_is_ascii(base, text.count) != 0,
                    gatehouse_has_quoted(base, text.count, 0x74, distance) != 0,
                    text.count >= 64 ? gatehouse_quote_marks(base) : 0,
                    text.count >= 64 ? gatehouse_string_marks(base) : 0
                )
            }
            #expect(isASCII == bytes.allSatisfy { $0 < 0x80 })
            #expect(hasQuoted == ScanLoopsTests.hasQuoted(bytes, distance))
            guard bytes.count >= 64 else { continue }
            #expect(quotes == marks(bytes) { $0 == 0x22 || $0 == 0x5c })
            #expect(strings == marks(bytes) { $0 == 0x22 || $0 == 0x5c || $0 < 0x20 || $0 > 0x7f })
        }
    }

    private func marks(_ bytes: [UInt8], _ isMarked: (UInt8) -> Bool) -> UInt64 {
        (0..<64).reduce(0) { isMarked(bytes[$1]) ? $0 | 1 << UInt64($1) : $0 }
    }

    private func restore() {
        for kind in ScanLoopsTests.kinds { _ = gatehouse_scan_choose(kind) }
    }

    /// Up to 400 bytes, mostly without anything to find, so that what there is may stand at any place of a vector.
    private func randomText(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = [UInt8](repeating: 0x61, count: Int.random(in: 0...400, using: &generator))
        guard !bytes.isEmpty else { return bytes }
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            let odd: [UInt8] = [0x22, 0x22, 0x22, 0x74, 0x74, 0x5c, 0x80, 0xff, 0x7f, 0x00]
            let at = Int.random(in: bytes.indices, using: &generator)
            bytes[at] = odd[Int.random(in: 0..<(Bool.random(using: &generator) ? 5 : 10), using: &generator)]
            if at + 1 < bytes.count, Bool.random(using: &generator) { bytes[at + 1] = 0x74 }
        }
        return bytes
    }

    private static func hasQuoted(_ bytes: [UInt8], _ distance: Int) -> Bool {
        bytes.indices.contains { at in
            bytes[at] == 0x5c
                || bytes[at] == 0x22 && at + distance < bytes.count && bytes[at + 1] == 0x74
                    && bytes[at + distance] == 0x22
        }
    }
}
