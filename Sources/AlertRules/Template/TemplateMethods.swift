/// Methods of `time.Time` and `time.Duration`, the values of `toTime` and `toDuration`.
enum TemplateMethods {
    /// Nil when the receiver has no such method.
    static func call(_ name: String, on receiver: TemplateValue, _ arguments: [TemplateValue]) -> TemplateValue? {
        switch receiver {
        case .time(let nanos): time(name, nanos, arguments)
        case .duration(let nanos) where arguments.isEmpty: duration(name, nanos)
        default: nil
        }
    }

    private static func time(_ name: String, _ nanos: Int64, _ arguments: [TemplateValue]) -> TemplateValue? {
        let civil = CivilTime(unixNanos: nanos)
        if name == "Format", arguments.count == 1, let layout = arguments[0].stringValue {
            return .string(GoTimeLayout.format(civil, layout: layout))
        }
        if name == "Add", arguments.count == 1, case .duration(let shift) = arguments[0] {
            let (sum, overflow) = nanos.addingReportingOverflow(shift)
            return .time(nanos: overflow ? nanos : sum)
        }
        guard arguments.isEmpty else { return nil }
        switch name {
        case "Unix": return .int(nanos.flooredDivision(by: 1_000_000_000).quotient)
        case "UnixMilli": return .int(nanos.flooredDivision(by: 1_000_000).quotient)
        case "UnixNano": return .int(nanos)
        case "UTC": return .time(nanos: nanos)
        case "String": return .string(GoTimeLayout.defaultString(civil))
        case "Year": return .int(Int64(civil.year))
        case "Month": return .string(CivilTime.monthNames[civil.month - 1])
        case "Day": return .int(Int64(civil.day))
        case "YearDay": return .int(Int64(civil.dayOfYear))
        case "Weekday": return .string(CivilTime.weekdayNames[civil.weekday])
        case "Hour": return .int(Int64(civil.hour))
        case "Minute": return .int(Int64(civil.minute))
        case "Second": return .int(Int64(civil.second))
        case "Nanosecond": return .int(Int64(civil.nanosecond))
        default: return nil
        }
    }

    private static func duration(_ name: String, _ nanos: Int64) -> TemplateValue? {
        switch name {
        case "Seconds": .float(Double(nanos) / 1e9)
        case "Minutes": .float(Double(nanos) / 60e9)
        case "Hours": .float(Double(nanos) / 3_600e9)
        case "Milliseconds": .int(nanos / 1_000_000)
        case "Microseconds": .int(nanos / 1_000)
        case "Nanoseconds": .int(nanos)
        case "String": .string(GoDuration.string(nanos: nanos))
        default: nil
        }
    }
}
