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
        var names = NameChoice(dialect.escaping)
        let entries = Catalogue.sorted(state)
        for entry in entries { names.reserve(entry.descriptor) }
        var last: String?
        members = entries.map { entry in
            let descriptor = entry.descriptor
            defer { last = descriptor.name }
            return Member(
                source: entry, descriptor: descriptor,
                form: FamilyForm(descriptor, names: names.choose(descriptor), dialect: dialect, arena: arena),
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

/// Chooses how names that break the legacy rule are written, so that no two families or labels become the same.
private struct NameChoice {
    private let escaping: NameEscaping
    private var owners: [String: String] = [:]

    init(_ escaping: NameEscaping) { self.escaping = escaping }

    /// Names that stay as they are have precedence.
    mutating func reserve(_ descriptor: FamilyDescriptor) {
        guard MetricName.isValid(descriptor.name) else { return }
        for name in descriptor.claimedNames { owners[name] = descriptor.name }
    }

    /// The names by the scheme that was asked for or, where that is ambiguous, by the one that keeps all apart.
    mutating func choose(_ descriptor: FamilyDescriptor) -> WrittenNames {
        let names = WrittenNames(descriptor, escaping)
        guard !descriptor.hasLegacyNames, escaping != .allowUTF8 else { return names }
        let claimed = descriptor.claimedNames.map { WrittenName(metric: $0, escaping).text }
        let isTaken = claimed.contains { owners[$0, default: descriptor.name] != descriptor.name }
        if isTaken || names.isAmbiguous { return WrittenNames(descriptor, .values) }
        for name in claimed { owners[name] = descriptor.name }
        return names
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
        page.shrink()
        idle.withLock { if $0.count < ScrapeState.maxIdlePages { $0.append(page) } }
    }
}
