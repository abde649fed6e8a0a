extension PlaceTable {
    /// Describes what is wrong inside, or nil; for tests.
    var brokenInvariant: String? {
        func seats(in state: State) -> Int { self.seats.count { $0.state == state } }
        guard placed == seats(in: .placed) else { return "\(placed) places but \(seats(in: .placed)) placed" }
        guard frozen == seats(in: .frozen) + seats(in: .vanishing) else { return "the frozen ones do not add up" }
        guard placed <= policy.places, frozen <= policy.frozenPlaces else {
            return "\(placed) placed, \(frozen) frozen"
        }
        guard seats(in: .fixed) == policy.fixedSeats else { return "a fixed value has moved" }
        let (free, indexed) = bookkeeping
        guard free == seats(in: .free), indexed + free == self.seats.count else {
            return "\(free) free and \(indexed) indexed of \(self.seats.count) seats"
        }
        for (seat, occupant) in self.seats.enumerated() where occupant.state != .free {
            guard find(values[seat], occupant.hash) == seat else { return "seat \(seat) cannot be found" }
            if occupant.state.isCounted, sketch.find(values[seat], occupant.hash) != nil {
                return "a placed value is counted among the unplaced"
            }
            if occupant.state == .frozen, occupant.dueNanos < earliestDueNanos {
                return "seat \(seat) would never leave"
            }
        }
        return sketch.brokenInvariant
    }
}
