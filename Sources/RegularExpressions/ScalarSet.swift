/// A set of Unicode scalars as sorted, disjoint ranges; the surrogates are never members.
struct ScalarSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>]

    static let highest: UInt32 = 0x10_ffff
    static let everything = ScalarSet([0...highest])

    /// Sorts and joins the ranges.
    init(_ unsorted: [ClosedRange<UInt32>]) {
        ranges = []
        for range in unsorted.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, range.lowerBound <= last.upperBound &+ 1 {
                if range.upperBound > last.upperBound { ranges[ranges.count - 1] = last.lowerBound...range.upperBound }
            } else {
                ranges.append(range)
            }
        }
    }

    var isEmpty: Bool { ranges.isEmpty }

    /// The only member, if there is just one.
    var single: UInt32? {
        ranges.count == 1 && ranges[0].lowerBound == ranges[0].upperBound ? ranges[0].lowerBound : nil
    }

    var inverted: ScalarSet {
        var out: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { out.append(next...(range.lowerBound - 1)) }
            next = range.upperBound &+ 1
        }
        if next <= ScalarSet.highest { out.append(next...ScalarSet.highest) }
        return ScalarSet(out)
    }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    /// With the other-case forms of every member.
    var foldingCase: ScalarSet { ScalarSet(foldedRanges) }

    /// The ranges with those of the other-case forms, neither sorted nor joined.
    var foldedRanges: [ClosedRange<UInt32>] {
        var out = ranges
        for range in ranges {
            if range.upperBound < 0x80 {
                out += ScalarSet.asciiVariants(range)
            } else {
                for (_, variants) in CaseOrbits.entries(in: range) { out += variants.map { $0...$0 } }
            }
        }
        return out
    }

    private static func asciiVariants(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
        var out: [ClosedRange<UInt32>] = []
        for scalar in range where (0x41...0x5a).contains(scalar & ~0x20) {
            out.append((scalar ^ 0x20)...(scalar ^ 0x20))
            if scalar | 0x20 == 0x6b { out.append(0x212a...0x212a) }
            if scalar | 0x20 == 0x73 { out.append(0x17f...0x17f) }
        }
        return out
    }
}

/// Scalars that differ only in case, from the standard library's Unicode tables; built on first use.
enum CaseOrbits {
    /// Scalars of a range that have other forms, with these.
    static func entries(in range: ClosedRange<UInt32>) -> ArraySlice<(scalar: UInt32, variants: [UInt32])> {
        var (low, high) = (0, table.count)
        while low < high {
            let middle = (low + high) / 2
            if table[middle].scalar < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return table[low...].prefix { $0.scalar <= range.upperBound }
    }

    /// By scalar.
    private static let table: [(scalar: UInt32, variants: [UInt32])] = {
        var orbits: [UInt32: [UInt32]] = [:]
        for value in UInt32(0)...0x1_e943 {
            guard let scalar = Unicode.Scalar(value), scalar.properties.changesWhenCaseMapped else { continue }
            orbits[key(scalar), default: []].append(value)
        }
        var table: [(scalar: UInt32, variants: [UInt32])] = []
        for members in orbits.values where members.count > 1 {
            table += members.map { member in (member, members.filter { $0 != member }) }
        }
        return table.sorted { $0.scalar < $1.scalar }
    }()

    /// The lower case of the upper case, where both are single scalars.
    private static func key(_ scalar: Unicode.Scalar) -> UInt32 {
        let upper = only(scalar.properties.uppercaseMapping) ?? scalar
        return (only(upper.properties.lowercaseMapping) ?? upper).value
    }

    private static func only(_ text: String) -> Unicode.Scalar? {
        text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
    }
}
