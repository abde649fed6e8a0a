/// What the reader knows of the tenants whose lines go, or still come, through the spool. The store has the bytes.
///
/// A line of such a tenant is in exactly one of these: `waiting`, `written`, the store alone (`storedLines`), or a batch at
/// the sender, which is in the ledger and, where it is among `sent`, in the store as well.
final class SpoolBook {
    /// A batch at the sender whose lines stand in the store, too.
    struct Sent {
        var batch: UInt64
        /// The name of the spool that it is in.
        var spool: String
        var start: SpoolMark
        var end: SpoolMark
        /// Whether its lines survive a loss of power there.
        var isDurable: Bool
        /// Whether its lines are those of the store byte by byte: rules that came later may have changed them.
        var isAsStored = true
    }

    /// A batch that was appended to the store and may not be there after a loss of power.
    struct Written {
        var batch: Batch
        var start: SpoolMark
        var end: SpoolMark
    }

    final class Tenant {
        let id: TenantID
        /// The name of its spool.
        let name: String
        /// Spools of earlier names that come first: a configured default tenant may have had another one.
        var older: [String] = []
        /// New lines go to the spool. While anything in it was not handed out they have to.
        var isSpooling = false
        /// There is no room, so its lines are left in their files; not before then another try is made.
        var blockedUntilNanos: Int64?
        /// In the order in which they were handed to the sender.
        var sent: [Sent] = []
        /// In order, behind everything that was handed out.
        var written: [Written] = []
        /// Closed batches that are not in the store yet, in order.
        var waiting: [Batch] = []
        /// When the oldest block that is in the store and not at the sender was closed, as near as is known without
        /// reading it.
        var oldestWallNanos: Int64?

        init(id: TenantID, name: String) {
            self.id = id
            self.name = name
        }

        var spools: [String] { older + [name] }
        var isDone: Bool { !isSpooling && sent.isEmpty && written.isEmpty && waiting.isEmpty }
        var heldLines: Int { written.reduce(0) { $0 + $1.batch.lineCount } + waiting.reduce(0) { $0 + $1.lineCount } }
        var heldBytes: Int {
            written.reduce(0) { $0 + $1.batch.byteCount } + waiting.reduce(0) { $0 + $1.byteCount }
        }
    }

    let store: SpoolStore
    /// How long a tenant's requests have to fail before its lines are spooled.
    let afterNanos: Int64
    var tenants: [TenantID: Tenant] = [:]
    /// Since when a tenant's requests have failed or hung.
    var stalledSince: [TenantID: Int64] = [:]
    /// Lines that are in the store only.
    var storedLines = 0
    /// Bytes in `written` and `waiting` of all tenants.
    var heldBytes = 0
    /// Bytes that were appended since the last durable checkpoint: after a kill they stand in the store and are owed by
    /// their files, or came from the sender, as well.
    var unsavedBytes = 0
    /// The sources of lines that came out of the store, as files of this run.
    var serials: [SpoolSource: FileSerial] = [:]
    /// Why the last write failed; nil where it worked.
    var failure: String?
    var nextLookNanos: Int64 = 0
    /// The time of the last turn.
    var nowNanos: Int64 = 0

    init(store: SpoolStore, afterNanos: Int64) {
        self.store = store
        self.afterNanos = afterNanos
    }

    /// Whether anybody's new lines go to the spool.
    var isSpooling: Bool { tenants.values.contains(where: \.isSpooling) }

    /// Lines that are not in the ledger.
    var pendingLines: Int { storedLines + tenants.values.reduce(0) { $0 + $1.heldLines } }

    /// Calls `body` with every batch that is in memory and not in the ledger.
    func forEachHeld(_ body: (Batch) -> Void) {
        for tenant in tenants.values {
            for written in tenant.written { body(written.batch) }
            for batch in tenant.waiting { body(batch) }
        }
    }

    /// What is in a tenant's spools and neither at the sender nor in memory.
    func storedLines(_ tenant: Tenant) -> Int {
        var lines = tenant.spools.reduce(0) { $0 + Int(store.pending(of: $1).lines) }
        for sent in tenant.sent {
            let start = max(sent.start, store.spools[sent.spool]?.head ?? sent.start)
            lines -= Int(SpoolAmount(from: start, to: sent.end).lines)
        }
        return lines - tenant.written.reduce(0) { $0 + $1.batch.lineCount }
    }

    /// Bytes of a tenant's spools on the disk.
    func diskBytes(_ tenant: TenantID) -> Int64 {
        guard !tenants.isEmpty, let tenant = tenants[tenant] else { return 0 }
        return tenant.spools.reduce(0) { $0 + (store.spools[$1]?.diskBytes ?? 0) }
    }

    func isSpooling(_ tenant: TenantID) -> Bool { tenants[tenant]?.isSpooling ?? false }

    func isSent(_ tenant: TenantID, _ batch: UInt64) -> Bool {
        tenants[tenant]?.sent.contains { $0.batch == batch } ?? false
    }

    /// A tenant's entry, a new one if need be.
    func entry(_ id: TenantID, name: String) -> Tenant {
        if let known = tenants[id] { return known }
        let new = Tenant(id: id, name: name)
        tenants[id] = new
        return new
    }

    /// Tells the store what is done: up to the first batch at the sender that is not, or else all that was handed out.
    func acknowledge(_ tenant: Tenant, progress: (UInt64) -> (lines: Int, bytes: Int)?) {
        for spool in tenant.spools {
            var head = store.cursorMark(spool)
            while let index = tenant.sent.firstIndex(where: { $0.spool == spool }) {
                let first = tenant.sent[index]
                guard let done = progress(first.batch), UInt64(done.lines) < first.end.lines - first.start.lines else {
                    tenant.sent.remove(at: index)
                    continue
                }
                head = first.start
                if first.isAsStored {
                    head = first.start.advanced(by: SpoolAmount(lines: UInt64(done.lines), bytes: UInt64(done.bytes)))
                }
                break
            }
            if let head { store.acknowledge(spool, to: head) }
        }
    }

    /// Forgets tenants of which nothing is left, and with the last one what was known of sources.
    func forgetDone() {
        tenants = tenants.filter { !$0.value.isDone }
        if tenants.isEmpty { serials = [:] }
    }
}
