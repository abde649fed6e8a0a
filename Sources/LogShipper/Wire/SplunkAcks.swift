/// Requests that Splunk's collector has accepted and not yet acknowledged, by the id that it gave each.
///
/// A state machine without I/O or clock. An id that stays `false` for too long is lost, as one is that a restarted
/// collector does not know: what it stood for is sent again. What is held is bounded by what may be unsettled at all.
struct SplunkAcks<Held> {
    /// How many ids one query asks for.
    static var queryLimit: Int { 1000 }

    private struct Entry {
        var held: Held
        var acceptedNanos: Int64
    }

    let pollNanos: Int64
    let timeoutNanos: Int64
    private var entries: [UInt64: Entry] = [:]
    /// Ids in the order they were accepted, and those asked for last behind the others.
    private var order: [UInt64] = []
    private var nextPollNanos = Int64.min
    private var isAsking = false

    /// - Parameters:
    ///   - pollNanos: the time between two queries.
    ///   - timeoutNanos: how long an id may stay unacknowledged.
    init(pollNanos: Int64, timeoutNanos: Int64) {
        self.pollNanos = pollNanos
        self.timeoutNanos = timeoutNanos
    }

    var count: Int { entries.count }

    /// A request was accepted. Returns what stood under the same id: the collector forgot it when it restarted.
    mutating func accepted(_ id: UInt64, _ held: Held, nowNanos: Int64) -> Held? {
        if entries.isEmpty { nextPollNanos = nowNanos + pollNanos }
        if let old = entries.updateValue(Entry(held: held, acceptedNanos: nowNanos), forKey: id) { return old.held }
        order.append(id)
        return nil
    }

    /// When something is to be done.
    var nextNanos: Int64? { entries.isEmpty || isAsking ? nil : nextPollNanos }

    /// The ids to ask for now; empty where it is too early, where there are none, or while a query is under way.
    mutating func query(nowNanos: Int64) -> [UInt64] {
        guard !entries.isEmpty, !isAsking, nowNanos >= nextPollNanos else { return [] }
        isAsking = true
        let asked = Array(order.prefix(Self.queryLimit))
        order = order.dropFirst(asked.count) + asked
        return asked
    }

    /// The query was answered, or failed: then `acknowledged` is empty. Returns what is acknowledged, and what is to be sent
    /// again.
    mutating func answered(_ acknowledged: Set<UInt64>, nowNanos: Int64) -> (done: [Held], lost: [Held]) {
        isAsking = false
        nextPollNanos = nowNanos + pollNanos
        var done: [Held] = []
        var lost: [Held] = []
        for id in order {
            guard let entry = entries[id] else { continue }
            if acknowledged.contains(id) {
                done.append(entry.held)
            } else if nowNanos - entry.acceptedNanos >= timeoutNanos {
                lost.append(entry.held)
            } else {
                continue
            }
            entries[id] = nil
        }
        order.removeAll { entries[$0] == nil }
        return (done, lost)
    }

    /// The body of a query.
    static func body(_ ids: [UInt64]) -> [UInt8] {
        Array("{\"acks\":[\(ids.map(String.init).joined(separator: ","))]}".utf8)
    }

    /// The ids that an answer says are acknowledged; nil for what is no such answer.
    static func read(_ body: [UInt8]) -> Set<UInt64>? {
        var found: Set<UInt64> = []
        var isAnswer = false
        let isFine = body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            reader.readObject { name, reader in
                guard name == "acks" else {
                    reader.skip()
                    return
                }
                isAnswer = true
                reader.readObject { name, reader in
                    if reader.readBool() == true, let id = UInt64(name) { found.insert(id) }
                }
            }
            return !reader.isBroken && reader.isAtEnd
        }
        return isFine && isAnswer ? found : nil
    }

    /// Checks the order against the entries, for tests.
    func checkInvariants() -> Bool { Set(order) == Set(entries.keys) && order.count == entries.count }
}
