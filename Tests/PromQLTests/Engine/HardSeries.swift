import TestSupport
import TimeSeries

/// Numbers on which a careless sliding window goes wrong.
enum HardSeries: String, CaseIterable, Sendable {
    case walk, whole, constant, steps, offset, mixedScales, outliers, huge, tiny, special, ascending, nearlyConstant

    func values(_ count: Int, _ random: inout SeededGenerator) -> [Double] {
        var level = 50.0
        return (0..<count).map { place in
            level += Double(random.int(-1000...1000)) / 777
            switch self {
            case .walk: return level
            case .whole: return Double(random.int(-5...5))
            case .constant: return 0.1
            case .steps: return Double(place / 500) + 0.3
            case .offset: return 1e9 + Double(random.int(0...3)) * 1e-3
            case .mixedScales: return place / 300 % 2 == 0 ? 1e15 * Double(random.int(1...9)) : level
            case .outliers: return random.oneIn(90) ? 0 : 1e6 + level
            case .huge: return random.oneIn(2) ? 1e300 : -1e300
            case .tiny: return Double(random.int(0...9)) * 1e-200
            case .special:
                return [.nan, .infinity, -.infinity, 0, -0.0][random.oneIn(40) ? random.int(0...4) : 3] + level
            case .ascending: return Double(place) * 0.7
            case .nearlyConstant: return random.oneIn(300) ? 2.5 : 2
            }
        }
    }

    /// A store with the series `m`, every 10 s with some missing or late.
    static func store(_ values: [Double], _ random: inout SeededGenerator, regular: Bool) throws -> SeriesStore {
        let store = SeriesStore()
        for (place, value) in values.enumerated() {
            if !regular, random.oneIn(20) || place / 700 % 3 == 2 { continue }
            let delay = regular ? 0 : Int64(random.int(0...9999))
            try store.append(Labels([("__name__", "m")]), at: Int64(place) * 10_000 + delay, value)
        }
        return store
    }
}
