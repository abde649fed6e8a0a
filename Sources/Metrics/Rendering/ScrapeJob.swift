import Exposition
import Locking

/// One rendering, for one or more scrapers, waiting for a thread.
public final class ScrapeJob: Sendable {
    /// Those who get it.
    final class Members: Sendable {
        private let list: Locked<[ScrapeService.Member]>

        init(_ first: ScrapeService.Member) { list = Locked([first]) }

        func add(_ member: ScrapeService.Member) -> Bool {
            list.withLock { list in
                guard list.count < ScrapeService.maxMembers else { return false }
                list.append(member)
                return true
            }
        }

        func take() -> [ScrapeService.Member] {
            list.withLock { list in
                defer { list = [] }
                return list
            }
        }
    }

    /// Nobody is left to render for.
    private struct Abandoned: Error {}

    /// The headers of the answer, the same for all who share it.
    public let plan: ScrapePlan
    private let service: ScrapeService
    private let members: Members
    private let hasRun = Locked(false)

    init(_ service: ScrapeService, _ plan: ScrapePlan, _ members: Members) {
        self.service = service
        self.plan = plan
        self.members = members
    }

    /// A job that is thrown away leaves nobody waiting.
    deinit { finish(ScrapeError.busy, elapsedNanos: nil, receivers: []) }

    /// Renders and sends everything on this thread; only the first call does something.
    public func run() {
        guard claim() else { return }
        let clock = service.registry.clock
        let start = clock()
        var receivers: [ScrapeService.Member] = []
        var isOpen = true
        var failure: (any Error)?
        do {
            try service.registry.scrape(plan.withoutTimeout) { piece in
                if isOpen {
                    isOpen = false
                    service.close(plan.key, members)
                    receivers = members.take()
                }
                deliver(piece, to: &receivers, now: clock())
                if receivers.isEmpty { throw Abandoned() }
            }
        } catch {
            failure = error
        }
        end(failure, elapsedNanos: clock() &- start, receivers: receivers)
    }

    private func claim() -> Bool {
        hasRun.withLock { hasRun in
            defer { hasRun = true }
            return !hasRun
        }
    }

    private func deliver(_ piece: UnsafeRawBufferPointer, to receivers: inout [ScrapeService.Member], now: UInt64) {
        receivers.removeAll { member in
            do {
                if now > member.deadline { throw ScrapeError.timeout }
                try member.sink.write(piece)
                return false
            } catch {
                end(member, error)
                return true
            }
        }
    }

    private func finish(_ failure: any Error, elapsedNanos: UInt64?, receivers: [ScrapeService.Member]) {
        guard claim() else { return }
        end(failure, elapsedNanos: elapsedNanos, receivers: receivers)
    }

    private func end(_ failure: (any Error)?, elapsedNanos: UInt64?, receivers: [ScrapeService.Member]) {
        service.close(plan.key, members)
        // Before the sinks hear of it: who asks again then must not find the places taken.
        service.finished()
        if let elapsedNanos { service.metrics.duration.observe(nanos: elapsedNanos) }
        for member in receivers + members.take() { end(member, failure) }
    }

    private func end(_ member: ScrapeService.Member, _ failure: (any Error)?) {
        switch failure {
        case nil: service.metrics.whole.increment()
        case ScrapeError.timeout?: service.metrics.timedOut.increment()
        default: service.metrics.failed.increment()
        }
        member.sink.end(failure)
    }
}
