import Exposition
import Locking

extension MetricsRegistry {
    /// Calls `body` with every sample a scrape would hold, histograms as `_bucket` (cumulative), `_count` and `_sum`.
    ///
    /// Labels are in the order of the declaration, `le` last and written as text format 0.0.4 writes it.
    public func forEachSample(
        _ body: (_ name: String, _ labels: [(name: String, value: String)], _ value: Double) -> Void
    ) {
        prepareScrape()
        let dialect = Dialect(NegotiatedExposition(format: .prometheusText004), createdLines: false)
        let catalogue = scrapes.catalogue(dialect, of: self)
        let callbacks = CallbackSamples(catalogue, .everything, registry: self)
        for member in catalogue.members {
            switch member.source {
            case .called(let group, let position):
                let descriptor = member.descriptor
                for (values, number) in callbacks.of(group, position: position) {
                    body(descriptor.name, descriptor.pairs(values), number)
                }
            case .stored(let store):
                store.forEachValue(body)
            }
        }
    }

    /// A table of all families for docs/METRICS.md, sorted by name.
    public func markdown() -> String {
        var lines = ["| name | type | labels | unit | meaning |", "|---|---|---|---|---|"]
        for descriptor in descriptors {
            let labels = descriptor.labels.map { "`\($0)`" }.joined(separator: ", ")
            let help = MetricsRegistry.cell(descriptor.help)
            lines.append(
                "| `\(descriptor.name)` | \(descriptor.kind.rawValue) | \(labels) | \(descriptor.unit) | \(help) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Text that cannot break a table: `|` escaped, line feeds replaced.
    private static func cell(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "|": result += "\\|"
            case "\n", "\r": result += " "
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

extension FamilyDescriptor {
    /// Names and values side by side.
    func pairs(_ values: [String]) -> [(name: String, value: String)] {
        zip(labels, values).map { (name: $0, value: $1) }
    }
}

extension FamilyStore {
    fileprivate func forEachValue(_ body: (String, [(name: String, value: String)], Double) -> Void) {
        let bounds = (descriptor.buckets + [.infinity]).map { bound in
            String(decoding: withByteCursor(capacity: 32) { $0.append(bound, style: .go) }, as: UTF8.self)
        }
        // Values are copied out page by page, so that `body` runs without the lock and may use the registry.
        var samples: [(values: [String], cells: CellHandle)] = []
        forEachRecord { samples.append((LabelKey.values(of: $0.key), $0.cells)) }
        for (values, cells) in samples where cells.isLive {
            let labels = descriptor.pairs(values)
            if descriptor.kind == .stateset {
                let bits = cells.total(at: 0)
                for (position, state) in descriptor.states.enumerated() {
                    let value = Double(bits >> UInt64(position) & 1)
                    body(descriptor.name, labels + [(name: descriptor.name, value: state)], value)
                }
                continue
            }
            guard descriptor.kind == .histogram else {
                body(descriptor.name, labels, descriptor.isFloat ? cells.floatTotal(at: 0) : Double(cells.total(at: 0)))
                continue
            }
            forEachValue(of: cells, labels, bounds, body)
        }
    }

    /// The samples of one histogram; of one without classic buckets those that a text has.
    private func forEachValue(
        of cells: CellHandle, _ labels: [(name: String, value: String)], _ bounds: [String],
        _ body: (String, [(name: String, value: String)], Double) -> Void
    ) {
        var count: UInt64 = 0
        var sum = 0.0
        if shape.hasClassicBuckets {
            for (index, bound) in bounds.enumerated() {
                count &+= cells.total(at: index)
                body(descriptor.name + "_bucket", labels + [(name: "le", value: bound)], Double(count))
            }
            sum = cells.floatTotal(at: bounds.count)
        } else {
            var snapshot = NativeSnapshot()
            guard cells.readNative(shape, into: &snapshot) else { return }
            (count, sum) = (snapshot.count, snapshot.sum)
            body(descriptor.name + "_bucket", labels + [(name: "le", value: "+Inf")], Double(count))
        }
        body(descriptor.name + "_count", labels, Double(count))
        body(descriptor.name + "_sum", labels, sum)
    }
}
