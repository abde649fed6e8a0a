import Synchronization

/// How much a kill at this moment would make the shipper send twice: what is on its way, what may have arrived although no
/// answer came, and what is settled but not yet noted on the disk. Kept below the requests' part of `max_unacked_bytes`;
/// the rest is the spool's (`PipelinePart.spoolExposureBytes`).
///
/// The sender adds, the reader takes away when a checkpoint is durable. Lines that were only read, or that the destination
/// refused, would not be sent twice and do not count.
final class Exposure: Sendable {
    let limitBytes: Int
    private let open = Atomic<Int>(0)
    private let settled = Atomic<Int>(0)
    private let isLifted = Atomic<Bool>(false)
    private let isAwaited = Atomic<Bool>(false)

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
    }

    var bytes: Int { open.load(ordering: .relaxed) + settled.load(ordering: .acquiring) }

    /// How many bytes of lines the next request may have; nil when there is no room for any. A single line may be longer.
    ///
    /// Requests get smaller as the room does, so that however many hang there is some left for the next.
    var allowance: Int? {
        if let allowance = currentAllowance { return allowance }
        // Whoever makes room from here on sees that somebody waits for it.
        isAwaited.store(true, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return currentAllowance
    }

    /// Whether there was no room for a request since this was asked last.
    func takeAwaited() -> Bool { isAwaited.exchange(false, ordering: .sequentiallyConsistent) }

    private var currentAllowance: Int? {
        let bytes = bytes
        if bytes == 0 || isLifted.load(ordering: .relaxed) { return .max }
        let share = (limitBytes - bytes) / 4
        return share >= min(4096, limitBytes / 64) ? share : nil
    }

    /// A request with so many bytes of lines starts, or will not be known to have arrived or not; negative when it is over.
    func noteOpen(_ bytes: Int) { open.wrappingAdd(bytes, ordering: .relaxed) }

    /// Lines are settled.
    func noteSettled(_ bytes: Int) { settled.wrappingAdd(bytes, ordering: .releasing) }

    /// Settled lines are noted on the disk.
    func noteDurable(_ bytes: Int) { settled.wrappingSubtract(bytes, ordering: .sequentiallyConsistent) }

    /// While progress cannot be written, shipping goes on: more duplicates after a kill are better than standing still.
    func lift(_ isLifted: Bool) { self.isLifted.store(isLifted, ordering: .sequentiallyConsistent) }
}
