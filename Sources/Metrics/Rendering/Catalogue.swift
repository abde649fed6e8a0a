import Exposition
import Locking

/// All families of a registry in the order in which a dialect writes them, with their fixed bytes laid out.
///
/// Built once per dialect and set of declarations; a scrape in between allocates nothing for it.
final class Catalogue: Sendable {
    /// A store or a callback; several in a row are one family when they differ only in their label names.
    struct Member: Sendable {
        let source: MetricsRegistry.Entry
        let descriptor: FamilyDescriptor
        let form: FamilyForm
        /// True when the member before is of the same family.
        let continuesFamily: Bool
    }

    let dialect: Dialect
    /// Declarations that it knows; more make it out of date.
    let declarations: Int
    let members: [Member]
    let groups: [CallbackGroup]
    private let arena: PartArena

    init(_ dialect: Dialect, _ state: MetricsRegistry.State) {
        self.dialect = dialect
        declarations = state.declarations
        groups = state.groups
        let arena = PartArena()
        let entries = Catalogue.sorted(state)
        var last: String?
        members = entries.map { entry in
            let descriptor = entry.descriptor
            defer { last = descriptor.name }
            return Member(
                source: entry, descriptor: descriptor,
                form: FamilyForm(
                    descriptor, names: WrittenNames(descriptor, dialect.escaping), dialect: dialect, arena: arena),
                continuesFamily: descriptor.name == last)
        }
        self.arena = arena
    }

    /// By name, `target_info` first as OpenMetrics wants it; those of one name by their label names.
    private static func sorted(_ state: MetricsRegistry.State) -> [MetricsRegistry.Entry] {
        var entries = Array(state.entries.values)
        for siblings in state.variants.values where siblings.count > 1 {
            entries.append(contentsOf: siblings.dropFirst().map { .stored($0) })
        }
        return entries.sorted { left, right in
            let (first, second) = (left.descriptor, right.descriptor)
            if first.name == second.name { return first.labels.lexicographicallyPrecedes(second.labels) }
            if first.isTarget || second.isTarget { return first.isTarget }
            return first.name < second.name
        }
    }
}

extension FamilyDescriptor {
    fileprivate var isTarget: Bool { name == "target_info" || name == "target" && kind == .info }
}

/// The fixed bytes of one family, by format.
enum FamilyForm: Sendable {
    case text(TextParts)
    case protobuf(ProtobufParts)

    init(_ descriptor: FamilyDescriptor, names: WrittenNames, dialect: Dialect, arena: PartArena) {
        if dialect.format == .protobufDelimited {
            self = .protobuf(ProtobufParts(descriptor, names: names, arena: arena))
        } else {
            self = .text(TextParts(descriptor, names: names, dialect: dialect, arena: arena))
        }
    }
}

extension MetricsRegistry.Entry {
    var descriptor: FamilyDescriptor {
        switch self {
        case .stored(let store): store.descriptor
        case .called(let group, let position): group.descriptors[position]
        }
    }
}

/// What a registry keeps for its scrapes.
final class ScrapeState: Sendable {
    /// Pages that wait for the next scrape; as many as usually run at the same time.
    private static let maxIdlePages = 2

    private let catalogues = Locked<[Dialect: Catalogue]>([:])
    private let idle = Locked<[ScrapePage]>([])

    /// The catalogue of a dialect, made anew when families were declared since.
    func catalogue(_ dialect: Dialect, of registry: MetricsRegistry) -> Catalogue {
        let declarations = registry.state.withLock { $0.declarations }
        let known = catalogues.withLock { $0[dialect] }
        if let known, known.declarations == declarations { return known }
        let state = registry.state.withLock { $0 }
        let fresh = Catalogue(dialect, state)
        catalogues.withLock { $0[dialect] = fresh }
        return fresh
    }

    /// A page to write a scrape into; give it back with ``recycle(_:)``.
    func page() -> ScrapePage { idle.withLock { $0.popLast() } ?? ScrapePage() }

    func recycle(_ page: ScrapePage) {
        idle.withLock { idle in
            guard idle.count < ScrapeState.maxIdlePages else { return }
            // One may stay as large as it was needed, within limits; it is the next to be taken.
            let isLargest = idle.allSatisfy { $0.memory.count <= ScrapePage.pieceBytes }
            page.shrink(keeping: isLargest ? ScrapePage.keptBytes : ScrapePage.pieceBytes)
            idle.append(page)
            idle.sort { $0.memory.count < $1.memory.count }
        }
    }
}
