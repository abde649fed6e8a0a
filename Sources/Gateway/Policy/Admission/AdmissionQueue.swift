/// Requests that wait for a place: in order for a tenant, in turn between tenants, so that a tenant waits for its own
/// requests and not for another's flood (fair queueing, Nagle, RFC 970). When it is full, the tenant with the most
/// waiting loses its newest (as the longest queue drops of McKenney's stochastic fairness queueing, 1990).
///
/// Under lasting overload, when the queue has not been empty for a while, requests may wait only a short time: a long
/// queue would make every answer late without serving one more (Maurer, Fail at scale, 2015, after CoDel).
///
/// Per event loop and cell; all operations are O(1), and nothing is allocated after the start.
struct AdmissionQueue<Element> {
    /// Where an entry stands; outdated once it has left.
    struct Ticket: Equatable {
        fileprivate(set) var slot: Int
        fileprivate(set) var generation: UInt32
    }

    /// What became of an entry that was offered.
    enum Offer {
        case queued(Ticket)
        /// It waits, and this one of another tenant no longer does: refuse it.
        case displaced(Ticket, Element)
        /// There is no room for this tenant.
        case refused
    }

    /// The next entry.
    enum Taken {
        case admitted(Element)
        /// It waited too long; refuse it and take another.
        case expired(Element)
    }

    struct Entry {
        var element: Element?
        var tenant = 0
        var queuedAt: Int64 = 0
        var deadlineNanos: Int64 = 0
        var generation: UInt32 = 0
    }

    struct Tenant {
        var key: UInt64 = 0
        var entries = SlotList()
        var count = 0
    }

    let settings: AdmissionQueueSettings
    private(set) var count = 0
    private(set) var entries: [Entry]
    private(set) var tenants: [Tenant]
    private(set) var freeEntries: [Int]
    private(set) var freeTenants: [Int]
    /// Places in `tenants` by key.
    private(set) var places: [UInt64: Int] = [:]
    /// All entries by arrival.
    private(set) var arrivals = SlotList()
    private(set) var arrivalLinks: SlotLinks
    private(set) var entryLinks: SlotLinks
    /// Tenants in turn.
    private(set) var turns = SlotList()
    private(set) var turnLinks: SlotLinks
    /// Tenants by their number of entries.
    private(set) var lengths: [SlotList]
    private(set) var lengthLinks: SlotLinks
    private(set) var longest = 0
    private var emptyAt: Int64 = 0

    init(_ settings: AdmissionQueueSettings = AdmissionQueueSettings()) {
        self.settings = settings.clamped()
        let capacity = self.settings.capacity
        entries = Array(repeating: Entry(), count: capacity)
        tenants = Array(repeating: Tenant(), count: capacity)
        freeEntries = Array((0..<capacity).reversed())
        freeTenants = freeEntries
        arrivalLinks = SlotLinks(capacity)
        entryLinks = arrivalLinks
        turnLinks = arrivalLinks
        lengthLinks = arrivalLinks
        lengths = Array(repeating: SlotList(), count: capacity + 1)
        places.reserveCapacity(capacity)
    }

    var isEmpty: Bool { count == 0 }

    /// The queue has not been empty for too long.
    func isOverloaded(now: Int64) -> Bool {
        count > 0 && now.subtractingClamped(emptyAt) >= settings.overloadedAfterNanos
    }

    /// Lets an entry wait, at most until `deadlineNanos`.
    mutating func offer(_ element: Element, tenant: UInt64, deadlineNanos: Int64, now: Int64) -> Offer {
        guard settings.capacity > 0 else { return .refused }
        if count == 0 { emptyAt = now }
        var displaced: Element?
        if freeEntries.isEmpty {
            let own = places[tenant].map { tenants[$0].count } ?? 0
            // Only if that makes the queues more equal; else two tenants would take turns in losing.
            guard own + 1 < longest, let slot = newestOfLongest else { return .refused }
            displaced = detach(slot)
        }
        guard let slot = freeEntries.popLast(), let place = place(of: tenant) else { return .refused }
        entries[slot].element = element
        entries[slot].tenant = place
        entries[slot].queuedAt = now
        entries[slot].deadlineNanos = deadlineNanos
        arrivalLinks.append(slot, to: &arrivals)
        entryLinks.append(slot, to: &tenants[place].entries)
        setCount(of: place, tenants[place].count + 1)
        count += 1
        let ticket = Ticket(slot: slot, generation: entries[slot].generation)
        return displaced.map { .displaced(ticket, $0) } ?? .queued(ticket)
    }

    /// The oldest entry of the tenant whose turn it is; nil when none waits.
    mutating func take(now: Int64) -> Taken? {
        guard !turns.isEmpty else { return nil }
        let place = turns.first
        let slot = tenants[place].entries.first
        guard slot >= 0 else { return nil }
        if min(entries[slot].deadlineNanos, expiry(of: slot, now: now)) <= now {
            return leave(slot, now: now).map { .expired($0) }
        }
        turnLinks.remove(place, from: &turns)
        turnLinks.append(place, to: &turns)
        return leave(slot, now: now).map { .admitted($0) }
    }

    /// An entry that has waited too long; nil when there is none. For a timer, see `nextExpiryNanos`. A deadline of
    /// an entry's own that is earlier is seen when its turn comes, or by the request's own timer.
    mutating func takeExpired(now: Int64) -> Element? {
        guard !arrivals.isEmpty, expiry(of: arrivals.first, now: now) <= now else { return nil }
        return leave(arrivals.first, now: now)
    }

    /// When the oldest will have waited too long, as things stand; nil when none waits.
    func nextExpiryNanos(now: Int64) -> Int64? {
        arrivals.isEmpty ? nil : expiry(of: arrivals.first, now: now)
    }

    /// Takes out an entry whose client has left; nil if it has left the queue already.
    mutating func remove(_ ticket: Ticket, now: Int64) -> Element? {
        guard entries.indices.contains(ticket.slot), entries[ticket.slot].generation == ticket.generation
        else { return nil }
        return leave(ticket.slot, now: now)
    }

    private func expiry(of slot: Int, now: Int64) -> Int64 {
        let wait = isOverloaded(now: now) ? settings.overloadedWaitNanos : settings.waitNanos
        return entries[slot].queuedAt.addingClamped(wait)
    }

    private var newestOfLongest: Int? {
        let place = lengths[longest].first
        return place < 0 ? nil : tenants[place].entries.last
    }

    private mutating func place(of key: UInt64) -> Int? {
        if let known = places[key] { return known }
        guard let place = freeTenants.popLast() else { return nil }
        places[key] = place
        tenants[place].key = key
        turnLinks.append(place, to: &turns)
        return place
    }

    private mutating func leave(_ slot: Int, now: Int64) -> Element? {
        let element = detach(slot)
        if count == 0 { emptyAt = now }
        return element
    }

    private mutating func detach(_ slot: Int) -> Element? {
        guard let element = entries[slot].element else { return nil }
        let place = entries[slot].tenant
        entries[slot].element = nil
        entries[slot].generation &+= 1
        arrivalLinks.remove(slot, from: &arrivals)
        entryLinks.remove(slot, from: &tenants[place].entries)
        freeEntries.append(slot)
        count -= 1
        setCount(of: place, tenants[place].count - 1)
        return element
    }

    private mutating func setCount(of place: Int, _ new: Int) {
        let old = tenants[place].count
        tenants[place].count = new
        if old > 0 { lengthLinks.remove(place, from: &lengths[old]) }
        if new > 0 {
            lengthLinks.append(place, to: &lengths[new])
        } else {
            turnLinks.remove(place, from: &turns)
            places[tenants[place].key] = nil
            freeTenants.append(place)
        }
        longest = max(longest, new)
        // One step is enough: the tenant that left this length is one shorter now.
        if longest > 0, lengths[longest].isEmpty { longest -= 1 }
    }
}
