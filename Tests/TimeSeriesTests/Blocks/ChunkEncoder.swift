import TimeSeries

/// Encodes samples as chunks.
enum ChunkEncoder {
    typealias Sample = (time: Int64, value: Double)

    private static func header(_ count: Int, _ more: [UInt8] = []) -> BitWriter {
        var writer = BitWriter()
        writer.bits(UInt64(count), 16)
        for byte in more { writer.bits(UInt64(byte), 8) }
        return writer
    }

    private static func span(_ times: [Int64]) -> ClosedRange<Int64> { (times.min() ?? 0)...(times.max() ?? 0) }

    static func xor(_ samples: [Sample]) -> BlockWriter.Chunk {
        var writer = header(samples.count)
        var window = BitWriter.Window(samples[0].value)
        var (time, delta) = (samples[0].time, Int64(0))
        writer.varint(time)
        writer.bits(window.last, 64)
        for (place, sample) in samples.enumerated().dropFirst() {
            let next = sample.time &- time
            if place == 1 { writer.uvarint(UInt64(bitPattern: next)) } else { writer.timeChange(next &- delta) }
            (time, delta) = (sample.time, next)
            writer.xor(sample.value, &window)
        }
        return BlockWriter.Chunk(encoding: 1, data: writer.bytes, span: span(samples.map(\.time)))
    }

    /// Numbers with start timestamps; a staleness marker has a code of its own.
    static func xor2(_ samples: [Sample], starts: [Int64]) -> BlockWriter.Chunk {
        let first = starts.indices.dropFirst().first { starts[$0] != starts[$0 - 1] }
        let from = min(first ?? (starts.count > 127 ? 127 : 0), 127)
        var writer = header(samples.count, [UInt8(from) | (starts[0] != 0 ? 0x80 : 0)])
        var window = BitWriter.Window(samples[0].value.isStaleMarker ? 0 : samples[0].value)
        var (time, delta, difference) = (samples[0].time, Int64(0), Int64(0))
        writer.varint(time)
        writer.bits(samples[0].value.bitPattern, 64)
        if starts[0] != 0 { writer.varint(time &- starts[0]) }
        for (place, sample) in samples.enumerated().dropFirst() {
            let (before, next) = (time, sample.time &- time)
            let change = next &- delta
            (time, delta) = (sample.time, next)
            if place == 1 {
                writer.uvarint(UInt64(bitPattern: next))
                value(sample.value, &window, &writer)
            } else {
                joint(change, sample.value, &window, &writer)
            }
            if from > 0, place >= from {
                let own = before &- starts[place]
                writer.varbit(place == from ? own : own &- difference)
                difference = own
            }
        }
        return BlockWriter.Chunk(encoding: 4, data: writer.bytes, span: span(samples.map(\.time)))
    }

    private static func joint(
        _ change: Int64, _ value: Double, _ window: inout BitWriter.Window, _ writer: inout BitWriter
    ) {
        if change == 0 {
            if value.isStaleMarker { return writer.bits(0b11111, 5) }
            if value.bitPattern == window.last { return writer.bit(false) }
            writer.bits(0b10, 2)
            var inner = BitWriter()
            inner.xor(value, &window)
            // The first bit says "changed", which is known here.
            writer.bits(inner.allBits.dropFirst())
            return
        }
        switch change {
        case -4096...4095:
            writer.bits(0b110, 3)
            writer.bits(UInt64(bitPattern: change), 13)
        case -524_288...524_287:
            writer.bits(0b1110, 4)
            writer.bits(UInt64(bitPattern: change), 20)
        default:
            writer.bits(0b11110, 5)
            writer.bits(UInt64(bitPattern: change), 64)
        }
        self.value(value, &window, &writer)
    }

    private static func value(_ value: Double, _ window: inout BitWriter.Window, _ writer: inout BitWriter) {
        if value.isStaleMarker { return writer.bits(0b111, 3) }
        var inner = BitWriter()
        inner.xor(value, &window)
        let bits = inner.allBits
        if bits.count > 1, bits[1] {
            // A new window has one bit more here: 110.
            writer.bits([true, true, false] + bits.dropFirst(2))
        } else {
            writer.bits(bits)
        }
    }

    /// Histograms of one layout; nil is a stale one. Whole counts, or floating point ones.
    static func histograms(
        _ samples: [(time: Int64, value: FloatHistogram?)], isFloat: Bool, flags: UInt8 = 0, starts: [Int64]? = nil
    ) -> BlockWriter.Chunk {
        let layout = samples.compactMap(\.value).first ?? FloatHistogram()
        var writer = BitWriter()
        if let starts {
            writer.bits(UInt64(flags) << 14 | UInt64(samples.count), 16)
            writer.bits(starts[0] != 0 ? 0x80 : 0, 8)
        } else {
            writer.bits(UInt64(samples.count), 16)
            writer.bits(UInt64(flags) << 6, 8)
        }
        self.layout(layout, &writer)
        var (time, delta) = (Int64(0), Int64(0))
        var whole = WholeState()
        var float = FloatState()
        for (place, sample) in samples.enumerated() {
            writer.varbit(place == 0 ? sample.time : sample.time - time - delta)
            if place > 0 { delta = sample.time - time }
            time = sample.time
            if isFloat {
                float.write(sample.value, isFirst: place == 0, &writer)
            } else {
                whole.write(sample.value, isFirst: place == 0, &writer)
            }
            if let starts, place == 0, starts[0] != 0 { writer.varint(time - starts[0]) }
        }
        let encoding: UInt8 = (isFloat ? 3 : 2) + (starts == nil ? 0 : 3)
        return BlockWriter.Chunk(encoding: encoding, data: writer.bytes, span: span(samples.map(\.time)))
    }

    private static func layout(_ histogram: FloatHistogram, _ writer: inout BitWriter) {
        let threshold = histogram.zeroThreshold
        if threshold == 0 {
            writer.bits(0, 8)
        } else if threshold.significand == 1, (-243...10).contains(threshold.exponent) {
            writer.bits(UInt64(threshold.exponent + 244), 8)
        } else {
            writer.bits(255, 8)
            writer.bits(threshold.bitPattern, 64)
        }
        writer.varbit(Int64(histogram.schema))
        for buckets in [histogram.positive, histogram.negative] {
            var spans: [(offset: Int32, length: UInt64)] = []
            var next: Int32?
            for bucket in buckets {
                if bucket.index == next {
                    spans[spans.count - 1].length += 1
                } else {
                    spans.append((bucket.index - (next ?? 0), 1))
                }
                next = bucket.index + 1
            }
            writer.varbit(unsigned: UInt64(spans.count))
            for span in spans {
                writer.varbit(unsigned: span.length)
                writer.varbit(Int64(span.offset))
            }
        }
        guard histogram.usesCustomBounds else { return }
        writer.varbit(unsigned: UInt64(histogram.customBounds.count))
        for bound in histogram.customBounds {
            let thousandths = (bound * 1000).rounded()
            if thousandths >= 0, thousandths <= 33_554_430, thousandths / 1000 == bound {
                writer.varbit(unsigned: UInt64(thousandths) + 1)
            } else {
                writer.bit(false)
                writer.bits(bound.bitPattern, 64)
            }
        }
    }

    private struct WholeState {
        var values: [Int64] = []
        var deltas: [Int64] = []
        var sum = BitWriter.Window(0)

        mutating func write(_ histogram: FloatHistogram?, isFirst: Bool, _ writer: inout BitWriter) {
            guard let histogram else {
                for place in 0..<2 { change(values[place], place, &writer) }
                return writer.xor(staleMarker, &sum)
            }
            var own = [Int64(histogram.count), Int64(histogram.zeroCount)]
            for buckets in [histogram.positive, histogram.negative] {
                var before: Int64 = 0
                for bucket in buckets {
                    own.append(Int64(bucket.count) - before)
                    before = Int64(bucket.count)
                }
            }
            if isFirst {
                (values, deltas) = (own, own.map { _ in 0 })
                for value in own.prefix(2) { writer.varbit(unsigned: UInt64(value)) }
                sum = BitWriter.Window(histogram.sum)
                writer.bits(sum.last, 64)
                for value in own.dropFirst(2) { writer.varbit(value) }
                return
            }
            for place in 0..<2 { change(own[place], place, &writer) }
            writer.xor(histogram.sum, &sum)
            for place in 2..<own.count { change(own[place], place, &writer) }
        }

        private mutating func change(_ value: Int64, _ place: Int, _ writer: inout BitWriter) {
            let delta = value - values[place]
            writer.varbit(delta - deltas[place])
            (values[place], deltas[place]) = (value, delta)
        }
    }

    private struct FloatState {
        var windows: [BitWriter.Window] = []

        mutating func write(_ histogram: FloatHistogram?, isFirst: Bool, _ writer: inout BitWriter) {
            guard let histogram else {
                for place in 0..<2 { writer.xor(Double(bitPattern: windows[place].last), &windows[place]) }
                return writer.xor(staleMarker, &windows[2])
            }
            let own =
                [histogram.count, histogram.zeroCount, histogram.sum]
                + (histogram.positive + histogram.negative).map(\.count)
            if isFirst {
                windows = own.map { BitWriter.Window($0) }
                for value in own { writer.bits(value.bitPattern, 64) }
                return
            }
            for place in own.indices { writer.xor(own[place], &windows[place]) }
        }
    }
}

extension BitWriter {
    /// All bits that were written.
    var allBits: [Bool] {
        var all: [Bool] = []
        for byte in bytes { for place in 0..<8 { all.append((byte >> UInt8(7 - place)) & 1 == 1) } }
        return Array(all.dropLast(unused))
    }

    mutating func bits(_ bits: some Sequence<Bool>) { for one in bits { bit(one) } }
}
