import Exposition
import TestSupport
import Testing

@Suite("Numbers")
struct NumberTests {
    private func written(_ value: Double, _ style: FloatStyle) -> String {
        String(decoding: withByteCursor(capacity: 4) { $0.append(value, style: style) }, as: UTF8.self)
    }

    @Test(
        "floats are the shortest digits, with an exponent below 1e-4 and from 1e6 on",
        arguments: [
            (0.0, "0", "0.0"), (-0.0, "-0", "-0.0"), (1, "1", "1.0"), (0.0001, "0.0001", "0.0001"),
            (0.00001, "1e-05", "1e-05"), (100_000, "100000", "100000.0"), (999_999, "999999", "999999.0"),
            (1e6, "1e+06", "1e+06"), (123_456_789, "1.23456789e+08", "1.23456789e+08"), (0.1, "0.1", "0.1"),
            (0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"), (-2.5, "-2.5", "-2.5"),
            (1e21, "1e+21", "1e+21"), (.leastNonzeroMagnitude, "5e-324", "5e-324"), (10.05, "10.05", "10.05"),
            (1.7976931348623157e308, "1.7976931348623157e+308", "1.7976931348623157e+308"),
            (100.001, "100.001", "100.001"), (1_500_000, "1.5e+06", "1.5e+06"), (1.5e-7, "1.5e-07", "1.5e-07"),
            (.infinity, "+Inf", "+Inf"), (-.infinity, "-Inf", "-Inf"), (.nan, "NaN", "NaN"),
        ] as [(Double, String, String)])
    func floats(_ value: Double, _ go: String, _ openMetrics: String) {
        #expect(written(value, .go) == go)
        #expect(written(value, .openMetrics) == openMetrics)
    }

    @Test("floats of any bits read back as the same number, with as few digits as Swift's own")
    func shortest() throws {
        var random = SeededGenerator.forTest()
        for step in 0..<20_000 {
            var bits = random.next()
            // Powers of two and their neighbours, where the interval is lopsided; and subnormal numbers.
            if step % 3 == 1 { bits = (bits & 0xFFF0_0000_0000_0000) &+ UInt64(step % 5) &- 2 }
            if step % 17 == 0 { bits &= 0x000F_FFFF_FFFF_FFFF >> (bits >> 58) }
            let value = Double(bitPattern: bits)
            guard value.isFinite else { continue }
            let text = written(value, .go)
            #expect(Double(text) == value, "\(value.description): \(text)")
            #expect(digits(text) == digits(value.description), "\(value.description): \(text)")
        }
    }

    /// The digits before an exponent, without zeros at either end.
    private func digits(_ text: String) -> String {
        let number = text.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }
        return String(String(number.reversed().drop { $0 == "0" }).reversed())
    }

    @Test("integers of every length keep their digits")
    func integers() {
        var value: UInt64 = 1
        for _ in 0..<20 {
            for number in [value, value &- 1, value &+ 7] {
                let bytes = withByteCursor(capacity: 1) { $0.append(decimal: number) }
                #expect(String(decoding: bytes, as: UTF8.self) == "\(number)")
            }
            value = value.multipliedReportingOverflow(by: 10).partialValue
        }
        let largest = withByteCursor(capacity: 1) { $0.append(decimal: .max) }
        #expect(String(decoding: largest, as: UTF8.self) == "18446744073709551615")
    }

    @Test("any decimal of up to twenty digits is read as the nearest Double")
    func reading() throws {
        var random = SeededGenerator.forTest()
        for round in 0..<20_000 {
            var text = String(random.next() >> UInt64(random.int(0...63)))
            if random.oneIn(2) {
                text.insert(".", at: text.index(text.startIndex, offsetBy: random.int(0...text.count)))
            }
            if random.oneIn(2) { text += "e\(random.int(-40...40))" }
            if round % 3 == 0 { text = Double(bitPattern: random.next()).magnitude.description }
            guard let expected = Double(text), expected.isFinite else { continue }
            let events = try ExpositionParser.parse(Array("a \(text)\n".utf8), mode: .prometheusText)
            #expect(events == [.sample(ExpositionSample(name: "a", labels: [], value: expected))], "\(text)")
        }
    }

    @Test("halfway cases round to even")
    func halfway() throws {
        let texts = [
            "9007199254740993", "9007199254740995", "4503599627370496.5", "4503599627370497.5", "18446744073709551615",
            "9223372036854775807", "9223372036854776833", "1e23", "8.5e22", "9999999999999999999e27",
            "1000000000000000000e-27", "0.000000000000000000000000001", "1090544144181609348671888949248e-9",
        ]
        for text in texts {
            let expected = try #require(Double(text))
            let events = try ExpositionParser.parse(Array("a -\(text)\n".utf8), mode: .prometheusText)
            #expect(events == [.sample(ExpositionSample(name: "a", labels: [], value: -expected))], "\(text)")
        }
    }
}
