import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Exponential buckets")
struct ExponentialScaleTests {
    private let scale = ExponentialScale.shared

    /// 2^(1/2), 2^(1/4), … 2^(1/256), 53 bits rounded from 60 digits elsewhere.
    private static let roots: [Double] = [
        1.4142135623730951, 1.189207115002721, 1.0905077326652577, 1.0442737824274138, 1.0218971486541166,
        1.0108892860517005, 1.0054299011128027, 1.0027112750502025,
    ]

    @Test("roots of two are correctly rounded")
    func roots() {
        for (number, root) in Self.roots.enumerated() { #expect(scale.bounds[128 >> number] == root) }
    }

    /// Compares x^256 with 2^power exactly: numbers of 53 bits in products of 32-bit limbs.
    private static func isAbove(_ value: Double, power: Int) -> Int {
        var limbs = limbs(of: value.significandBitPattern | 1 << 52)
        for _ in 0..<8 { limbs = product(limbs, limbs) }
        // The product is value^256 · 2^(52·256).
        var bound = [UInt32](repeating: 0, count: (52 * 256 + power) / 32 + 1)
        bound[bound.count - 1] = 1 << UInt32((52 * 256 + power) % 32)
        while limbs.count < bound.count { limbs.append(0) }
        while bound.count < limbs.count { bound.append(0) }
        for position in limbs.indices.reversed() where limbs[position] != bound[position] {
            return limbs[position] > bound[position] ? 1 : -1
        }
        return 0
    }

    private static func limbs(of value: UInt64) -> [UInt32] {
        [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
    }

    private static func product(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var result = [UInt32](repeating: 0, count: left.count + right.count)
        for (i, a) in left.enumerated() {
            var carry: UInt64 = 0
            for (j, b) in right.enumerated() {
                let sum = UInt64(a) * UInt64(b) + UInt64(result[i + j]) + carry
                result[i + j] = UInt32(truncatingIfNeeded: sum)
                carry = sum >> 32
            }
            result[i + right.count] = UInt32(carry)
        }
        return result
    }

    @Test("every bound is the number next to the exact power, by integer arithmetic")
    func exactBounds() {
        for number in stride(from: 3, to: 256, by: 23) {
            let bound = scale.bounds[number]
            #expect(Self.isAbove(bound.nextDown, power: number) < 0)
            #expect(Self.isAbove(bound.nextUp, power: number) > 0)
        }
        #expect(scale.bounds[0] == 1)
    }

    @Test("a bound belongs to its bucket, the next number to the next one", arguments: -4...8)
    func bounds(_ schema: Int) {
        let shift = 8 - schema
        let perOctave = max(1 << max(schema, 0), 1)
        for exponent in [-1022, -1000, -128, -3, -1, 0, 1, 5, 63, 1000, 1022] {
            for step in 0..<perOctave {
                let finest = exponent << 8 | step << max(shift, 0) & 255
                guard finest & ((1 << shift) - 1) == 0 else { continue }
                let index = finest >> shift
                let bound = scale.upperBound(of: index, shift: shift)
                guard bound > 0x1p-1022 else { continue }
                #expect(scale.index(of: bound, shift: shift) == index)
                #expect(scale.index(of: bound.nextDown, shift: shift) == index)
                #expect(scale.index(of: bound.nextUp, shift: shift) == index + 1)
                #expect(scale.index(of: -bound, shift: shift) == index)
            }
        }
    }

    @Test("the ends of the scale", arguments: -4...8)
    func ends(_ schema: Int) {
        let shift = 8 - schema
        let greatest = scale.index(of: .greatestFiniteMagnitude, shift: shift)
        #expect(greatest == (schema >= 0 ? 1024 << schema : 1024 >> -schema))
        #expect(scale.index(of: .infinity, shift: shift) == greatest + 1)
        #expect(scale.upperBound(of: greatest, shift: shift) == .greatestFiniteMagnitude)
        #expect(scale.upperBound(of: greatest + 1, shift: shift) == .infinity)
        let least = Double(-1074) * (schema >= 0 ? Double(1 << schema) : 1 / Double(1 << -schema))
        #expect(scale.index(of: .leastNonzeroMagnitude, shift: shift) == Int(least.rounded(.up)))
        #expect(scale.index(of: 1, shift: shift) == 0)
        #expect(scale.index(of: 2, shift: shift) == (schema >= 0 ? 1 << schema : 1))
    }

    @Test("random numbers lie between the bounds of their bucket, and coarser schemas hold finer ones")
    func random() {
        var random = SeededGenerator.forTest()
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next() & 0x7fff_ffff_ffff_ffff)
            guard value.isFinite, value > 0x1p-1000 else { continue }
            var finer: Int?
            for schema in (-4...8).reversed() {
                let shift = 8 - schema
                let index = scale.index(of: value, shift: shift)
                #expect(value <= scale.upperBound(of: index, shift: shift))
                #expect(value > scale.upperBound(of: index - 1, shift: shift))
                if let finer { #expect(index == (finer + 1) >> 1) }
                finer = index
            }
        }
    }
}
