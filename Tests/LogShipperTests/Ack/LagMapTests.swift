import TestSupport
import Testing

@testable import LogShipper

@Suite("LagMap")
struct LagMapTests {
    @Test("a tenant left out stays behind from its first line until a pass has reached the front")
    func simple() {
        var lag = LagMap()
        lag.leaveOut(1, at: 100)
        lag.leaveOut(1, at: 200)
        #expect(lag.pending() == [1: 100])
        let begins = lag.beginPass { $0 == 1 }
        #expect(begins)
        #expect(lag.takes(1, at: 100))
        #expect(!lag.takes(1, at: 99))
        #expect(!lag.takes(2, at: 100))
        lag.advancePass(to: 150, front: 300)
        #expect(lag.pending() == [1: 150])
        lag.advancePass(to: 300, front: 300)
        #expect(lag.isEmpty)
        #expect(lag.pass == nil)
    }

    @Test("a tenant that is not ready stays behind while the others catch up")
    func partial() {
        var lag = LagMap([1: 10, 2: 50])
        let begins = lag.beginPass { $0 == 2 }
        #expect(begins)
        #expect(lag.pass?.position == 50)
        lag.withdraw(2, at: 70)
        lag.advancePass(to: 80, front: 100)
        #expect(lag.pass == nil)
        #expect(lag.pending() == [1: 10, 2: 70])
        let none = lag.beginPass { _ in false }
        #expect(!none)
    }

    @Test("what is given back during a pass takes its tenant back to there, not to where the pass began")
    func givenBackDuringPass() {
        var lag = LagMap([1: 0, 2: 10])
        let begins = lag.beginPass { _ in true }
        #expect(begins)
        lag.advancePass(to: 5_000, front: 9_000)
        lag.giveBack(1, at: 4_000)
        #expect(lag.pending() == [1: 4_000, 2: 5_000])
        #expect(!lag.takes(1, at: 5_000))
        lag.advancePass(to: 9_000, front: 9_000)
        #expect(lag.pending() == [1: 4_000])
    }

    @Test("who is ready while a pass runs joins it: at once ahead of it, and behind it once that keeps nobody waiting")
    func join() {
        var lag = LagMap([1: 100_000, 2: 150_000, 3: 60_000])
        var ready: Set<TenantID> = [1]
        func begin() -> Int64? {
            let begins = lag.beginPass { ready.contains($0) }
            return begins ? lag.pass?.position : nil
        }
        #expect(begin() == 100_000)
        lag.advancePass(to: 105_000, front: 900_000)
        ready = [1, 2, 3]
        // 45,000 bytes back are more than four times the 5,000 that are new.
        #expect(begin() == 105_000)
        #expect(lag.pass?.participants == [1, 2])
        #expect(!lag.takes(2, at: 149_000) && lag.takes(2, at: 150_000))
        lag.advancePass(to: 112_000, front: 900_000)
        #expect(begin() == 112_000)
        lag.advancePass(to: 116_000, front: 900_000)
        #expect(begin() == 60_000)
        #expect(lag.pending() == [1: 116_000, 2: 150_000, 3: 60_000])
        #expect(lag.takes(3, at: 60_000) && !lag.takes(1, at: 115_999) && lag.takes(1, at: 116_000))
        // Nobody else makes it go back before something new was read for those who wait for it.
        lag.withdraw(3, at: 61_000)
        for position in stride(from: Int64(62_000), through: 116_000, by: 1000) {
            lag.advancePass(to: position, front: 900_000)
            #expect(begin() == position)
        }
        lag.advancePass(to: 900_000, front: 900_000)
        #expect(lag.pending() == [3: 61_000])
    }

    @Test("where going back costs everything before it, only those ahead of a pass join it")
    func joinWithoutGoingBack() {
        var lag = LagMap([1: 100, 2: 50, 3: 300_000])
        var begins = lag.beginPass(goesBack: false) { $0 == 1 }
        lag.advancePass(to: 200_000, front: 900_000)
        begins = lag.beginPass(goesBack: false) { _ in true } && begins
        #expect(begins && lag.pass?.position == 200_000 && lag.pass?.participants == [1, 3])
        lag.advancePass(to: 900_000, front: 900_000)
        #expect(lag.pending() == [2: 50])
    }

    /// Random readiness and room; every line must be taken exactly once and in order per tenant.
    @Test("whatever stalls and recovers, every line is taken once and in its tenant's order")
    func model() {
        var generator = SeededGenerator.forTest(seed: 31)
        var wentBack = 0
        for _ in 0..<100 {
            let lines = (0..<200).map { _ in TenantID(generator.int(0...4)) }
            var lag = LagMap()
            var front = 0
            var taken: [TenantID: [Int]] = [:]
            var stalled: Set<TenantID> = []
            var steps = 0
            // A line is as long as a pass reads until it asks again who may join.
            func offset(_ line: Int) -> Int64 { Int64(line) * 8192 }
            while front < lines.count || !lag.isEmpty {
                steps += 1
                if steps > 2000 { stalled = [] } else if generator.oneIn(4) { toggle(&stalled, &generator) }
                if front < lines.count {
                    let tenant = lines[front]
                    if lag.contains(tenant) || stalled.contains(tenant) {
                        lag.leaveOut(tenant, at: offset(front))
                    } else {
                        taken[tenant, default: []].append(front)
                    }
                    front += 1
                }
                let last = lag.pass?.position
                guard lag.beginPass(where: { !stalled.contains($0) }), let pass = lag.pass else { continue }
                var position = Int(pass.position / 8192)
                if let last, pass.position < last { wentBack += 1 }
                for _ in 0..<3 where position < front {
                    let tenant = lines[position]
                    if lag.takes(tenant, at: offset(position)) {
                        if stalled.contains(tenant) {
                            lag.withdraw(tenant, at: offset(position))
                        } else {
                            taken[tenant, default: []].append(position)
                        }
                    }
                    position += 1
                }
                lag.advancePass(to: offset(position), front: offset(front))
            }
            for tenant in TenantID(0)...4 {
                #expect(taken[tenant, default: []] == lines.indices.filter { lines[$0] == tenant })
            }
        }
        #expect(wentBack > 100)
    }

    private func toggle(_ stalled: inout Set<TenantID>, _ generator: inout SeededGenerator) {
        let tenant = TenantID(generator.int(0...4))
        if stalled.remove(tenant) == nil { stalled.insert(tenant) }
    }
}
