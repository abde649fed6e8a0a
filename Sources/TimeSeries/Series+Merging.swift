extension Series {
    /// What several sources select, as one: of two samples of one series and time the later source gives its own.
    ///
    /// - Returns: series sorted by labels.
    package static func merging(_ selections: [[Series]]) -> [Series] {
        if selections.count == 1 { return selections[0] }
        var parts: [Labels: [Series]] = [:]
        for series in selections.joined() { parts[series.labels, default: []].append(series) }
        return parts.map { Series(joining: $1, $0) }.sorted { $0.labels < $1.labels }
    }
}
