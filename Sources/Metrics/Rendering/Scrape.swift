import Exposition
import Locking

/// What one scrape is made of: all families by name, and the samples that callbacks gave for it.
struct Scrape {
    enum Source {
        case stored(FamilyStore)
        case samples(FamilyDescriptor, [CallbackSample])

        var descriptor: FamilyDescriptor {
            switch self {
            case .stored(let store): store.descriptor
            case .samples(let descriptor, _): descriptor
            }
        }

        /// Lines of samples.
        var lineCount: Int {
            switch self {
            case .stored(let store): store.seriesCount * store.descriptor.linesPerChild
            case .samples(_, let samples): samples.count
            }
        }
    }

    /// Sorted by name; those of one name, which differ in their label names, stand together.
    private(set) var sources: [Source]

    init(_ registry: MetricsRegistry) {
        let (entries, groups, variants) = registry.state.withLock { ($0.entries, $0.groups, $0.variants) }
        sources = entries.values.compactMap { entry in
            if case .stored(let store) = entry { .stored(store) } else { nil }
        }
        for siblings in variants.values where siblings.count > 1 {
            sources.append(contentsOf: siblings.dropFirst().map { .stored($0) })
        }
        for group in groups {
            let collected = group.collect()
            for (position, descriptor) in group.descriptors.enumerated() where position < collected.count {
                let samples = Scrape.checked(collected[position], for: descriptor, refusals: registry.refusals)
                sources.append(.samples(descriptor, samples))
            }
        }
        sources.sort { left, right in
            let (first, second) = (left.descriptor, right.descriptor)
            return first.name == second.name
                ? first.labels.lexicographicallyPrecedes(second.labels) : first.name < second.name
        }
        setSeriesCount(registry.seriesGaugeName)
    }

    /// Leaves out what would make the whole scrape invalid: wrong label counts, label sets that stand twice, and in
    /// counters NaN and negative values.
    private static func checked(
        _ samples: [CallbackSample], for descriptor: FamilyDescriptor, refusals: Refusals
    ) -> [CallbackSample] {
        var seen: Set<[String]> = []
        return samples.filter { values, number in
            guard values.count == descriptor.labels.count else {
                refusals.reject(.callbackArity)
                return false
            }
            guard seen.insert(values).inserted else {
                refusals.reject(.callbackDuplicate)
                return false
            }
            return descriptor.kind != .counter || number >= 0
        }
    }

    private mutating func setSeriesCount(_ name: String) {
        let total = sources.reduce(0) { $0 + $1.lineCount }
        for (position, source) in sources.enumerated() where source.descriptor.name == name {
            sources[position] = .samples(source.descriptor, [([], Double(total))])
        }
    }
}
