extension Series {
    /// Puts the parts of a series one behind the other, or merges them where they overlap: of two samples of one time
    /// the one of the later part stays.
    init(joining pieces: [Series], _ labels: Labels) {
        let parts = pieces.filter { $0.count > 0 }
        let isPlain = parts.allSatisfy { $0.histograms == nil && $0.startTimestamps == nil }
        if parts.count == 1, isPlain {
            self = parts[0]
            return
        }
        let follow = zip(parts, parts.dropFirst()).allSatisfy { ($0.timestamps.last ?? 0) < ($1.timestamps.first ?? 0) }
        if isPlain, follow {
            self = Series(chaining: parts, labels)
            return
        }
        // What the histograms' hints say is found anew.
        var stored = StoredSeries(labels: labels)
        for part in parts { stored.merge(part) }
        self = stored.span(from: .min, through: .max)?.series ?? Series(labels: labels)
    }

    private init(chaining parts: [Series], _ labels: Labels) {
        self.init(labels: labels)
        let count = parts.reduce(0) { $0 + $1.count }
        timestamps.reserveCapacity(count)
        values.reserveCapacity(count)
        for part in parts {
            timestamps.append(contentsOf: part.timestamps)
            values.append(contentsOf: part.values)
        }
    }
}
