import TestSupport
import Testing

@testable import LogShipper

@Suite("TenantQueue")
struct TenantQueueTests {
    private func at(_ nowNanos: Int64, isHeld: Bool = false) -> TenantQueue.Moment {
        TenantQueue.Moment(
            nowNanos: nowNanos, policy: RetryPolicy(initialNanos: 100, maxNanos: 100), isHeld: isHeld)
    }

    static func unit(_ id: UInt64, lines: Int, tenant: TenantID = 1) -> Unit {
        Unit(whole: LedgerTests.batch(id, tenant: tenant, (0..<lines).map { (1, Int64($0)) }))
    }

    private func next(_ queue: inout TenantQueue) throws -> Unit {
        let unit = queue.start()
        return try #require(unit)
    }

    private func unit(_ id: UInt64, lines: Int) -> Unit { TenantQueueTests.unit(id, lines: lines) }

    @Test("one request at a time, in order; a failure waits and the same unit comes again")
    func order() throws {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        let becameReady = queue.enqueue(unit(1, lines: 2))
        let again = queue.enqueue(unit(2, lines: 1))
        #expect(becameReady && !again)
        let first = try next(&queue)
        #expect(first.batch.id == 1)
        #expect(queue.start() == nil)
        let failed = queue.finish(
            .retry(reason: .throttled, afterNanos: nil), of: first, at: at(0), random: &random)
        #expect(failed == TenantQueue.Effect(waits: .throttled))
        #expect(queue.isFailing)
        #expect(queue.start() == nil)
        let early = queue.tick(nowNanos: -1)
        let due = queue.tick(nowNanos: 100)
        #expect(!early && due)
        let second = try next(&queue)
        #expect(second.batch.id == 1 && second.isWhole)
        let done = queue.finish(.delivered, of: second, at: at(200), random: &random)
        #expect(done.settlement == Settlement(batch: 1, lines: LineRanges(0..<2), fate: .acknowledged))
        #expect(!queue.isFailing)
        let third = try next(&queue)
        #expect(third.batch.id == 2)
        _ = queue.finish(.delivered, of: third, at: at(200), random: &random)
        #expect(queue.phase == .idle)
    }

    @Test(
        "what is put back keeps its place also before batches with lower numbers, as those from memory behind a spool's"
    )
    func placeOfPutBack() throws {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(9, lines: 2))
        _ = queue.enqueue(unit(3, lines: 1))
        let first = try next(&queue)
        let refused = queue.finish(.rejected(status: 400, reason: ""), of: first, at: at(0), random: &random)
        #expect(refused.isSplit)
        for line in 0..<2 {
            let half = try next(&queue)
            #expect(half.batch.id == 9 && half.lines == LineRanges(line..<(line + 1)))
            _ = queue.finish(.delivered, of: half, at: at(0), random: &random)
        }
        #expect(try next(&queue).batch.id == 3)
    }

    @Test("with order waived several units are under way, and a failure lets only one find out what is wrong")
    func relaxed() throws {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue(maxInFlight: 3)
        for id in UInt64(1)...5 { _ = queue.enqueue(unit(id, lines: 1)) }
        let started = [queue.start(), queue.start(), queue.start()].compactMap(\.self)
        #expect(started.map(\.batch.id) == [1, 2, 3])
        #expect(queue.phase == .busy && queue.inFlightCount == 3)
        _ = queue.finish(.delivered, of: started[1], at: at(0), random: &random)
        #expect(queue.phase == .ready)
        _ = queue.finish(.retry(reason: .timeout, afterNanos: nil), of: started[0], at: at(0), random: &random)
        #expect(queue.start() == nil)
        #expect(queue.unsentBatches == [4, 5])
        let due = queue.tick(nowNanos: 100)
        // The third is still under way, and it alone.
        #expect(!due && queue.phase == .busy)
        _ = queue.finish(.retry(reason: .timeout, afterNanos: nil), of: started[2], at: at(100), random: &random)
        _ = queue.tick(nowNanos: 300)
        let probe = try next(&queue)
        #expect(probe.batch.id == 1)
        #expect(queue.start() == nil)
        _ = queue.finish(.delivered, of: probe, at: at(300), random: &random)
        #expect([queue.start(), queue.start(), queue.start()].compactMap { $0?.batch.id } == [3, 4, 5])
    }

    @Test("while the destination's circuit is open a tenant does not wait on its own, unless it was asked to")
    func held() throws {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 1))
        let first = try next(&queue)
        _ = queue.finish(
            .retry(reason: .connect, afterNanos: nil), of: first, at: at(0, isHeld: true), random: &random)
        #expect(queue.phase == .ready && queue.attempt == 1)
        let second = try next(&queue)
        _ = queue.finish(
            .retry(reason: .serverError, afterNanos: 5), of: second, at: at(0, isHeld: true), random: &random)
        #expect(queue.phase != .ready)
        let released = queue.release()
        #expect(!released)
    }

    /// Sends everything there is, and returns how many requests it took and what became of the lines.
    private func drain(
        _ queue: inout TenantQueue, _ verdict: (Unit) -> Verdict
    ) -> (requests: Int, settled: [Settlement.Fate: [Int]]) {
        var random = SeededGenerator(seed: 1)
        var requests = 0
        var settled: [Settlement.Fate: [Int]] = [:]
        while let unit = queue.start() {
            requests += 1
            var effect = queue.finish(verdict(unit), of: unit, at: at(0), random: &random)
            if !effect.deadLines.isEmpty {
                effect = queue.buried(unit.batch.id, isWritten: true, at: at(0), random: &random)
            }
            if let settlement = effect.settlement {
                settlement.lines.forEach { settled[settlement.fate, default: []].append($0) }
            }
        }
        return (requests, settled)
    }

    @Test("case 62: one poisoned line of a thousand is found by bisection in about 2·log2 n requests")
    func bisection() {
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 1000))
        let (requests, settled) = drain(&queue) { unit in
            unit.lines.contains(777) ? .rejected(status: 400, reason: "bad") : .delivered
        }
        #expect(requests <= 22)
        #expect(settled == [.deadLettered: [777], .acknowledged: (0..<1000).filter { $0 != 777 }])
    }

    @Test("case 62: eight poisoned lines of a thousand are all found, and no other is buried")
    func severalPoisons() {
        var random = SeededGenerator.forTest(seed: 62)
        for _ in 0..<20 {
            let poison = Set((0..<8).map { _ in random.int(0...999) })
            var queue = TenantQueue()
            _ = queue.enqueue(unit(1, lines: 1000))
            let (requests, settled) = drain(&queue) { unit in
                poison.contains(where: unit.lines.contains) ? .rejected(status: 422, reason: "bad") : .delivered
            }
            #expect(requests <= 180)
            #expect(settled[.deadLettered] == poison.sorted())
        }
    }

    @Test("case 62: where everything is refused the search gives up, sooner with each batch, and buries the rest whole")
    func everythingPoisoned() {
        var queue = TenantQueue()
        var requests: [Int] = []
        for id in UInt64(1)...6 {
            _ = queue.enqueue(unit(id, lines: 1000))
            let (count, settled) = drain(&queue) { _ in .rejected(status: 400, reason: "bad") }
            requests.append(count)
            #expect(settled == [.deadLettered: Array(0..<1000)])
        }
        #expect(requests[0] <= 200)
        #expect(requests[5] <= 60)
        // One good line shows that the search is worth it again.
        _ = queue.enqueue(unit(7, lines: 1000))
        let (_, settled) = drain(&queue) { unit in
            unit.lines.contains(500) ? .rejected(status: 400, reason: "bad") : .delivered
        }
        #expect(settled[.deadLettered] == [500])
    }

    @Test("case 63: 413 halves a batch until it fits; a single line that is too large is a dead letter")
    func tooLarge() {
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 64))
        let (_, settled) = drain(&queue) { unit in
            unit.lineCount > 4 || unit.lines.contains(9) ? .rejected(status: 413, reason: "large") : .delivered
        }
        #expect(settled[.deadLettered] == [9])
        #expect(settled[.acknowledged] == (0..<64).filter { $0 != 9 })
    }

    @Test("a unit above the known limit is cut before it is sent")
    func knownLimit() {
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 100))
        var sizes: [Int] = []
        var random = SeededGenerator(seed: 1)
        while let unit = queue.start(maxBytes: 64) {
            sizes.append(unit.byteCount)
            _ = queue.finish(.delivered, of: unit, at: at(0), random: &random)
        }
        #expect(sizes.allSatisfy { $0 <= 64 })
        #expect(sizes.reduce(0, +) == 500)
    }

    @Test("a dead letter that cannot be written keeps its line in the queue")
    func deadLetterFails() throws {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 1))
        let unit = try next(&queue)
        let effect = queue.finish(.rejected(status: 400, reason: "bad"), of: unit, at: at(0), random: &random)
        #expect(effect.deadLines == [TenantQueue.DeadLine(line: 0, status: 400, reason: "bad")])
        let unwritten = queue.buried(1, isWritten: false, at: at(0), random: &random)
        #expect(unwritten == TenantQueue.Effect(waits: .deadLetterFile))
        let due = queue.tick(nowNanos: 1000)
        #expect(due)
        #expect(queue.start()?.lines == LineRanges(0..<1))
    }

    @Test("case 65: of an answer for each line, what is refused is buried and only the rest is sent again")
    func fates() throws {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(7, lines: 5))
        let unit = try next(&queue)
        let answer: [Verdict.LineFate] = [
            .delivered, .retry, .rejected(status: 400, reason: "bad"), .delivered, .retry,
        ]
        let first = queue.finish(.lines(answer), of: unit, at: at(0), random: &random)
        let delivered = Settlement(batch: 7, lines: LineRanges(ascending: [0, 3]), fate: .acknowledged)
        #expect(first.settlement == delivered && first.waits == nil)
        #expect(first.deadLines == [TenantQueue.DeadLine(line: 2, status: 400, reason: "bad")])
        let buried = queue.buried(7, isWritten: true, at: at(0), random: &random)
        #expect(buried.settlement == Settlement(batch: 7, lines: LineRanges(2..<3), fate: .deadLettered))
        #expect(buried.waits == .throttled)
        let due = queue.tick(nowNanos: 1000)
        #expect(due)
        let rest = try next(&queue)
        #expect(rest.lines == LineRanges(ascending: [1, 4]))
        let wrong = queue.finish(.lines([.delivered]), of: rest, at: at(0), random: &random)
        #expect(wrong == TenantQueue.Effect(waits: .broken))
    }

    @Test("case 67: lines that the destination refused without saying which count as dropped and are not sent again")
    func partial() throws {
        var random = SeededGenerator(seed: 1)
        for (said, counted) in [(3, 3), (0, 0), (-1, 0), (Int.max, 5)] {
            var queue = TenantQueue()
            _ = queue.enqueue(unit(1, lines: 5))
            let unit = try next(&queue)
            let effect = queue.finish(
                .partial(rejected: said, reason: "refused"), of: unit, at: at(0), random: &random)
            #expect(effect.settlement?.fate == .partlyAcknowledged(dropped: counted))
            #expect(queue.phase == .idle)
        }
    }

    @Test("a named bad line is buried and the rest goes on at once; the lines before it come once more, and no oftener")
    func badLines() throws {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 12))
        let bad: Set<Int> = [2, 3, 7, 10]
        var sent: [Int: Int] = [:]
        var dead: [Int] = []
        while queue.phase != .idle {
            let unit = try next(&queue)
            var index = 0
            var first: Int?
            unit.lines.forEach { line in
                // What stands before the bad line is taken, by some collectors.
                if first == nil, bad.contains(line) { first = index }
                if first == nil { sent[line, default: 0] += 1 }
                index += 1
            }
            let verdict = first.map { Verdict.badLine($0, status: 400, reason: "code 6") } ?? .delivered
            let effect = queue.finish(verdict, of: unit, at: at(0), random: &random)
            #expect(!queue.isFailing && effect.waits == nil)
            guard !effect.deadLines.isEmpty else { continue }
            dead += effect.deadLines.map(\.line)
            let buried = queue.buried(1, isWritten: true, at: at(0), random: &random)
            #expect(buried.settlement?.fate == .deadLettered && buried.waits == nil)
            #expect(!queue.isFailing)
        }
        #expect(Set(dead) == bad && dead.count == 4)
        #expect(sent.count == 8 && sent.values.allSatisfy { $0 <= 2 })
    }

    @Test("a batch of which line after line is named bad is given up in the end")
    func allBad() throws {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 4000))
        var requests = 0
        var dead = 0
        while queue.phase != .idle {
            let unit = try next(&queue)
            requests += 1
            let effect = queue.finish(.badLine(0, status: 400, reason: "code 15"), of: unit, at: at(0), random: &random)
            dead += effect.deadLines.count
            _ = queue.buried(1, isWritten: true, at: at(0), random: &random)
        }
        #expect(dead == 4000 && requests <= 16 * 13 + 1)
    }

    @Test("random verdicts settle every line exactly once, in any order of answers", arguments: [1, 4])
    func model(_ maxInFlight: Int) {
        var random = SeededGenerator.forTest(seed: 51)
        for _ in 0..<50 {
            var queue = TenantQueue(maxInFlight: maxInFlight)
            var settled: [UInt64: [Int]] = [:]
            var sizes: [UInt64: Int] = [:]
            var flying: [Unit] = []
            var now: Int64 = 0
            for id in UInt64(1)...8 {
                let size = random.int(1...9)
                sizes[id] = size
                _ = queue.enqueue(unit(id, lines: size))
            }
            while queue.phase != .idle {
                now += 200
                _ = queue.tick(nowNanos: now)
                while let unit = queue.start() { flying.append(unit) }
                guard !flying.isEmpty else { continue }
                #expect(flying.count <= maxInFlight && queue.inFlightCount == flying.count)
                let unit = flying.remove(at: random.int(0...(flying.count - 1)))
                var effect = queue.finish(verdict(for: unit, &random), of: unit, at: at(now), random: &random)
                while true {
                    if let settlement = effect.settlement {
                        settlement.lines.forEach { settled[settlement.batch, default: []].append($0) }
                    }
                    guard !effect.deadLines.isEmpty else { break }
                    effect = queue.buried(
                        unit.batch.id, isWritten: !random.oneIn(5), at: at(now), random: &random)
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
