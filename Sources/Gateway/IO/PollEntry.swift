/// Something with a descriptor that an ``IOLoop`` watches.
///
/// The loop holds it from ``IOLoop/watch(_:descriptor:events:)`` until the end of the turn in which it is forgotten, so
/// that no event reaches memory that is gone.
class PollEntry {
    /// The entry is in the loop's list of those that go on without a new event.
    final var isListed = false

    /// What the kernel reports, as bits of `gatehouse_readable` and its like.
    func ready(_ events: UInt32) {}

    /// Asked for with ``IOLoop/goOn(_:)``, in the same turn or the next.
    func again() {}
}
