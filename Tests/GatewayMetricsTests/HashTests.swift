import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Hashes of label values")
struct HashTests {
    private let hash = LabelHash.process

    private func hashes(_ values: [String]) -> (packed: UInt64, words: UInt64) {
        let key = LabelKey.key(of: values)
        let packed = key.withUnsafeBytes { hash.hash(ofKey: $0) }
        var state = hash.start
        for var value in values { value.withUTF8 { state = hash.adding(UnsafeRawBufferPointer($0), to: state) } }
        return (packed, hash.finish(state))
    }

    @Test("values and their packed key have the same hash, at every length")
    func packed() {
        for length in 0...70 {
            let value = String(decoding: (0..<length).map { UInt8(33 + $0 % 90) }, as: UTF8.self)
            let both = hashes([value, "x", value])
            #expect(both.packed == both.words)
        }
    }

    @Test("texts that differ in a byte, a length or a border differ in their hash")
    func distinct() {
        var texts: Set<[String]> = [["", "ab"], ["a", "b"], ["ab", ""], ["ab"]]
        for length in 0...40 {
            for letter in ["a", "b", "c", "\u{0}"] { texts.insert([String(repeating: letter, count: length) + "."]) }
        }
        // The same first eight bytes, and a rest that could give back what a difference in length takes away.
        let letters = (97...122).map { String(UnicodeScalar(UInt8($0))) }
        for first in letters {
            texts.insert(["aaaaaaaa" + first])
            for second in letters {
                texts.insert(["aaaaaaaa" + first + second])
                texts.insert(["aaaaaaaa" + first + first + second])
            }
        }
        #expect(Set(texts.map { hashes($0).packed }).count == texts.count)
    }

    @Test("the upper bits, which choose a place, are spread evenly")
    func spread() {
        var places = Array(repeating: 0, count: 256)
        for number in 0..<25_600 { places[Int(hashes(["tenant-\(number)", "GET"]).packed >> 56)] += 1 }
        #expect(places.allSatisfy { (40...200).contains($0) })
    }
}
