import Locking

extension MetricsRegistry {
    /// Makes the family or, if the very same was declared before, gives that one.
    func declare(_ descriptor: FamilyDescriptor) throws(MetricError) -> FamilyStore {
        try descriptor.validate(allowsUTF8: allowsUTF8Names)
        return try state.withLock { state throws(MetricError) -> FamilyStore in
            if case .stored(let store)? = state.entries[descriptor.name], store.descriptor == descriptor {
                return store
            }
            try MetricsRegistry.claim(descriptor, in: &state)
            let store = FamilyStore(descriptor, context: context)
            state.add(store)
            state.entries[descriptor.name] = .stored(store)
            return store
        }
    }

    /// Declares families whose values `collect` gives at each scrape, one list a family in the same order.
    func declare(
        _ descriptors: [FamilyDescriptor], collect: @escaping @Sendable () -> [[CallbackSample]]
    ) throws(MetricError) {
        for descriptor in descriptors { try descriptor.validate(allowsUTF8: allowsUTF8Names) }
        let group = CallbackGroup(descriptors, collect: collect)
        try state.withLock { state throws(MetricError) in
            var next = state
            for (position, descriptor) in descriptors.enumerated() {
                try MetricsRegistry.claim(descriptor, in: &next)
                next.entries[descriptor.name] = .called(group, position: position)
            }
            next.groups.append(group)
            state = next
        }
    }

    /// Makes a family beside others of the same name that have other label names; all else must be the same.
    ///
    /// They are exposed as one family. Only names that were declared this way first can have several.
    func declare(variant descriptor: FamilyDescriptor) throws(MetricError) -> FamilyStore {
        try descriptor.validate(allowsUTF8: allowsUTF8Names)
        return try state.withLock { state throws(MetricError) -> FamilyStore in
            let siblings = state.variants[descriptor.name] ?? []
            if let known = siblings.first(where: { $0.descriptor == descriptor }) { return known }
            if case .stored(let store)? = state.entries[descriptor.name], store.descriptor == descriptor {
                return store
            }
            if let first = siblings.first {
                guard first.descriptor.differsOnlyInLabels(from: descriptor) else {
                    throw MetricError(.duplicateName, family: descriptor.name, detail: descriptor.name)
                }
            } else {
                try MetricsRegistry.claim(descriptor, in: &state)
            }
            let store = FamilyStore(descriptor, context: context)
            state.add(store)
            if siblings.isEmpty { state.entries[descriptor.name] = .stored(store) }
            state.variants[descriptor.name, default: []].append(store)
            return store
        }
    }

    private static func claim(_ descriptor: FamilyDescriptor, in state: inout State) throws(MetricError) {
        for name in descriptor.claimedNames {
            if state.reserved.contains(name) {
                throw MetricError(.reservedName, family: descriptor.name, detail: name)
            }
            if let owner = state.claims[name] {
                throw MetricError(.duplicateName, family: descriptor.name, detail: owner)
            }
        }
        for name in descriptor.claimedNames { state.claims[name] = descriptor.name }
    }
}
