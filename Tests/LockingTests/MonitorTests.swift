import Foundation
import Locking
import Testing

@Suite("Locks")
struct MonitorTests {
    @Test("several threads change a locked value one after the other")
    func locked() {
        let count = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<10_000 { count.withLock { $0 += 1 } }
        }
        #expect(count.withLock { $0 } == 40_000)
    }

    @Test("a locked value is aligned as its type demands, and ends with its lock")
    func alignment() {
        final class Owned: Sendable {}
        weak var seen: Owned?
        do {
            let owned = Owned()
            seen = owned
            let wide = Locked((SIMD16<Double>(repeating: 1), owned))
            wide.withLock { $0.0 += 1 }
            #expect(wide.withLock { $0.0.sum() } == 32)
            #expect(UInt(bitPattern: wide.address) % UInt(MemoryLayout<SIMD16<Double>>.alignment) == 0)
        }
        #expect(seen == nil)
        let nothing = Locked(())
        nothing.withLock { _ in }
    }

    private final class Shared: Sendable {
        let queue = Monitor<[Int]>([])
        let isDone = Locked(false)
    }

    @Test("who waits sees what others change, and gets everything once")
    func waits() {
        let shared = Shared()
        let total = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            if worker == 0 {
                for number in 1...1000 {
                    shared.queue.withLock { $0.append(number) }
                    shared.queue.changed()
                }
                shared.isDone.withLock { $0 = true }
                shared.queue.changed()
                return
            }
            while true {
                let number: Int? = shared.queue.wait { queue in
                    if let number = queue.popLast() { return .done(number) }
                    if shared.isDone.withLock({ $0 }) { return .done(nil) }
                    return .wait(nanos: 50_000_000)
                }
                guard let number else { return }
                total.withLock { $0 += number }
            }
        }
        #expect(total.withLock { $0 } == 1000 * 1001 / 2)
    }

    @Test("a wait ends with its time, and the longest time there is does not overflow")
    func time() {
        let shared = Shared()
        var looks = 0
        let answer: Int = shared.queue.wait { _ in
            looks += 1
            return looks > 3 ? .done(looks) : .wait(nanos: looks == 1 ? 0 : 1_000_000)
        }
        #expect(answer == 4)
        Thread.detachNewThread {
            shared.queue.withLock { $0.append(1) }
            shared.queue.changed()
        }
        shared.queue.wait { $0.isEmpty ? .wait(nanos: .max) : .done(()) }
        #expect(shared.queue.withLock { $0 } == [1])
    }

    @Test("an error of the look comes out, and the value is free again")
    func failure() {
        struct Failure: Error {}
        let shared = Shared()
        #expect(throws: Failure.self) {
            try shared.queue.wait { (_: inout [Int]) throws(Failure) -> Monitor<[Int]>.Look<Int> in throw Failure() }
        }
        #expect(shared.queue.withLock { $0 }.isEmpty)
    }
}
