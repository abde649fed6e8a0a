import TestSupport
import Testing

@testable import Gateway

/// Random and mutated bytes: whatever comes, nothing crashes and no machine contradicts itself. Each iteration plays
/// four conversations, 36,000 in all.
struct HTTP2MutationTests {
    /// A valid conversation's frames, one side.
    private static func conversation(_ random: inout SeededGenerator) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        for _ in 0..<random.int(1...8) {
            let stream = UInt32(random.int(0...5))
            let frame: WireFrame =
                switch random.int(0...11) {
                case 0, 1, 2: .headers(stream, random.oneIn(2) ? WireField.get : WireField.ok, end: random.oneIn(2))
                case 3, 4: .data(stream, [UInt8](repeating: 1, count: random.int(0...300)), end: random.oneIn(3))
                case 5: .reset(stream)
                case 6: .settings([(UInt16(random.int(0...7)), UInt32(random.int(0...100_000)))])
                case 7: .ping()
                case 8: .windowUpdate(stream, UInt32(random.int(0...70_000)))
                case 9: WireFrame(9, flags: UInt8(random.int(0...5)), stream: stream, WireField.block(WireField.get))
                case 10: .goAway(stream)
                default:
                    WireFrame(
                        UInt8(random.int(0...12)), flags: UInt8(random.int(0...255)), stream: stream,
                        (0..<random.int(0...40)).map { _ in UInt8(random.int(0...255)) })
                }
            frames.append(frame.bytes)
        }
        return frames
    }

    private static func mutate(_ frames: [[UInt8]], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = frames.flatMap { $0 }
        for _ in 0..<random.int(0...3) where !bytes.isEmpty {
            let at = random.int(0...(bytes.count - 1))
            switch random.int(0...3) {
            case 0: bytes[at] = UInt8(random.int(0...255))
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(UInt8(random.int(0...255)), at: at)
            default: bytes[at] ^= 1 << UInt8(random.int(0...7))
            }
        }
        return bytes
    }

    @Test("Mutated conversations crash nothing", arguments: 0..<4 as Range<UInt64>)
    func survivesMutations(_ seed: UInt64) {
        var random = SeededGenerator(seed: 1_000 + seed)
        for _ in 0..<1_500 { HTTP2FuzzChecks.run(Self.mutate(Self.conversation(&random), &random)) }
    }

    @Test("Random bytes crash nothing", arguments: 0..<2 as Range<UInt64>)
    func survivesNoise(_ seed: UInt64) {
        var random = SeededGenerator(seed: 2_000 + seed)
        for _ in 0..<1_500 {
            HTTP2FuzzChecks.run((0..<random.int(0...120)).map { _ in UInt8(random.int(0...255)) })
        }
    }
}
