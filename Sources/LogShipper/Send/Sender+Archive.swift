import Logging
import Synchronization

/// What the sender of an output of the type `file` does in place of requests.
extension Sender {
    /// Stores what is ready, group by group; a group is synced at once. Nothing else waits for this thread.
    func store(in archive: Archive) {
        while !isStopping.load(ordering: .acquiring) {
            var units: [Unit] = []
            while let unit = lane.startNext() { units.append(unit) }
            guard !units.isEmpty else { return sweep(archive) }
            for (unit, error) in zip(units, archive.store(units)) {
                if let error {
                    complain("lines could not be stored", "\(error)")
                    apply(.retry(reason: .archive, afterNanos: nil), unit, wasHanging: false)
                } else {
                    apply(.delivered, unit, wasHanging: false)
                }
            }
        }
    }

    private func sweep(_ archive: Archive) {
        do throws(SystemError) {
            try archive.sweep(nowWallNanos: Clock.wallNanos())
        } catch {
            complain("old files could not be removed", "\(error)")
        }
    }
}
