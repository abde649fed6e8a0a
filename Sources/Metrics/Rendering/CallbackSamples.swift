import Exposition
import Locking

/// What callbacks gave for one scrape, checked.
struct CallbackSamples {
    /// Samples of one family that are looked at; what a callback gives beyond is left out and counted.
    static let maxSamples = 10_000

    private var samples: [ObjectIdentifier: [[CallbackSample]]] = [:]

    /// The most samples that a callback's family has in a page.
    static func limit(_ descriptor: FamilyDescriptor) -> Int {
        descriptor.labels.isEmpty ? 1 : min(descriptor.seriesLimit, maxSamples)
    }

    /// Asks the callbacks of the families that the filter lets through.
    init(_ catalogue: Catalogue, _ filter: NameFilter, registry: MetricsRegistry) {
        for group in catalogue.groups where group.descriptors.contains(where: { filter.contains($0) }) {
            let collected = group.collect()
            samples[ObjectIdentifier(group)] = zip(group.descriptors, collected).map { descriptor, samples in
                CallbackSamples.checked(samples, for: descriptor, refusals: registry.refusals)
            }
        }
        guard filter.names == nil else { return }
        let count = seriesCount(catalogue)
        registry.own.withLock { $0 }?.setSeries(count)
    }

    /// The samples of one of a group's families.
    func of(_ group: CallbackGroup, position: Int) -> [CallbackSample] {
        guard let lists = samples[ObjectIdentifier(group)], position < lists.count else { return [] }
        return lists[position]
    }

    /// Leaves out what would make the whole scrape invalid: wrong label counts, label sets that stand twice, and in
    /// counters NaN and negative values.
    private static func checked(
        _ samples: [CallbackSample], for descriptor: FamilyDescriptor, refusals: Refusals
    ) -> [CallbackSample] {
        let samples = descriptor.kind == .info ? samples.map { ($0.0, 1) } : samples
        if samples.count == 1, samples[0].0.isEmpty, descriptor.labels.isEmpty {
            return descriptor.kind != .counter || samples[0].1 >= 0 ? samples : []
        }
        let limit = limit(descriptor)
        if samples.count > limit { refusals.reject(.callbackLimit, times: samples.count - limit) }
        var seen: Set<[ExactText]> = []
        return samples.prefix(limit).filter { values, number in
            guard values.count == descriptor.labels.count else {
                refusals.reject(.callbackArity)
                return false
            }
            guard seen.insert(values.map(ExactText.init)).inserted else {
                refusals.reject(.callbackDuplicate)
                return false
            }
            return descriptor.kind != .counter || number >= 0
        }
    }

    /// Time series that a whole scrape holds.
    private func seriesCount(_ catalogue: Catalogue) -> Int {
        catalogue.members.reduce(0) { total, member in
            switch member.source {
            case .stored(let store): total + store.seriesCount * member.descriptor.linesPerChild
            case .called(let group, let position): total + of(group, position: position).count
            }
        }
    }
}
