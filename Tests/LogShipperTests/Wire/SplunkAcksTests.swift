import TestSupport
import Testing

@testable import LogShipper

@Suite("SplunkAcks")
struct SplunkAcksTests {
    @Test("case 70: three times false is held, true is done, and what stays false for too long is sent again")
    func held() {
        var acks = SplunkAcks<String>(pollNanos: 10, timeoutNanos: 100)
        #expect(acks.accepted(1, "one", nowNanos: 0) == nil)
        #expect(acks.accepted(2, "two", nowNanos: 0) == nil)
        #expect(acks.query(nowNanos: 9) == [])
        for round in 1...3 {
            let now = Int64(round * 10)
            #expect(Set(acks.query(nowNanos: now)) == [1, 2])
            #expect(acks.query(nowNanos: now) == [])
            let answer = acks.answered([], nowNanos: now)
            #expect(answer.done.isEmpty && answer.lost.isEmpty)
        }
        _ = acks.query(nowNanos: 40)
        #expect(acks.answered([2], nowNanos: 40).done == ["two"])
        #expect(acks.query(nowNanos: 100) == [1])
        let last = acks.answered([], nowNanos: 100)
        #expect(last.lost == ["one"] && acks.count == 0 && acks.nextNanos == nil)
    }

    @Test("case 70: an id that comes twice is a restarted collector's: what it stood for first is sent again")
    func restarted() {
        var acks = SplunkAcks<String>(pollNanos: 10, timeoutNanos: 100)
        #expect(acks.accepted(0, "old", nowNanos: 0) == nil)
        #expect(acks.accepted(0, "new", nowNanos: 5) == "old")
        #expect(acks.count == 1)
        _ = acks.query(nowNanos: 10)
        #expect(acks.answered([0], nowNanos: 10).done == ["new"])
    }

    @Test("many ids are asked for in turn, a thousand at a time")
    func turns() {
        var acks = SplunkAcks<Int>(pollNanos: 1, timeoutNanos: 1_000_000)
        for id in 0..<2500 { _ = acks.accepted(UInt64(id), id, nowNanos: 0) }
        var asked: Set<UInt64> = []
        for now in Int64(1)...3 {
            let ids = acks.query(nowNanos: now)
            #expect(ids.count == 1000)
            asked.formUnion(ids)
            _ = acks.answered([], nowNanos: now)
        }
        #expect(asked.count == 2500)
        #expect(acks.checkInvariants())
    }

    @Test("queries and answers on the wire; anything else is no answer")
    func wire() {
        #expect(SplunkAcks<Int>.body([1, 22]) == Array(#"{"acks":[1,22]}"#.utf8))
        #expect(SplunkAcks<Int>.read(Array(#"{"acks":{"1":true,"2":false,"x":true}}"#.utf8)) == [1])
        #expect(SplunkAcks<Int>.read(Array(#"{"acks":{}}"#.utf8)) == [])
        for body in ["", "{}", #"{"acks":[]}"#, #"{"acks":{"1":true}"#, "<html>"] {
            #expect(SplunkAcks<Int>.read(Array(body.utf8)) == nil)
        }
    }

    @Test("random acknowledgements and time: everything accepted ends exactly once")
    func random() {
        var generator = SeededGenerator.forTest(seed: 660)
        for _ in 0..<50 {
            var acks = SplunkAcks<Int>(pollNanos: 5, timeoutNanos: 60)
            var ended: [Int] = []
            var next = 0
            for now in stride(from: Int64(0), to: 1000, by: 3) {
                if now < 700, generator.oneIn(2) {
                    if let lost = acks.accepted(UInt64(generator.int(0...40)), next, nowNanos: now) {
                        ended.append(lost)
                    }
                    next += 1
                }
                let ids = acks.query(nowNanos: now)
                guard !ids.isEmpty else { continue }
                let answer = acks.answered(Set(ids.filter { _ in generator.oneIn(5) }), nowNanos: now)
                ended += answer.done + answer.lost
                #expect(acks.checkInvariants())
            }
            #expect(ended.sorted() == Array(0..<next))
        }
    }
}
