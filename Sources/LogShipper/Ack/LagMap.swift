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
        /// How far passes had come before this one went back for somebody.
        fileprivate var reached: Int64
        /// From where on it is asked again who may join.
        fileprivate var nextLook: Int64 = 0
    }

    /// What is read again for those who join may be so many times what was read for the first time.
    private static let rereadFactor: Int64 = 4
    /// Asking costs time for every tenant that is behind, so the pass reads this much for each in between.
    private static let lookBytesPerTenant = 1024

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

    /// Starts a pass for those tenants that are ready, or lets them join the one that runs. Returns whether one runs now.
    ///
    /// - Parameter goesBack: whether the one that runs may go back; in a compressed file that costs everything before it
    mutating func beginPass(goesBack: Bool = true, where isReady: (TenantID) -> Bool) -> Bool {
        if let pass {
            if pass.participants.count < offsets.count, pass.position >= pass.nextLook { join(goesBack, isReady) }
            return true
        }
        let ready = offsets.filter { isReady($0.key) }
        guard let start = ready.values.min() else { return false }
        pass = Pass(position: start, participants: Set(ready.keys), reached: start)
        return true
    }

    /// Nobody waits for the end of a pass that others are on: who is ahead of it comes along, and for those behind it goes
    /// back, once it has come far enough that this does not keep the others where they are.
    private mutating func join(_ goesBack: Bool, _ isReady: (TenantID) -> Bool) {
        guard var current = pass else { return }
        // Offsets are as large as a sparse file may be.
        let (look, isOut) = current.position.addingReportingOverflow(Int64(offsets.count * LagMap.lookBytesPerTenant))
        current.nextLook = isOut ? .max : look
        let ready = offsets.filter { !current.participants.contains($0.key) && isReady($0.key) }
        let lowest = ready.values.min() ?? current.position
        let mayGoBack =
            goesBack && (current.position - lowest) / LagMap.rereadFactor <= current.position - current.reached
        for (tenant, offset) in ready where mayGoBack || offset >= current.position {
            current.participants.insert(tenant)
        }
        if mayGoBack, lowest < current.position {
            for tenant in current.participants where ready[tenant] == nil {
                offsets[tenant] = max(offsets[tenant] ?? 0, current.position)
            }
            current.reached = current.position
            current.nextLook = current.position
            current.position = lowest
        }
        pass = current
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
