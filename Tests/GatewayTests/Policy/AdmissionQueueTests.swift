import TestSupport
import Testing

@testable import Gateway

@Suite struct AdmissionQueueTests {
    private func queue(_ capacity: Int) -> AdmissionQueue<Int> {
        AdmissionQueue(
            AdmissionQueueSettings(
                capacity: capacity, waitNanos: 100_000_000, overloadedWaitNanos: 10_000_000,
                overloadedAfterNanos: 1_000_000_000))
    }

    private func take(_ queue: inout AdmissionQueue<Int>, now: Int64 = 0) -> Int? {
        if case .admitted(let element)? = queue.take(now: now) { element } else { nil }
    }

    private func isRefused(_ offer: AdmissionQueue<Int>.Offer) -> Bool {
        if case .refused = offer { true } else { false }
    }

    @Test func `tenants take turns, each in its own order`() {
        var queue = queue(10)
        for (tenant, element) in [(1, 10), (1, 11), (1, 12), (2, 20), (3, 30), (2, 21)] {
            _ = queue.offer(element, tenant: UInt64(tenant), deadlineNanos: .max, now: 0)
        }
        #expect((0..<7).map { _ in take(&queue) } == [10, 20, 30, 11, 21, 12, nil])
        #expect(queue.isEmpty && queue.invariants)
    }

    @Test func `a full queue drops the newest of the tenant with the most`() {
        var queue = queue(4)
        for element in 0..<4 { _ = queue.offer(element, tenant: 1, deadlineNanos: .max, now: 0) }
        #expect(isRefused(queue.offer(4, tenant: 1, deadlineNanos: .max, now: 0)))
        guard case .displaced(_, let first) = queue.offer(100, tenant: 2, deadlineNanos: .max, now: 0) else {
            Issue.record("not displaced")
            return
        }
        #expect(first == 3)
        guard case .displaced(_, let second) = queue.offer(101, tenant: 2, deadlineNanos: .max, now: 0) else {
            Issue.record("not displaced")
            return
        }
        #expect(second == 2)
        #expect(isRefused(queue.offer(102, tenant: 2, deadlineNanos: .max, now: 0)))
        #expect((0..<5).map { _ in take(&queue) } == [0, 100, 1, 101, nil])
    }

    @Test func `who waited too long is refused, sooner under lasting overload`() {
        var queue = queue(10)
        _ = queue.offer(1, tenant: 1, deadlineNanos: .max, now: 0)
        #expect(queue.nextExpiryNanos(now: 0) == 100_000_000)
        #expect(queue.takeExpired(now: 99_999_999) == nil)
        #expect(queue.takeExpired(now: 100_000_000) == 1)
        #expect(queue.nextExpiryNanos(now: 0) == nil)
        for step in 0..<12 {
            _ = queue.offer(step, tenant: 1, deadlineNanos: .max, now: Int64(step) * 90_000_000)
            _ = queue.takeExpired(now: Int64(step) * 90_000_000)
        }
        let now: Int64 = 11 * 90_000_000
        #expect(!queue.isOverloaded(now: now))
        _ = queue.offer(99, tenant: 1, deadlineNanos: .max, now: now)
        #expect(queue.isOverloaded(now: 1_100_000_000))
        while queue.takeExpired(now: 1_100_000_000) != nil {}
        #expect(queue.isEmpty)
    }

    @Test func `an entry's own deadline ends its wait`() {
        var queue = queue(4)
        _ = queue.offer(1, tenant: 1, deadlineNanos: 50, now: 0)
        _ = queue.offer(2, tenant: 1, deadlineNanos: .max, now: 0)
        guard case .expired(1)? = queue.take(now: 50) else {
            Issue.record("not expired")
            return
        }
        #expect(take(&queue, now: 50) == 2)
    }

    @Test func `an entry whose client has left goes at once, a ticket works only once`() {
        var queue = queue(4)
        guard case .queued(let ticket) = queue.offer(1, tenant: 1, deadlineNanos: .max, now: 0) else { return }
        #expect(queue.remove(ticket, now: 1) == 1)
        #expect(queue.remove(ticket, now: 1) == nil)
        _ = queue.offer(2, tenant: 2, deadlineNanos: .max, now: 1)
        #expect(queue.remove(ticket, now: 1) == nil)
        #expect(queue.count == 1 && queue.invariants)
    }

    @Test func `without capacity nobody waits`() {
        var queue = queue(0)
        #expect(isRefused(queue.offer(1, tenant: 1, deadlineNanos: .max, now: 0)))
        #expect(queue.take(now: 0) == nil && queue.takeExpired(now: 0) == nil && queue.invariants)
    }

    @Test func `it does what a simple model does`() {
        var generator = SeededGenerator.forTest(seed: 71)
        for _ in 0..<30 {
            let capacity = generator.int(1...12)
            var queue = queue(capacity)
            var model = QueueModel(capacity: capacity)
            var tickets: [(ticket: AdmissionQueue<Int>.Ticket, element: Int)] = []
            for element in 0..<600 {
                switch generator.int(0...5) {
                case 0, 1, 2:
                    let tenant = UInt64(generator.int(0...4))
                    let longest = model.longestLength
                    switch queue.offer(element, tenant: tenant, deadlineNanos: .max, now: 0) {
                    case .queued(let ticket):
                        #expect(!model.isFull)
                        tickets.append((ticket, element))
                        model.append(element, tenant)
                    case .displaced(let ticket, let old):
                        #expect(model.isFull && model.drop(newestOfLength: longest, old))
                        tickets.append((ticket, element))
                        model.append(element, tenant)
                    case .refused:
                        #expect(model.isFull && model.length(of: tenant) + 1 >= longest)
                    }
                case 3, 4:
                    #expect(take(&queue) == model.take())
                default:
                    guard !tickets.isEmpty else { continue }
                    let (ticket, element) = tickets.remove(at: generator.int(0...(tickets.count - 1)))
                    #expect(queue.remove(ticket, now: 0) == (model.remove(element) ? element : nil))
                }
                #expect(queue.invariants && queue.count == model.count)
            }
        }
    }
}

/// What the queue should do, in the simplest way.
struct QueueModel {
    let capacity: Int
    /// Tenants in turn with their entries in order.
    private var tenants: [(key: UInt64, elements: [Int])] = []

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { tenants.reduce(0) { $0 + $1.elements.count } }
    var isFull: Bool { count >= capacity }
    var longestLength: Int { tenants.map(\.elements.count).max() ?? 0 }

    func length(of tenant: UInt64) -> Int { tenants.first { $0.key == tenant }?.elements.count ?? 0 }

    mutating func append(_ element: Int, _ tenant: UInt64) {
        if let index = tenants.firstIndex(where: { $0.key == tenant }) {
            tenants[index].elements.append(element)
        } else {
            tenants.append((tenant, [element]))
        }
    }

    mutating func take() -> Int? {
        guard !tenants.isEmpty else { return nil }
        var tenant = tenants.removeFirst()
        let element = tenant.elements.removeFirst()
        if !tenant.elements.isEmpty { tenants.append(tenant) }
        return element
    }

    /// Whether it was the newest of a tenant with so many.
    mutating func drop(newestOfLength length: Int, _ element: Int) -> Bool {
        let isRight = tenants.contains { $0.elements.count == length && $0.elements.last == element }
        return remove(element) && isRight
    }

    mutating func remove(_ element: Int) -> Bool {
        guard let index = tenants.firstIndex(where: { $0.elements.contains(element) }) else { return false }
        tenants[index].elements.removeAll { $0 == element }
        if tenants[index].elements.isEmpty { tenants.remove(at: index) }
        return true
    }
}
