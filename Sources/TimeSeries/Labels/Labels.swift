/// An immutable label set: names with their values, sorted by name, without empty values.
///
/// Copies share one allocation, and the hash is computed once, because label sets are keys of every grouping and
/// matching table of the engine. An absent label and an empty one are the same, as in Prometheus's data model.
public struct Labels: Hashable, Sendable {
    private final class Storage: Sendable {
        let pairs: [Label]
        let hash: Int

        init(pairs: [Label]) {
            self.pairs = pairs
            var hash = ByteHash()
            for pair in pairs {
                hash.combine(pair.name)
                hash.combine(pair.value)
            }
            self.hash = Int(truncatingIfNeeded: hash.value)
        }
    }

    private let storage: Storage
    private static let emptyStorage = Storage(pairs: [])

    /// The label set without labels.
    public static let empty = Labels()

    /// The label set without labels.
    public init() { storage = Labels.emptyStorage }

    /// Sorts the pairs and leaves out empty values; of a repeated name the last one stays.
    public init(_ pairs: [(String, String)]) {
        self.init(pairs.map { Label(name: $0.0, value: $0.1) })
    }

    /// Sorts the labels and leaves out empty values; of a repeated name the last one stays.
    public init(_ labels: [Label]) {
        if labels.count > Labels.mostForInsertion {
            self.init(sortedUnique: Labels.sorted(labels).filter { !$0.value.isEmpty })
            return
        }
        var sorted: [Label] = []
        sorted.reserveCapacity(labels.count)
        for label in labels {
            var place = sorted.count
            while place > 0, ByteOrder.compare(sorted[place - 1].name, label.name) > 0 { place -= 1 }
            if place > 0, ByteOrder.equal(sorted[place - 1].name, label.name) {
                sorted[place - 1] = label
            } else {
                sorted.insert(label, at: place)
            }
        }
        self.init(sortedUnique: sorted.filter { !$0.value.isEmpty })
    }

    /// Up to here insertion is faster than sorting.
    private static let mostForInsertion = 32

    private static func sorted(_ labels: [Label]) -> [Label] {
        let order = labels.indices.sorted { left, right in
            let order = ByteOrder.compare(labels[left].name, labels[right].name)
            return order == 0 ? left < right : order < 0
        }
        var sorted: [Label] = []
        for place in order {
            if let last = sorted.last, ByteOrder.equal(last.name, labels[place].name) { sorted.removeLast() }
            sorted.append(labels[place])
        }
        return sorted
    }

    private init(sortedUnique: [Label]) {
        storage = sortedUnique.isEmpty ? Labels.emptyStorage : Storage(pairs: sortedUnique)
    }

    /// The labels, sorted by name.
    public var pairs: [Label] { storage.pairs }

    /// How many labels there are, the metric's name included.
    public var count: Int { storage.pairs.count }

    /// Whether there is no label at all.
    public var isEmpty: Bool { storage.pairs.isEmpty }

    /// The value of a label, or the empty string where it is absent.
    public subscript(name: String) -> String {
        for pair in storage.pairs where ByteOrder.equal(pair.name, name) { return pair.value }
        return ""
    }

    /// The value of `__name__`, or the empty string.
    public var metricName: String { self[Label.metricName] }

    /// Whether both share one allocation, which implies equality.
    package func isIdentical(to other: Labels) -> Bool { storage === other.storage }

    /// Whether both have the same values for these names, absent ones included.
    package func agrees(with other: Labels, on names: [String]) -> Bool {
        names.allSatisfy { ByteOrder.equal(self[$0], other[$0]) }
    }

    /// The same labels without these names.
    public func dropping(_ names: [String]) -> Labels {
        guard storage.pairs.contains(where: { Labels.contains(names, $0.name) }) else { return self }
        return Labels(sortedUnique: storage.pairs.filter { !Labels.contains(names, $0.name) })
    }

    /// The same labels without this name.
    public func dropping(_ name: String) -> Labels { dropping([name]) }

    /// Only the labels with these names.
    public func keeping(_ names: [String]) -> Labels {
        Labels(sortedUnique: storage.pairs.filter { Labels.contains(names, $0.name) })
    }

    /// The same labels with one more, or with another value for it; an empty value removes it.
    public func setting(_ name: String, _ value: String) -> Labels {
        var next: [Label] = []
        next.reserveCapacity(storage.pairs.count + 1)
        var pending = !value.isEmpty
        for pair in storage.pairs {
            let order = ByteOrder.compare(pair.name, name)
            if pending, order >= 0 {
                next.append(Label(name: name, value: value))
                pending = false
            }
            if order != 0 { next.append(pair) }
        }
        if pending { next.append(Label(name: name, value: value)) }
        return Labels(sortedUnique: next)
    }

    private static func contains(_ names: [String], _ name: String) -> Bool {
        for candidate in names where ByteOrder.equal(candidate, name) { return true }
        return false
    }

    /// Equality by bytes; unequal hashes answer at once.
    public static func == (left: Labels, right: Labels) -> Bool {
        left.storage === right.storage
            || (left.storage.hash == right.storage.hash && left.storage.pairs == right.storage.pairs)
    }

    /// Feeds the hash that was computed when the set was made.
    public func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }
}

extension Labels: Comparable {
    /// Label by label, name before value; a prefix comes first (Prometheus's `labels.Compare`).
    public static func < (left: Labels, right: Labels) -> Bool {
        if left.storage === right.storage { return false }
        let shared = min(left.count, right.count)
        for place in 0..<shared {
            let leftPair = left.storage.pairs[place]
            let rightPair = right.storage.pairs[place]
            var order = ByteOrder.compare(leftPair.name, rightPair.name)
            if order == 0 { order = ByteOrder.compare(leftPair.value, rightPair.value) }
            if order != 0 { return order < 0 }
        }
        return left.count < right.count
    }
}
