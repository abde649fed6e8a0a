extension AdmissionQueue {
    /// Every list tells the same story; for tests.
    var invariants: Bool {
        let waiting = arrivalLinks.slots(of: arrivals)
        let inTurn = turnLinks.slots(of: turns)
        guard waiting.count == count, count + freeEntries.count == settings.capacity,
            inTurn.count == places.count, inTurn.count + freeTenants.count == settings.capacity,
            Set(waiting + freeEntries).count == settings.capacity,
            waiting.allSatisfy({ entries[$0].element != nil })
        else { return false }
        let isOrdered = zip(waiting, waiting.dropFirst()).allSatisfy { entries[$0].queuedAt <= entries[$1].queuedAt }
        return isOrdered && inTurn.allSatisfy(isConsistent) && longest == (inTurn.map { tenants[$0].count }.max() ?? 0)
    }

    private func isConsistent(_ place: Int) -> Bool {
        let tenant = tenants[place]
        let own = entryLinks.slots(of: tenant.entries)
        return own.count == tenant.count && tenant.count > 0 && places[tenant.key] == place
            && own.allSatisfy { entries[$0].tenant == place }
            && lengthLinks.slots(of: lengths[tenant.count]).contains(place)
    }
}
