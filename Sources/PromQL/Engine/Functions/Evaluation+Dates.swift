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
struct CalendarDate {
    private let year: Int
    private let month: Int
    private let day: Int
    private let days: Int
    private let secondOfDay: Int

    /// Seconds since the epoch, cut to whole ones; what is no such number gives the epoch of Go's zero time.
    init(_ seconds: Double) {
        let bounded = seconds.isNaN ? 0 : max(-9e15, min(9e15, seconds.rounded(.towardZero)))
        let total = Int(bounded)
        days = Int((Double(total) / 86_400).rounded(.down))
        secondOfDay = total - days * 86_400
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    func part(_ function: PromQLFunction) -> Double {
        switch function {
        case .year: Double(year)
        case .month: Double(month)
        case .dayOfMonth: Double(day)
        case .dayOfWeek: Double(((days + 4) % 7 + 7) % 7)
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
