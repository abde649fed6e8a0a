import Logging
import Synchronization

/// What the sender of an output of the type `file` does in place of requests.
extension Sender {
    /// Stores what is ready, group by group; a group is synced at once. Nothing else waits for this thread.
    func store(in archive: Archive) {
        while !isStopping.load(ordering: .acquiring) {
            var tickets: [Ticket] = []
            while let allowance,
                let ticket = lane.plan.startNext(nowNanos: outside.monotonicNanos(), maxBytes: allowance)
            {
                exposure.noteOpen(ticket.unit.byteCount)
                tickets.append(ticket)
            }
            guard !tickets.isEmpty else { return sweep(archive) }
            for (ticket, error) in zip(tickets, archive.store(tickets.map(\.unit))) {
                note(failure: error.map { "\($0)" })
                if error == nil, tap.isOpen { show(ticket.unit) }
                if let error {
                    complain("lines could not be stored", "\(error)")
                    apply(.retry(reason: .archive, afterNanos: nil), ticket)
                } else {
                    apply(.delivered, ticket)
                }
                exposure.noteOpen(-ticket.unit.byteCount)
            }
        }
    }

    private func sweep(_ archive: Archive) {
        do throws(SystemError) {
            try archive.sweep(nowWallNanos: outside.wallNanos())
        } catch {
            complain("old files could not be removed", "\(error)")
        }
    }
}
