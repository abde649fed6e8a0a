import Exposition

extension ByteCursor {
    /// Appends ` # {trace_id="…"} 0.67 1520879607.789`.
    ///
    /// One of NaN is left out: it is inside no bucket.
    mutating func append(exemplar: KeptExemplar) {
        guard !exemplar.value.isNaN else { return }
        append(" # {")
        var isFirst = true
        exemplar.forEachLabel { name, value in
            if !isFirst { append(UInt8(ascii: ",")) }
            isFirst = false
            append(UnsafeRawBufferPointer(name))
            append("=\"")
            append(escapingLabelValue: value)
            append(UInt8(ascii: "\""))
        }
        append("} ")
        append(exemplar.value, style: .openMetrics)
        append(UInt8(ascii: " "))
        append(secondsOfMillis: exemplar.timestampMillis)
    }

    /// Appends the fields of an `Exemplar`: label = 1, value = 2, timestamp = 3.
    mutating func append(protobufExemplar exemplar: KeptExemplar) {
        exemplar.forEachLabel { name, value in
            append(field: 1) { pair in
                pair.append(field: 1, bytes: UnsafeRawBufferPointer(name))
                pair.append(field: 2, bytes: UnsafeRawBufferPointer(value))
            }
        }
        append(field: 2, double: exemplar.value)
        append(field: 3, timeOfMillis: exemplar.timestampMillis)
    }

    /// Appends a field that holds a `google.protobuf.Timestamp`.
    mutating func append(field: Int, timeOfMillis millis: Int64) {
        let total = UInt64(max(millis, 0))
        append(field: field) { time in
            time.append(field: 1, varint: total / 1000)
            time.append(field: 2, varint: total % 1000 * 1_000_000)
        }
    }

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
