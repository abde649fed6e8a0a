/// The end of frozen values, in two steps, so that no series is removed under the lock.
extension PlaceTable {
    /// A value whose series are to be removed.
    struct Leaver {
        let seat: Int
        let text: String
    }

    /// Frozen values whose time is over; their series are removed by the caller, who then calls ``leave(_:)`` for each.
    mutating func takeDue(at now: UInt64) -> [Leaver] {
        advance(to: now)
        guard nowNanos >= earliestDueNanos else { return [] }
        earliestDueNanos = .max
        var due: [Leaver] = []
        for seat in policy.fixedSeats..<seats.count where seats[seat].state == .frozen {
            if seats[seat].dueNanos <= nowNanos {
                seats[seat].state = .vanishing
                due.append(Leaver(seat: seat, text: String(decoding: values[seat], as: UTF8.self)))
            } else {
                earliestDueNanos = min(earliestDueNanos, seats[seat].dueNanos)
            }
        }
        return due
    }
}
