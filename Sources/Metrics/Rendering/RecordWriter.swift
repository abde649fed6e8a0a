import Exposition

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

extension ByteCursor {
    /// Appends milliseconds of Unix time as seconds, without an exponent: `1605281325.123`.
    mutating func append(secondsOfMillis millis: Int64) {
        let time = UInt64(max(millis, 0))
        append(decimal: time / 1000)
        append(UInt8(ascii: "."))
        let rest = time % 1000
        if rest < 100 { append(UInt8(ascii: "0")) }
        if rest < 10 { append(UInt8(ascii: "0")) }
        append(decimal: rest)
    }
}
