/// Whose turn it is to send: deficit round robin by bytes (Shreedhar and Varghese, 1995), with a line of its own for
/// those who were not waiting, as in RFC 8290, section 4.2.
///
/// In every round each tenant may send one quantum, or as many as its weight says. Requests are not cut for that: a tenant goes on as long as something
/// is left of its quantum, and what its last request took too much is missing in its next rounds. Who had nothing to
/// send when the round began comes first with its quantum, so a quiet tenant never waits for the backlog of others. Who
/// stops and comes back within a round finds what it had left.
///
/// Pure: no clock, no I/O; every operation takes constant time, apart from rounds, which visit those who wait.
struct FairScheduler {
    private struct Share {
        /// The round that `left` is about.
        var round: UInt64
        var left: Int
        /// How many quanta it gets a round.
        var weight: Int
        var isNew: Bool
        var isListed = false
        var isResting = false
    }

    /// What a tenant may send in a round, in bytes. As large as the usual request, or rounds pass in which nothing is sent.
    let quantumBytes: Int
    private var round: UInt64 = 0
    private var shares: [TenantID: Share] = [:]
    private var newcomers = FIFO<TenantID>()
    private var turn = FIFO<TenantID>()
    private var nextTurn: [TenantID] = []
    private var resting: [TenantID] = []

    init(quantumBytes: Int) {
        self.quantumBytes = min(max(1, quantumBytes), 1 << 30)
    }

    /// How many tenants it remembers, for tests.
    var count: Int { shares.count }

    /// A tenant has a request to send.
    ///
    /// - Parameter weight: 1 … 1000
    mutating func enter(_ tenant: TenantID, weight: Int = 1) {
        var share =
            shares[tenant] ?? Share(round: round, left: quantumBytes * weight, weight: weight, isNew: true)
        share.weight = weight
        guard !share.isListed else { return }
        renew(&share)
        share.isListed = true
        share.isResting = false
        shares[tenant] = share
        if share.left <= 0 {
            nextTurn.append(tenant)
        } else if share.isNew {
            newcomers.append(tenant)
        } else {
            turn.append(tenant)
        }
    }

    /// Takes the next tenant out of the line; nil where nobody waits.
    mutating func next() -> TenantID? {
        while true {
            while let tenant = newcomers.popFirst() ?? turn.popFirst() {
                // Somebody who was taken out of turn still stands in the line.
                guard var share = shares[tenant], share.isListed else { continue }
                renew(&share)
                share.isListed = share.left <= 0
                shares[tenant] = share
                if !share.isListed { return tenant }
                nextTurn.append(tenant)
            }
            beginRound()
            if turn.isEmpty { return nil }
        }
    }

    /// Takes a tenant out of turn.
    mutating func take(_ tenant: TenantID) { shares[tenant]?.isListed = false }

    /// A request of a tenant is sent.
    mutating func charge(_ tenant: TenantID, bytes: Int) { shares[tenant]?.left -= bytes }

    /// A tenant has nothing to send for now.
    mutating func rest(_ tenant: TenantID) {
        guard shares[tenant]?.isResting == false else { return }
        shares[tenant]?.isResting = true
        shares[tenant]?.isListed = false
        resting.append(tenant)
    }

    private mutating func beginRound() {
        round &+= 1
        let rested = resting
        resting = rested.filter { !forget($0) }
        for tenant in nextTurn { turn.append(tenant) }
        nextTurn.removeAll(keepingCapacity: nextTurn.capacity <= 1024)
    }

    /// Who rests is forgotten unless it sent more than its quantum: pausing must not pay.
    private mutating func forget(_ tenant: TenantID) -> Bool {
        // Who rested several times in this round stands in the list as often.
        guard var share = shares[tenant], share.isResting, share.round != round else { return true }
        guard share.left < 0 else {
            shares[tenant] = nil
            return true
        }
        renew(&share)
        share.isNew = true
        shares[tenant] = share
        return false
    }

    /// A round's credit for every round that began since; never more than one in stock.
    private func renew(_ share: inout Share) {
        guard share.round != round else { return }
        let rounds = Int(min(round &- share.round, 1 << 20))
        let credit = quantumBytes * share.weight
        share.left = min(credit, share.left + credit * rounds)
        share.round = round
        share.isNew = false
    }
}
