import Exposition

/// What a writer knows of a family beside its fixed bytes.
struct FamilyTraits {
    let kind: MetricKind
    let isFloat: Bool
    /// Nil when the values come from a callback.
    let shape: InstrumentShape?
    let hasExemplars: Bool
    /// Classic buckets, or the only ones that a text can have.
    let isNative: Bool
    let isNativeOnly: Bool
    let bucketCount: Int
    let hasNegativeBounds: Bool
    let scratch: NativeScratch

    init(_ member: Catalogue.Member, _ scratch: NativeScratch) {
        let descriptor = member.descriptor
        if case .stored(let store) = member.source { shape = store.shape } else { shape = nil }
        kind = descriptor.kind
        isFloat = descriptor.isFloat && kind != .info
        hasExemplars = shape?.hasExemplars ?? false
        isNative = shape?.isNative ?? false
        isNativeOnly = isNative && !(shape?.hasClassicBuckets ?? true)
        bucketCount = isNativeOnly ? 0 : descriptor.buckets.count + 1
        hasNegativeBounds = (descriptor.buckets.first ?? 0) < 0
        self.scratch = scratch
    }

    /// Reads the native histogram into ``scratch``; false when the series is gone.
    func readNative(_ record: SeriesRecord) -> Bool {
        guard let shape else { return false }
        return record.cells.readNative(shape, into: &scratch.snapshot)
    }

    /// The exemplar of a counter (0) or a bucket.
    @inline(__always)
    func exemplar(_ record: SeriesRecord, _ slot: Int) -> KeptExemplar? {
        guard hasExemplars, let shape else { return nil }
        return record.cells.exemplar(at: slot, shape)
    }
}

/// Writes the samples of one family in one dialect.
protocol RecordWriter {
    /// Appends all that one child has.
    func write(_ record: SeriesRecord, to cursor: inout ByteCursor)

    /// Appends one value that a callback gave.
    func write(_ sample: CallbackSample, to cursor: inout ByteCursor)
}

extension TextParts {
    /// One line a state, the state in a label that is named like the family.
    func writeStates(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        let bits = record.cells.total(at: 0)
        for index in 0..<stateTails.count {
            cursor.append(state.head)
            writeLabels(record, to: &cursor)
            cursor.append(stateTails[index])
            cursor.append(decimal: bits >> UInt64(index) & 1)
            cursor.append(UInt8(ascii: "\n"))
        }
    }

    /// Appends `a="x",b="y"` from a child's key or, where they are the same, its text.
    @inline(__always)
    func writeLabels(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        guard usesChildText else { return writeLabels(key: record.key, to: &cursor) }
        let text = record.text
        let end = max(text.count - bytesAfterLabels, bytesBeforeLabels)
        guard end <= text.count else { return }
        cursor.append(UnsafeRawBufferPointer(rebasing: text[bytesBeforeLabels..<end]))
    }

    /// Appends what stands before the value of a counter, gauge or info.
    @inline(__always)
    func beginNumber(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        guard usesChildText else { return begin(plain, record, to: &cursor) }
        cursor.append(record.text)
    }

    /// Appends what stands before the value of any line.
    @inline(__always)
    func begin(_ frame: LineFrame, _ record: SeriesRecord, to cursor: inout ByteCursor) {
        cursor.append(frame.head)
        writeLabels(record, to: &cursor)
        cursor.append(frame.tail)
    }

    func writeLabels(key: UnsafeRawBufferPointer, to cursor: inout ByteCursor) {
        var position = 0
        LabelKey.forEachValue(of: key) { value in
            guard position < labelHeads.count else { return }
            cursor.append(labelHeads[position])
            cursor.append(escapingLabelValue: value)
            position += 1
        }
        cursor.append(labelsEnd)
    }

    func writeLabels(values: [String], to cursor: inout ByteCursor) {
        for (position, value) in values.enumerated() where position < labelHeads.count {
            cursor.append(labelHeads[position])
            cursor.append(escapingLabelValue: value)
        }
        cursor.append(labelsEnd)
    }
}
