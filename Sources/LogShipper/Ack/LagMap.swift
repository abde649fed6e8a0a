/// The tenants that are behind the front of one file, each with the offset from which its lines are still to be taken.
///
/// A file is its own spool: a tenant whose destination stalls is skipped while the others go on, and its lines are read
/// again from the file once it can take them. A restart is the same thing: everything that was not done is behind.
/// Pure: offsets in, decisions out.
struct LagMap: Equatable {
    /// A pass over the part of the file behind the front, for the tenants that can take lines again.
    struct Pass: Equatable {
        /// Everything before this offset was taken for the participants.
        var position: Int64
        var participants: Set<TenantID>
    }

    private(set) var offsets: [TenantID: Int64]
    private(set) var pass: Pass?

    init(_ offsets: [TenantID: Int64] = [:]) {
        self.offsets = offsets
    }

    var isEmpty: Bool { offsets.isEmpty }

    /// Whether the front must skip this tenant's lines.
    func contains(_ tenant: TenantID) -> Bool { offsets[tenant] != nil }

    /// Everything of this tenant before the offset was taken; nil for one that isn't behind.
    func position(of tenant: TenantID) -> Int64? {
        guard let offset = offsets[tenant] else { return nil }
        guard let pass, pass.participants.contains(tenant) else { return offset }
        return max(offset, pass.position)
    }

    /// The front left out a tenant's line: it is behind from there, unless it was behind already.
    mutating func leaveOut(_ tenant: TenantID, at offset: Int64) {
        if offsets[tenant] == nil { offsets[tenant] = offset }
    }

    /// Lines that were taken already are to be read again: the tenant is behind from there.
    mutating func giveBack(_ tenant: TenantID, at offset: Int64) {
        var taken = offsets[tenant]
        if let pass, pass.participants.contains(tenant) { taken = max(taken ?? 0, pass.position) }
        pass?.participants.remove(tenant)
        offsets[tenant] = min(taken ?? offset, offset)
    }

    /// Starts a pass for those tenants that are ready. Returns whether one runs now.
    mutating func beginPass(where isReady: (TenantID) -> Bool) -> Bool {
        guard pass == nil else { return true }
        let ready = offsets.filter { isReady($0.key) }
        guard let start = ready.values.min() else { return false }
        pass = Pass(position: start, participants: Set(ready.keys))
        return true
    }

    /// Whether the pass takes this tenant's line at `offset`.
    func takes(_ tenant: TenantID, at offset: Int64) -> Bool {
        guard let pass, pass.participants.contains(tenant), let start = offsets[tenant] else { return false }
        return offset >= start
    }

    /// A participant can take no more: it leaves the pass and stays behind from `offset`.
    mutating func withdraw(_ tenant: TenantID, at offset: Int64) {
        pass?.participants.remove(tenant)
        offsets[tenant] = offset
    }

    /// The pass has read everything before `position`. At the front its participants have caught up.
    mutating func advancePass(to position: Int64, front: Int64) {
        guard let current = pass else { return }
        if position >= front {
            for tenant in current.participants { offsets[tenant] = nil }
            pass = nil
        } else if current.participants.isEmpty {
            pass = nil
        } else {
            pass?.position = position
        }
    }

    /// From where each tenant that is behind would have to be read after a crash, leaving aside what is in batches.
    func pending() -> [TenantID: Int64] {
        guard let pass else { return offsets }
        var result = offsets
        for tenant in pass.participants { result[tenant] = max(offsets[tenant] ?? 0, pass.position) }
        return result
    }
}
