import TimeSeries

extension Evaluation {
    /// `hour`, `year` and their like, in UTC; without an argument of the evaluation time.
    func datePart(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        if node.arguments.isEmpty {
            let seconds = (0..<grid.count).map { Double(grid.time($0)) / 1000 }
            return [Column(labels: .empty, values: seconds.map { CalendarDate($0).part(node.function) })]
        }
        return try mapped(try vector(node.arguments[0], grid)) { CalendarDate($0).part(node.function) }
    }
}

/// A UTC date in the proleptic Gregorian calendar, by Howard Hinnant's days-from-civil arithmetic.
///
/// Counts as Go's `time.Unix(int64(v), 0)` does on amd64, also where the number fits no Int64: such a number, NaN
/// included, becomes the smallest one, and that wraps around to the year 292,277,026,596.
struct CalendarDate {
    private let year: Int
    private let month: Int
    private let day: Int
    /// Days since the first of January of Go's first year, a Monday.
    private let days: UInt64
    private let secondOfDay: UInt64

    /// The first year less one, a multiple of 400, and its following January's distance to 1970 in seconds.
    private static let firstYear = -292_277_022_400
    private static let secondsBefore1970: Int64 = 9_223_372_028_715_321_600

    /// Seconds since the epoch, cut to whole ones.
    init(_ seconds: Double) {
        let total = Int64(exactly: seconds.rounded(.towardZero)) ?? .min
        let absolute = UInt64(bitPattern: total &+ CalendarDate.secondsBefore1970)
        days = absolute / 86_400
        secondOfDay = absolute % 86_400
        // Eras begin in March: 306 days before our first day.
        let shifted = Int(days) + 306
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = CalendarDate.firstYear + yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    func part(_ function: PromQLFunction) -> Double {
        switch function {
        case .year: Double(year)
        case .month: Double(month)
        case .dayOfMonth: Double(day)
        case .dayOfWeek: Double((days + 1) % 7)
        case .dayOfYear: Double(CalendarDate.daysBefore(month, isLeap) + day)
        case .daysInMonth: Double(CalendarDate.lengths[month - 1] + (month == 2 && isLeap ? 1 : 0))
        case .hour: Double(secondOfDay / 3600)
        case .minute: Double(secondOfDay / 60 % 60)
        default: .nan
        }
    }

    private static let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    private var isLeap: Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func daysBefore(_ month: Int, _ isLeap: Bool) -> Int {
        lengths.prefix(month - 1).reduce(0, +) + (month > 2 && isLeap ? 1 : 0)
    }
}
