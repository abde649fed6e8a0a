import Exposition
import Locking

extension MetricsRegistry {
    /// The most bytes a page in this format can have, whatever happens to the series; nil when there is no bound.
    ///
    /// Every family counts with its limit and its overflow series, callbacks with 10,000 samples at most.
    ///
    /// - Parameters:
    ///   - format: of the page, before compression
    ///   - labelBytes: the most bytes of UTF-8 that all label values of one series have together; 4,096 is the most
    ///     that is ever kept
    public func pageBound(_ format: ExpositionFormat, labelBytes: Int = 4096) -> Int? {
        let dialect = Dialect(NegotiatedExposition(format: format, escaping: .values), createdLines: true)
        let catalogue = Catalogue(dialect, state.withLock { $0 })
        var total = 16
        for member in catalogue.members {
            guard let bytes = member.bound(labelBytes: min(max(labelBytes, 0), LabelKey.maxBytes)) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(bytes)
            if overflow { return nil }
            total = sum
        }
        return total
    }
}

extension Catalogue.Member {
    /// Bytes of all children that the family may have.
    fileprivate func bound(labelBytes: Int) -> Int? {
        let children: Int
        switch source {
        case .stored(let store):
            guard let series = store.seriesBound else { return nil }
            children = series
        case .called: children = CallbackSamples.limit(descriptor)
        }
        let (bytes, tooMany) = children.multipliedReportingOverflow(by: form.childBound(descriptor, labelBytes))
        let (total, isHuge) = bytes.addingReportingOverflow(form.headBound)
        return tooMany || isHuge ? nil : total
    }
}

extension FamilyForm {
    /// Bytes before the first child.
    fileprivate var headBound: Int {
        switch self {
        case .text(let parts): parts.metadata.count
        case .protobuf(let parts): parts.head.count + ScrapePage.lengthBytes
        }
    }

    /// Bytes of one child.
    fileprivate func childBound(_ descriptor: FamilyDescriptor, _ labelBytes: Int) -> Int {
        switch self {
        case .text(let parts): parts.childBound(descriptor, labelBytes)
        case .protobuf(let parts): parts.childBound(descriptor, labelBytes)
        }
    }
}

extension TextParts {
    /// Digits of a 64-bit number, and the line feed.
    private static let numberBytes = 25

    /// ` # {`, labels twice as long as they are kept with their quotes, a value and a time.
    private static let exemplarBytes = 2 * Exemplar.maxLabelBytes + 4 * 28 + 64
    /// Two counts, or a span and its gap, of a native bucket in OpenMetrics 2.0.
    private static let nativeBucketBytes = 2 * 21 + 24

    fileprivate func childBound(_ descriptor: FamilyDescriptor, _ labelBytes: Int) -> Int {
        let exemplars = descriptor.exemplars ? descriptor.exemplarLimit * TextParts.exemplarBytes : 0
        let native = descriptor.nativeBucketLimit * TextParts.nativeBucketBytes + (descriptor.native == nil ? 0 : 200)
        return linesBound(descriptor, labelBytes) + exemplars + native
    }

    private func linesBound(_ descriptor: FamilyDescriptor, _ labelBytes: Int) -> Int {
        // Escaping at most doubles a value.
        let labels = 2 * labelBytes + labelsEnd.count + labelHeads.reduce(0) { $0 + $1.count }
        func line(_ frame: LineFrame) -> Int {
            frame.head.count + labels + frame.tail.count + TextParts.numberBytes
        }
        if descriptor.kind == .stateset { return stateTails.reduce(0) { $0 + line(state) + $1.count } }
        guard descriptor.kind == .histogram else { return line(plain) + line(created) }
        let buckets = bucketTails.reduce(0) { $0 + line(bucket) + $1.count }
        return buckets + line(count) + line(sum) + line(created)
    }
}

extension ProtobufParts {
    /// A varint, and a tag with its length.
    private static let numberBytes = 10
    private static let fieldBytes = 12

    /// Labels, a value and a time, each with its lengths.
    private static let exemplarBytes = 2 * Exemplar.maxLabelBytes + 64
    /// Three deltas and a span.
    private static let nativeBucketBytes = 3 * 11 + 20

    fileprivate func childBound(_ descriptor: FamilyDescriptor, _ labelBytes: Int) -> Int {
        let exemplars = descriptor.exemplars ? descriptor.exemplarLimit * ProtobufParts.exemplarBytes : 0
        let native = descriptor.nativeBucketLimit * ProtobufParts.nativeBucketBytes
        return metricBound(labelBytes) + exemplars + native + (descriptor.native == nil ? 0 : 100)
    }

    private func metricBound(_ labelBytes: Int) -> Int {
        let labels = labels.reduce(labelBytes) { $0 + $1.count + 2 * ProtobufParts.fieldBytes }
        let buckets = bounds.reduce(0) { $0 + $1.count + ProtobufParts.fieldBytes + ProtobufParts.numberBytes }
        if !states.isEmpty {
            return states.reduce(0) { $0 + labels + $1.count + 3 * ProtobufParts.fieldBytes }
        }
        return labels + buckets + 6 * ProtobufParts.fieldBytes
    }
}

extension FamilyDescriptor {
    /// The most exemplars one child shows.
    fileprivate var exemplarLimit: Int {
        kind == .histogram ? buckets.count + 1 + (native == nil ? 0 : ExemplarSlot.nativeCount) : 1
    }

    /// The most native buckets one child has: at the coarsest schema there are no more than 270.
    fileprivate var nativeBucketLimit: Int { native.map { max($0.maxBuckets, 270) } ?? 0 }
}
