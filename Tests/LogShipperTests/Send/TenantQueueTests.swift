import TestSupport
import Testing

@testable import LogShipper

@Suite("TenantQueue")
struct TenantQueueTests {
    private let policy = RetryPolicy(initialNanos: 100, maxNanos: 100)

    private func unit(_ id: UInt64, lines: Int) -> Unit {
        let batch = LedgerTests.batch(id, tenant: 1, (0..<lines).map { (1, Int64($0)) })
        return Unit(whole: batch)
    }

    @Test("one request at a time, in order; a failure waits and the same unit comes again")
    func order() {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        let becameReady = queue.enqueue(unit(1, lines: 2))
        let again = queue.enqueue(unit(2, lines: 1))
        #expect(becameReady && !again)
        #expect(queue.start()?.batch.id == 1)
        #expect(queue.start() == nil)
        let failed = queue.finish(
            .retry(reason: .throttled, afterNanos: nil), nowNanos: 0, policy: policy, random: &random)
        #expect(failed == TenantQueue.Effect(waits: .throttled))
        #expect(queue.isFailing)
        #expect(queue.start() == nil)
        let early = queue.tick(nowNanos: -1)
        let due = queue.tick(nowNanos: 100)
        #expect(!early && due)
        #expect(queue.start()?.batch.id == 1)
        let done = queue.finish(.delivered, nowNanos: 200, policy: policy, random: &random)
        #expect(done.settlement == Settlement(batch: 1, lines: LineRanges(0..<2), fate: .acknowledged))
        #expect(!queue.isFailing)
        #expect(queue.start()?.batch.id == 2)
        _ = queue.finish(.delivered, nowNanos: 200, policy: policy, random: &random)
        #expect(queue.phase == .idle)
    }

    @Test("case 62: one poisoned line of a thousand is found by bisection in about 2·log2 n requests")
    func bisection() {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 1000))
        var requests = 0
        var settled: [Settlement.Fate: [Int]] = [:]
        while let unit = queue.start() {
            requests += 1
            let verdict: Verdict =
                unit.lines.contains(777) ? .rejected(status: 400, reason: "bad") : .delivered
            var effect = queue.finish(verdict, nowNanos: 0, policy: policy, random: &random)
            if !effect.deadLines.isEmpty {
                effect = queue.buried(isWritten: true, nowNanos: 0, policy: policy, random: &random)
            }
            if let settlement = effect.settlement {
                settlement.lines.forEach { settled[settlement.fate, default: []].append($0) }
            }
        }
        #expect(requests <= 22)
        #expect(settled == [.deadLettered: [777], .acknowledged: (0..<1000).filter { $0 != 777 }])
    }

    @Test("a dead letter that cannot be written keeps its line in the queue")
    func deadLetterFails() {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 1))
        _ = queue.start()
        let effect = queue.finish(
            .rejected(status: 400, reason: "bad"), nowNanos: 0, policy: policy, random: &random)
        #expect(effect.deadLines == [TenantQueue.DeadLine(line: 0, status: 400, reason: "bad")])
        let unwritten = queue.buried(isWritten: false, nowNanos: 0, policy: policy, random: &random)
        #expect(unwritten == TenantQueue.Effect(waits: .deadLetterFile))
        let due = queue.tick(nowNanos: 1000)
        #expect(due)
        #expect(queue.start()?.lines == LineRanges(0..<1))
    }

    @Test("case 65: of an answer for each line, what is refused is buried and only the rest is sent again")
    func fates() {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(7, lines: 5))
        _ = queue.start()
        let answer: [Verdict.LineFate] = [
            .delivered, .retry, .rejected(status: 400, reason: "bad"), .delivered, .retry,
        ]
        let first = queue.finish(.lines(answer), nowNanos: 0, policy: policy, random: &random)
        let delivered = Settlement(batch: 7, lines: LineRanges(ascending: [0, 3]), fate: .acknowledged)
        #expect(first.settlement == delivered && first.waits == nil)
        #expect(first.deadLines == [TenantQueue.DeadLine(line: 2, status: 400, reason: "bad")])
        let buried = queue.buried(isWritten: true, nowNanos: 0, policy: policy, random: &random)
        #expect(buried.settlement == Settlement(batch: 7, lines: LineRanges(2..<3), fate: .deadLettered))
        #expect(buried.waits == .throttled)
        let due = queue.tick(nowNanos: 1000)
        #expect(due)
        #expect(queue.start()?.lines == LineRanges(ascending: [1, 4]))
        let wrong = queue.finish(.lines([.delivered]), nowNanos: 0, policy: policy, random: &random)
        #expect(wrong == TenantQueue.Effect(waits: .broken))
    }

    @Test("case 67: lines that the destination refused without saying which count as dropped and are not sent again")
    func partial() {
        var random = SeededGenerator(seed: 1)
        for (said, counted) in [(3, 3), (0, 0), (-1, 0), (Int.max, 5)] {
            var queue = TenantQueue()
            _ = queue.enqueue(unit(1, lines: 5))
            _ = queue.start()
            let effect = queue.finish(
                .partial(rejected: said, reason: "refused"), nowNanos: 0, policy: policy, random: &random)
            #expect(effect.settlement?.fate == .partlyAcknowledged(dropped: counted, reason: "refused"))
            #expect(queue.phase == .idle)
        }
    }

    @Test("random verdicts settle every line exactly once")
    func model() {
        var random = SeededGenerator.forTest(seed: 51)
        for _ in 0..<50 {
            var queue = TenantQueue()
            var settled: [UInt64: [Int]] = [:]
            var sizes: [UInt64: Int] = [:]
            var now: Int64 = 0
            for id in UInt64(1)...8 {
                let size = random.int(1...9)
                sizes[id] = size
                _ = queue.enqueue(unit(id, lines: size))
            }
            while queue.phase != .idle {
                now += 200
                _ = queue.tick(nowNanos: now)
                guard let unit = queue.start() else { continue }
                var effect = queue.finish(
                    verdict(for: unit, &random), nowNanos: now, policy: policy, random: &random)
                while true {
                    if let settlement = effect.settlement {
                        settlement.lines.forEach { settled[settlement.batch, default: []].append($0) }
                    }
                    guard !effect.deadLines.isEmpty else { break }
                    effect = queue.buried(
                        isWritten: !random.oneIn(5), nowNanos: now, policy: policy, random: &random)
                }
            }
            for (id, size) in sizes { #expect(settled[id]?.sorted() == Array(0..<size)) }
        }
    }

    private func verdict(for unit: Unit, _ random: inout SeededGenerator) -> Verdict {
        switch random.int(0...5) {
        case 0: return .retry(reason: .timeout, afterNanos: nil)
        case 1: return .rejected(status: 413, reason: "")
        case 2, 3:
            return .lines(
                (0..<unit.lineCount).map { _ in
                    switch random.int(0...2) {
                    case 0: .delivered
                    case 1: .retry
                    default: .rejected(status: 400, reason: "")
                    }
                })
        default: return .delivered
        }
    }
}
