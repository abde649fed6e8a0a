import TimeSeries

/// Joins base series with info series, step by step, because an info series may give way to a newer one.
struct InfoJoin {
    /// An info series with the time of its sample at every step, the least number where it has none.
    struct Source {
        let labels: Labels
        let times: [Int64]
    }

    /// What base and info series agree in.
    private struct Signature: Hashable {
        let name: String
        let values: [String]

        init(name: String, _ labels: Labels) {
            self.name = name
            values = InfoChoice.identifyingLabels.map { labels[$0] }
        }
    }

    private struct Base {
        let column: Column
        /// The places of its signatures; nil for an info series.
        let signatures: [Int]?
        /// The info series joined last, and the place of the result.
        var chosen: [Int] = []
        var place: Int?
    }

    private let choice: InfoChoice
    private let sources: [Source]
    private let signatures: [Int]
    private var places: [Signature: Int] = [:]
    private let names: [String]
    private let steps: Int
    private var bases: [Base] = []
    /// The info series of each signature at the current step, nil for none.
    private var current: [Int?]
    private(set) var result: [Column] = []
    private var resultPlaces: [Labels: Int] = [:]

    init(choice: InfoChoice, sources: [Source], steps: Int) {
        self.choice = choice
        self.sources = sources
        self.steps = steps
        var places: [Signature: Int] = [:]
        signatures = sources.map { source in
            let signature = Signature(name: source.labels.metricName, source.labels)
            let place = places[signature] ?? places.count
            places[signature] = place
            return place
        }
        self.places = places
        names = Set(sources.map(\.labels.metricName)).sorted()
        current = [Int?](repeating: nil, count: places.count)
    }

    mutating func add(base column: Column) {
        let isInfo = choice.isInfo(column.labels)
        let own = names.compactMap { places[Signature(name: $0, column.labels)] }
        bases.append(Base(column: column, signatures: isInfo ? nil : own))
    }

    mutating func combine(_ step: Int) throws {
        if !bases.contains(where: { $0.column.isPresent(step) }) { return }
        try chooseSources(step)
        for index in bases.indices where bases[index].column.isPresent(step) {
            guard let place = try place(of: index) else { continue }
            if result[place].isPresent(step) { throw EvaluationError.failed(Evaluation.duplicateMessage) }
            if let histogram = bases[index].column.shared(step) {
                result[place].set(histogram, step)
            } else {
                result[place].values[step] = bases[index].column.values[step]
            }
        }
    }

    /// Of info series with the same signature the one with the newest sample counts.
    private mutating func chooseSources(_ step: Int) throws {
        for place in current.indices { current[place] = nil }
        for (index, source) in sources.enumerated() where source.times[step] != .min {
            guard let rival = current[signatures[index]] else {
                current[signatures[index]] = index
                continue
            }
            let (time, rivalTime) = (source.times[step], sources[rival].times[step])
            if time == rivalTime {
                throw EvaluationError.failed(
                    "found duplicate series for info metric: existing \(sources[rival].labels) @ \(rivalTime), "
                        + "new \(source.labels) @ \(time)")
            }
            if time > rivalTime { current[signatures[index]] = index }
        }
    }

    /// The column that a base series' sample goes to now; nil when the sample goes away.
    private mutating func place(of index: Int) throws -> Int? {
        let base = bases[index]
        let chosen = base.signatures?.compactMap { current[$0] } ?? []
        if let place = base.place, base.chosen == chosen { return place }
        if base.signatures != nil, chosen.isEmpty, !choice.keepsUnmatched { return nil }
        let labels = try joined(base.column.labels, chosen)
        let place = resultPlaces[labels] ?? result.count
        if place == result.count {
            resultPlaces[labels] = place
            result.append(Column(labels: labels, dropsName: base.column.dropsName, steps: steps))
        }
        bases[index].chosen = chosen
        bases[index].place = place
        return place
    }

    private func joined(_ base: Labels, _ chosen: [Int]) throws -> Labels {
        var added: [String: String] = [:]
        for index in chosen {
            for pair in sources[index].labels.pairs where pair.name != Label.metricName {
                if !choice.dataLabels.isEmpty, !choice.dataLabels.contains(pair.name) { continue }
                if let other = added[pair.name], other != pair.value {
                    throw EvaluationError.failed("conflicting label: \(pair.name)")
                }
                if base[pair.name].isEmpty { added[pair.name] = pair.value }
            }
        }
        if added.isEmpty { return base }
        return Labels(base.pairs.map { ($0.name, $0.value) } + added.map { ($0.key, $0.value) })
    }
}
