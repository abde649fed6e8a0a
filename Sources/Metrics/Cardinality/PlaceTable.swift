import Exposition

/// Who has a place under a bounded label: the pure core of ``BoundedLabel``, used under its lock, time as an argument.
///
/// Every value with series has a seat: `_other` and `_none`, the provisioned ones, the placed ones, the frozen ones.
/// Nobody is demoted for being idle, only for someone busier, so the number of placed values never falls.
struct PlaceTable: @unchecked Sendable {
    enum State {
        case free
        /// Reserved or provisioned: always counted by name.
        case fixed
        case placed
        /// Lost its place; its series stand, and nobody writes them.
        case frozen
        /// Its time is over and its series are being removed; until that is done it gets no place.
        case vanishing

        /// Counted by name.
        var isCounted: Bool { self == .placed || self == .fixed }
    }

    struct Seat {
        var state = State.free
        var generation: UInt32 = 0
        var hash: UInt64 = 0
        /// Requests in this window and in the one before.
        var current: UInt32 = 0
        var previous: UInt32 = 0
        /// The window in which the place was given.
        var since: UInt32 = 0
        /// When a frozen value's series go.
        var dueNanos: UInt64 = 0

        /// The better of two windows: one that has just begun makes nobody look idle.
        var strength: UInt32 { max(current, previous) }
    }

    let policy: LabelPolicy
    let values: ValueRows
    private let index: HashIndex
    var sketch: SpaceSaving
    var seats: [Seat]
    private var freeSeats: [Int]
    private(set) var placed = 0
    /// Frozen and vanishing ones.
    var frozen = 0
    private(set) var window: UInt32 = 0
    private var windowEndNanos: UInt64
    private(set) var nowNanos: UInt64
    /// No frozen value is due before.
    var earliestDueNanos = UInt64.max
    /// No value that can be demoted is less busy than this; 0 when nothing is known.
    private var weakest: UInt32 = 0
    /// Requests since the placed ones were last gone over for the least busy: pays for the next time.
    private var credit = Int.max
    /// Demotions that did not happen because too many were frozen.
    private(set) var refusedDemotions: UInt64 = 0
    private(set) var changes = SeatChanges()

    /// - Parameter policy: clamped
    init(_ policy: LabelPolicy, nowNanos: UInt64) {
        self.policy = policy
        self.nowNanos = nowNanos
        let count = policy.valueBound
        values = ValueRows(rows: count, longest: policy.longestValueBytes)
        index = HashIndex(rows: count)
        sketch = SpaceSaving(counters: policy.counters, longestValueBytes: policy.longestValueBytes)
        seats = Array(repeating: Seat(), count: count)
        freeSeats = Array((policy.fixedSeats..<count).reversed())
        windowEndNanos = nowNanos.addingClamped(policy.windowNanos)
        for (position, text) in ([BoundedLabel.other, BoundedLabel.none] + policy.provisioned).enumerated() {
            var text = text
            text.withUTF8 { utf8 in
                let value = UnsafeRawBufferPointer(utf8)
                sit(value, hash: KeyedHash.hash(value), at: position)
            }
            seats[position].state = .fixed
        }
    }

    /// Fewer than half of the places are taken: whoever comes gets one.
    var isOpen: Bool { placed * 2 < policy.places }

    /// The seat of a value that has one.
    func find(_ value: UnsafeRawBufferPointer, _ hash: UInt64) -> Int? {
        index.find(hash) { seats[$0].hash == hash && values.equals($0, value) }
    }

    /// The text of a place, unless somebody else has the seat by now.
    func text(of place: LabelPlace) -> String? {
        guard seats.indices.contains(place.index), seats[place.index].generation == place.generation,
            seats[place.index].state != .free
        else { return nil }
        return String(decoding: values[place.index], as: UTF8.self)
    }

    /// What a seat is called outside.
    func place(_ seat: Int) -> LabelPlace { LabelPlace(index: seat, generation: seats[seat].generation) }

    // MARK: - Time

    /// Ends the windows that are over by now.
    mutating func advance(to now: UInt64) {
        nowNanos = max(nowNanos, now)
        guard nowNanos >= windowEndNanos else { return }
        let late = nowNanos - windowEndNanos
        let elapsed = late / policy.windowNanos + 1
        for seat in policy.fixedSeats..<seats.count {
            seats[seat].previous = elapsed == 1 ? seats[seat].current : 0
            seats[seat].current = 0
        }
        sketch.removeAll()
        window &+= UInt32(clamping: min(elapsed, 1 << 20))
        windowEndNanos = nowNanos.addingClamped(policy.windowNanos - late % policy.windowNanos)
        weakest = 0
        credit = .max
    }

    // MARK: - Requests

    /// Takes note of requests that were counted under a place.
    mutating func note(_ place: LabelPlace, _ amount: UInt32) {
        guard seats.indices.contains(place.index), seats[place.index].generation == place.generation,
            seats[place.index].state == .placed
        else { return }
        seats[place.index].current = seats[place.index].current.addingClamped(amount)
    }

    /// Takes note of requests with a value, wherever they were counted, and gives it a place if it has earned one.
    ///
    /// - Returns: the seat under which such requests are counted from now on
    mutating func request(_ value: UnsafeRawBufferPointer, _ hash: UInt64, _ amount: UInt32) -> Int {
        let seat = find(value, hash)
        if let seat, seats[seat].state.isCounted {
            note(place(seat), amount)
            return seat
        }
        if let seat, seats[seat].state == .vanishing { return LabelPlace.other.index }
        if isOpen { return givePlace(value, hash, seat: seat, strength: amount) ?? LabelPlace.other.index }
        if credit < .max { credit += 1 }
        let row = sketch.add(value, hash, amount)
        let strength = sketch.guaranteed(row)
        guard strength >= policy.guaranteedCount, LabelText.isValid(value),
            placed < policy.places || makeRoom(for: strength, isReturning: seat != nil),
            let given = givePlace(value, hash, seat: seat, strength: strength)
        else { return LabelPlace.other.index }
        sketch.release(row)
        return given
    }

    /// Demotes the least busy value if a newcomer with this count in the window is enough busier.
    private mutating func makeRoom(for strength: UInt32, isReturning: Bool) -> Bool {
        guard weakest < .max, UInt64(strength) >= policy.bar(over: weakest) else { return false }
        guard isReturning || frozen < policy.frozenPlaces else {
            refusedDemotions &+= 1
            return false
        }
        // Going over all seats must not cost more than the requests between two times.
        guard credit >= seats.count / 8 else { return false }
        credit = 0
        var candidate: Int?
        weakest = .max
        for seat in policy.fixedSeats..<seats.count where seats[seat].state == .placed {
            let hasStayed = window &- seats[seat].since > policy.minimumStayWindows
            guard hasStayed, seats[seat].strength < weakest else { continue }
            candidate = seat
            weakest = seats[seat].strength
        }
        guard let candidate, UInt64(strength) >= policy.bar(over: weakest) else { return false }
        demote(candidate)
        return true
    }

    private mutating func demote(_ seat: Int) {
        seats[seat].state = .frozen
        seats[seat].dueNanos = nowNanos.addingClamped(policy.frozenNanos)
        earliestDueNanos = min(earliestDueNanos, seats[seat].dueNanos)
        placed -= 1
        frozen += 1
        changes.append(seat)
    }

    /// Seats a value, or lets one that is frozen go on with its own series.
    private mutating func givePlace(
        _ value: UnsafeRawBufferPointer, _ hash: UInt64, seat frozenSeat: Int?, strength: UInt32
    ) -> Int? {
        let seat: Int
        if let frozenSeat {
            seat = frozenSeat
            frozen -= 1
        } else {
            guard LabelText.isValid(value), value.count <= policy.longestValueBytes, let free = freeSeats.popLast()
            else { return nil }
            seat = free
            sit(value, hash: hash, at: seat)
        }
        seats[seat].state = .placed
        seats[seat].since = window
        seats[seat].previous = 0
        seats[seat].current = strength
        placed += 1
        changes.append(seat)
        return seat
    }

    private mutating func sit(_ value: UnsafeRawBufferPointer, hash: UInt64, at seat: Int) {
        seats[seat].hash = hash
        seats[seat].generation &+= 1
        values.set(seat, value)
        index.insert(hash, row: seat)
    }

    /// Makes a seat free whose series are gone.
    mutating func leave(_ seat: Int) {
        index.remove(seats[seat].hash, row: seat)
        values.clear(seat)
        seats[seat].state = .free
        frozen -= 1
        freeSeats.append(seat)
    }

    /// Seats that nobody has and seats that the index knows; for tests.
    var bookkeeping: (free: Int, indexed: Int) { (freeSeats.count, index.count) }
}

extension UInt64 {
    /// The sum, or the greatest number if that is less.
    @inline(__always)
    func addingClamped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
