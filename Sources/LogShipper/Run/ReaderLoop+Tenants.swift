/// Tenants that nothing is left of make room for others.
extension ReaderLoop {
    /// When most numbers are given out, takes back those of idle tenants; once nothing of the overflow is left, new tenants
    /// get numbers again. At most once a second.
    func reclaimTenants(_ now: Int64) {
        guard tenants.isNearlyFull, now >= nextReclaimNanos else { return }
        nextReclaimNanos = now + 1_000_000_000
        var busy = stalled
        if let spool { busy.formUnion(spool.tenants.keys) }
        for file in [files, truncated].joined().map(\.value) {
            busy.formUnion(file.lag.offsets.keys)
            busy.formUnion(file.givenBack.keys)
        }
        // While lines wait under the overflow, who had a number keeps it: without one, lines that it had taken behind the
        // first of those would look like the overflow's.
        guard !tenants.isClosed || !busy.contains(tenants.overflowID) else { return }
        let idle = (1..<TenantID(tenants.count)).filter { !busy.contains($0) && batcher.isIdle($0) }
        guard !idle.isEmpty else { return }
        tenants.release(idle.filter { $0 != tenants.overflowID })
        for tenant in idle { policies?.forget(tenant) }
        if tenants.isClosed, idle.contains(tenants.overflowID) { tenants.reopen() }
    }
}
