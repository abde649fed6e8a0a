import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite struct TenantConcurrencyTests {
    @Test func `a tenant has at most its limit in flight`() {
        let table = TenantConcurrency()
        let places = (0..<5).compactMap { _ in table.acquire(42, limit: 3) }
        #expect(places.count == 3 && places.allSatisfy { !$0.isOverflow })
        #expect(table.acquire(43, limit: 3) != nil)
        table.release(places[0])
        #expect(table.acquire(42, limit: 3) != nil)
        #expect(table.acquire(42, limit: 3) == nil)
        #expect(table.acquire(44, limit: 0) == nil)
    }

    @Test func `a full set shares the overflow, and nobody in flight is forgotten`() {
        var table = ConcurrencyTable(sets: 1)
        let places = (1...8).compactMap { table.acquire(UInt64($0), limit: 2) }
        #expect(places.count == 8)
        let shared = (9...12).map { table.acquire(UInt64($0), limit: 2) }
        #expect(shared == [ConcurrencyTable.overflow, ConcurrencyTable.overflow, nil, nil])
        for key in 1...8 { #expect(table.acquire(UInt64(key), limit: 1) == nil) }
        table.release(ConcurrencyTable.overflow)
        #expect(table.acquire(13, limit: 2) == ConcurrencyTable.overflow)
        table.release(places[3])
        #expect(table.acquire(14, limit: 2) == places[3])
        #expect(table.invariants)
    }

    @Test func `it counts as a dictionary does`() {
        var generator = SeededGenerator.forTest(seed: 101)
        var table = ConcurrencyTable(sets: 8)
        var counts: [UInt64: Int] = [:]
        var held: [(key: UInt64, place: Int)] = []
        for _ in 0..<20_000 {
            if generator.oneIn(2) || held.isEmpty {
                let key = UInt64(generator.int(0...39))
                let place = table.acquire(key, limit: 3)
                #expect((place == nil) == (counts[key, default: 0] >= 3))
                guard let place else { continue }
                held.append((key, place))
                counts[key, default: 0] += 1
            } else {
                let (key, place) = held.remove(at: generator.int(0...(held.count - 1)))
                table.release(place)
                counts[key, default: 0] -= 1
            }
            #expect(table.invariants)
        }
        for (_, place) in held { table.release(place) }
        #expect(table.entries.allSatisfy { $0.count == 0 })
        table.release(5)
        table.release(-9)
        table.release(1_000)
        #expect(table.invariants)
    }

    @Test func `loops that come and go leave nothing behind`() {
        let table = TenantConcurrency(LimitTableSettings(keys: 64, shards: 1))
        DispatchQueue.concurrentPerform(iterations: 4) { loop in
            var generator = SeededGenerator(seed: UInt64(loop))
            for _ in 0..<2_000 {
                if let place = table.acquire(generator.next(), limit: 10) { table.release(place) }
            }
        }
        let places = (0..<3).compactMap { _ in table.acquire(1, limit: 2) }
        #expect(places.count == 2 && places.allSatisfy { !$0.isOverflow })
    }

    @Test func `keys depend on the secret, the kind, the rule and all bytes`() {
        let hash = LimitKeyHash(1, 2)
        func key(_ hash: LimitKeyHash, _ id: String, rule: UInt32 = 0) -> UInt64 {
            let bytes = Array(id.utf8)
            return hash.tenant(bytes.span, rule: rule)
        }
        let keys = ["", "a", "b", "ab", "abcdefgh", "abcdefghi", "abcdefgh\0"].map { key(hash, $0) }
        #expect(Set(keys).count == keys.count && keys[1] == key(hash, "a"))
        #expect(key(hash, "a", rule: 1) != keys[1] && key(LimitKeyHash(1, 3), "a") != keys[1])
    }

    @Test func `IPv6 clients are keyed by their /64, IPv4 ones by their address`() {
        let hash = LimitKeyHash(1, 2)
        #expect(hash.address(high: 5, low: 1) == hash.address(high: 5, low: 2))
        #expect(hash.address(high: 5, low: 1) != hash.address(high: 6, low: 1))
        let mapped: UInt64 = 0xFFFF_0000_0000
        #expect(hash.address(high: 0, low: mapped | 1) != hash.address(high: 0, low: mapped | 2))
    }

    @Test func `it is SipHash`() {
        // The reference vector of SipHash-2-4: key 00...0f, message 00...07 (vectors.h, entry 8).
        var state = SipState(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
        state.absorb(0x0706_0504_0302_0100, rounds: 2)
        state.absorb(8 << 56, rounds: 2)
        #expect(state.finish(rounds: 4) == 0x93F5_F579_9A93_2462)
    }
}
