/// The places of samples in the order of their numbers, or nearly so; those of NaN are left out.
struct SampleOrder {
    /// A sample's place, and above its 32 bits the part of the span in which the number lies.
    private typealias Entry = UInt64

    private var entries: [Entry]

    var count: Int { entries.count }

    /// Below this number, comparing is faster than filling tables.
    private static let fewestForPasses = 64

    /// Cuts the span that the numbers fill into equal parts and orders samples by these, in two passes.
    ///
    /// - Parameter values: fewer than 2^32.
    init(_ values: UnsafeBufferPointer<Double>) {
        let digitBits: UInt64 = values.count < 1024 ? 8 : 11
        let span = values.count < SampleOrder.fewestForPasses ? nil : NumberSpan(values, parts: 1 << (2 * digitBits))
        entries = [Entry](unsafeUninitializedCapacity: values.count) { entries, count in
            for place in values.indices where !values[place].isNaN {
                let part = span?.part(of: values[place]) ?? 0
                entries.initializeElement(at: count, to: Entry(part) &<< 32 | Entry(truncatingIfNeeded: place))
                count += 1
            }
        }
        if span == nil {
            compare(values)
            return
        }
        var other = [Entry](repeating: 0, count: entries.count)
        var starts = [Int32](repeating: 0, count: 1 << digitBits)
        starts.withUnsafeMutableBufferPointer { starts in
            entries.withUnsafeMutableBufferPointer { entries in
                other.withUnsafeMutableBufferPointer { other in
                    SampleOrder.scatter(entries, other, starts, shift: 32)
                    SampleOrder.scatter(other, entries, starts, shift: 32 + digitBits)
                }
            }
        }
    }

    /// Orders all samples by comparing their numbers.
    mutating func compare(_ values: UnsafeBufferPointer<Double>) {
        entries.sort { values[SampleOrder.place($0)] < values[SampleOrder.place($1)] }
    }

    @inline(__always)
    private static func place(_ entry: Entry) -> Int { Int(entry & 0xffff_ffff) }

    /// One pass: orders entries by the digit from a bit on, equal ones as they come.
    private static func scatter(
        _ entries: UnsafeMutableBufferPointer<Entry>, _ out: UnsafeMutableBufferPointer<Entry>,
        _ starts: UnsafeMutableBufferPointer<Int32>, shift: UInt64
    ) {
        let mask = UInt64(starts.count - 1)
        starts.update(repeating: 0)
        for entry in entries { starts[Int((entry &>> shift) & mask)] &+= 1 }
        var total: Int32 = 0
        for digit in starts.indices { (starts[digit], total) = (total, total &+ starts[digit]) }
        for entry in entries {
            let digit = Int((entry &>> shift) & mask)
            out[Int(starts[digit])] = entry
            starts[digit] &+= 1
        }
    }

    /// Writes down the numbers in order, and each sample's rank. Samples that stand too late are moved back first.
    ///
    /// - Returns: false where so many would have to be moved that comparing is better; nothing written is right then.
    mutating func write(
        _ values: UnsafeBufferPointer<Double>, _ numbers: UnsafeMutableBufferPointer<Double>,
        _ ranks: UnsafeMutableBufferPointer<UInt32>
    ) -> Bool {
        entries.withUnsafeMutableBufferPointer { entries in
            var movesLeft = 4 * entries.count
            var last = -Double.infinity
            for next in entries.indices {
                let entry = entries[next]
                let number = values[SampleOrder.place(entry)]
                var rank = next
                if number < last {
                    while rank > 0, number < numbers[rank - 1] {
                        rank -= 1
                        entries[rank + 1] = entries[rank]
                        numbers[rank + 1] = numbers[rank]
                        ranks[SampleOrder.place(entries[rank])] = UInt32(truncatingIfNeeded: rank + 1)
                    }
                    entries[rank] = entry
                    movesLeft -= next - rank
                    if movesLeft < 0 { return false }
                } else {
                    last = number
                }
                numbers[rank] = number
                ranks[SampleOrder.place(entry)] = UInt32(truncatingIfNeeded: rank)
            }
            return true
        }
    }
}

/// The span from the least to the largest finite number, cut into parts of equal width.
struct NumberSpan {
    private let least: Double
    private let scale: Double
    private let last: Double

    /// Nil where the numbers are all the same, or too far from each other or too near for the division.
    init?(_ values: UnsafeBufferPointer<Double>, parts: Int) {
        var least = Double.infinity
        var largest = -Double.infinity
        for value in values where value.isFinite {
            least = value < least ? value : least
            largest = value > largest ? value : largest
        }
        self.least = least
        last = Double(parts - 1)
        scale = last / (largest - least)
        guard largest > least, scale.isFinite, scale > 0 else { return nil }
    }

    /// The part in which a number lies; never a smaller one for a larger number.
    @inline(__always)
    func part(of number: Double) -> UInt32 { UInt32(max(0, min((number - least) * scale, last))) }
}
