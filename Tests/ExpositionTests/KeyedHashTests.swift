import Exposition
import Testing

@Suite("Keyed hash")
struct KeyedHashTests {
    @Test("short texts that differ little have different hashes, whatever the seeds are")
    func shortTexts() {
        var texts = (0..<20_000).map { "\($0)" } + [""]
        for length in 1...24 { texts += ["a", "b", "\u{0}"].map { String(repeating: $0, count: length) } }
        #expect(Set(texts.map { KeyedHash.hash($0) }).count == Set(texts).count)
    }
}
