import Exposition
import Foundation

@testable import GatewayMetrics

extension ModelFamily {
    /// Adds to a page what a format must say of this family.
    func expect(
        in page: inout Page, _ format: ExpositionFormat, _ escaping: NameEscaping = .allowUTF8, createdMillis: Int64,
        createdLines: Bool
    ) {
        guard !children.isEmpty else { return }
        let chosen = NegotiatedExposition(format: format, escaping: escaping).escaping
        written(chosen).expectWritten(in: &page, format, createdMillis: createdMillis, createdLines: createdLines)
    }

    /// The same family with the names that a scrape shows.
    private func written(_ escaping: NameEscaping) -> ModelFamily {
        let written = MetricName.isValid(name) ? name : escaping.escape(metric: name)
        var family = ModelFamily(
            name: written, kind: kind, help: help, unit: unit,
            labels: labels.map { MetricName.isValidLabel($0) ? $0 : escaping.escape(label: $0) })
        family.buckets = buckets
        family.native = native
        family.hasExemplars = hasExemplars
        family.states = states
        family.children = children
        return family
    }

    private func expectWritten(
        in page: inout Page, _ format: ExpositionFormat, createdMillis: Int64, createdLines: Bool
    ) {
        let isOpen1 = format == .openMetrics100 || format == .openMetrics001
        let name = isOpen1 ? shortName : name
        let isPlain = !format.isOpenMetrics && (kind == .info || kind == .stateset)
        page.kinds[name] = isPlain ? .gauge : kind
        page.helps[name] = help
        let showsUnit =
            format == .protobufDelimited || format == .openMetrics200 || isOpen1 && name.hasSuffix("_" + unit)
        if !unit.isEmpty, showsUnit { page.units[name] = unit }
        let inline = format == .openMetrics200 || format == .protobufDelimited ? createdMillis : nil
        for (values, child) in children {
            let labels = Dictionary(zip(self.labels, values)) { $1 }
            switch kind {
            case .histogram:
                expect(histogram: child, labels, in: &page, format, inline)
            case .stateset:
                for state in states {
                    let key = Page.Key(name: self.name, labels: labels.merging([self.name: Page.exact(state)]) { $1 })
                    page.samples[key] = PageSample(value: child.states.contains(state) ? 1 : 0)
                }
            default:
                var sample = PageSample(value: kind == .info ? 1 : child.number)
                if kind == .counter {
                    sample.createdMillis = inline
                    if format.carriesExemplars { sample.exemplar = child.exemplars[0] }
                }
                page.samples[Page.Key(name: self.name, labels: labels)] = sample
            }
            if createdLines, isOpen1, kind == .counter || kind == .histogram {
                let key = Page.Key(name: shortName + "_created", labels: labels)
                page.samples[key] = PageSample(value: Double(createdMillis) / 1000)
            }
        }
    }

    private var shortName: String {
        switch kind {
        case .counter: String(name.dropLast(6))
        case .info: String(name.dropLast(5))
        default: name
        }
    }

    private func expect(
        histogram child: ModelChild, _ labels: [String: String], in page: inout Page, _ format: ExpositionFormat,
        _ created: Int64?
    ) {
        let carriesNative = format == .protobufDelimited || format == .openMetrics200
        let sum = child.observations.reduce(0, +)
        if let native, carriesNative {
            page.histograms[Page.Key(name: name, labels: labels)] = expected(native, child, sum, format, created)
            if buckets.isEmpty { return }
        }
        let count = Double(child.observations.count)
        for (index, bound) in (buckets + [.infinity]).enumerated() {
            let key = Page.Key(name: name + "_bucket", labels: labels.merging(["le": bound.description]) { $1 })
            var sample = PageSample(value: Double(child.observations.count { $0 <= bound }), createdMillis: created)
            let hasClassic = native == nil || !buckets.isEmpty
            if format.carriesExemplars, hasClassic { sample.exemplar = child.exemplars[index] }
            page.samples[key] = sample
        }
        let isOpen1 = format.isOpenMetrics && !carriesNative
        if isOpen1, buckets.first ?? 0 < 0 { return }
        page.samples[Page.Key(name: name + "_count", labels: labels)] = PageSample(
            value: count, createdMillis: created)
        page.samples[Page.Key(name: name + "_sum", labels: labels)] = PageSample(
            value: isOpen1 ? max(sum, 0) : sum, createdMillis: created)
    }

    private func expected(
        _ native: NativeHistogramOptions, _ child: ModelChild, _ sum: Double, _ format: ExpositionFormat,
        _ created: Int64?
    ) -> PageHistogram {
        // OpenMetrics 2.0 shows one set, that of classic buckets where there are some.
        let isClassic = format == .openMetrics200 && !buckets.isEmpty
        let exemplars = isClassic ? child.exemplars.count : min(child.exemplarCount, 10)
        var histogram = PageHistogram(
            schema: Int32(native.schema), zeroThreshold: native.zeroThreshold, zeroCount: 0,
            count: Double(child.observations.count), sum: sum, positive: [:], negative: [:],
            exemplars: exemplars, createdMillis: created)
        for value in child.observations {
            if value.magnitude <= native.zeroThreshold {
                histogram.zeroCount += 1
                continue
            }
            let index = Int((log2(value.magnitude) * exp2(Double(native.schema))).rounded(.up))
            if value > 0 {
                histogram.positive[index, default: 0] += 1
            } else {
                histogram.negative[index, default: 0] += 1
            }
        }
        return histogram
    }
}

extension ExpositionFormat {
    var carriesExemplars: Bool { isOpenMetrics || self == .protobufDelimited }
}
