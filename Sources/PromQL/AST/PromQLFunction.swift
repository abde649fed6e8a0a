/// The functions of the language, by the name they are called with.
public enum PromQLFunction: String, CaseIterable, Sendable {
    case abs, absent, acos, acosh, asin, asinh, atan, atanh, ceil, clamp
    case absentOverTime = "absent_over_time"
    case avgOverTime = "avg_over_time"
    case changes
    case clampMax = "clamp_max"
    case clampMin = "clamp_min"
    case cos, cosh
    case countOverTime = "count_over_time"
    case dayOfMonth = "day_of_month"
    case dayOfWeek = "day_of_week"
    case dayOfYear = "day_of_year"
    case daysInMonth = "days_in_month"
    case deg, delta, deriv
    case doubleExponentialSmoothing = "double_exponential_smoothing"
    case end, exp
    case firstOverTime = "first_over_time"
    case floor
    case histogramAvg = "histogram_avg"
    case histogramCount = "histogram_count"
    case histogramFraction = "histogram_fraction"
    case histogramQuantile = "histogram_quantile"
    case histogramQuantiles = "histogram_quantiles"
    case histogramStddev = "histogram_stddev"
    case histogramStdvar = "histogram_stdvar"
    case histogramSum = "histogram_sum"
    case hour, idelta, increase, info, irate
    case labelJoin = "label_join"
    case labelReplace = "label_replace"
    case lastOverTime = "last_over_time"
    case ln, log10, log2
    case madOverTime = "mad_over_time"
    case maxOf = "max_of"
    case maxOverTime = "max_over_time"
    case minOf = "min_of"
    case minOverTime = "min_over_time"
    case minute, month, pi
    case predictLinear = "predict_linear"
    case presentOverTime = "present_over_time"
    case quantileOverTime = "quantile_over_time"
    case rad, range, rate, resets, round, scalar, sgn, sin, sinh, sort
    case sortByLabel = "sort_by_label"
    case sortByLabelDesc = "sort_by_label_desc"
    case sortDesc = "sort_desc"
    case sqrt, start
    case startTimestamp = "start_timestamp"
    case stddevOverTime = "stddev_over_time"
    case stdvarOverTime = "stdvar_over_time"
    case step
    case sumOverTime = "sum_over_time"
    case tan, tanh, time, timestamp
    case tsOfFirstOverTime = "ts_of_first_over_time"
    case tsOfLastOverTime = "ts_of_last_over_time"
    case tsOfMaxOverTime = "ts_of_max_over_time"
    case tsOfMinOverTime = "ts_of_min_over_time"
    case vector, year

    /// The types of the arguments, the last one repeated or left out as `variadic` says.
    var argumentTypes: [ValueType] {
        switch self {
        case .end, .pi, .range, .start, .step, .time: []
        case .clamp: [.vector, .scalar, .scalar]
        case .clampMax, .clampMin, .round: [.vector, .scalar]
        case .doubleExponentialSmoothing: [.matrix, .scalar, .scalar]
        case .histogramFraction: [.scalar, .scalar, .vector]
        case .histogramQuantile: [.scalar, .vector]
        case .histogramQuantiles: [.vector, .string, .scalar]
        case .info: [.vector, .vector]
        case .labelJoin: [.vector, .string, .string, .string]
        case .labelReplace: [.vector, .string, .string, .string, .string]
        case .maxOf, .minOf: [.scalar, .scalar]
        case .predictLinear: [.matrix, .scalar]
        case .quantileOverTime: [.scalar, .matrix]
        case .sortByLabel, .sortByLabelDesc: [.vector, .string]
        case .vector: [.scalar]
        default: takesMatrix ? [.matrix] : [.vector]
        }
    }

    /// Whether the only argument is a range vector.
    private var takesMatrix: Bool {
        switch self {
        case .changes, .delta, .deriv, .idelta, .increase, .irate, .rate, .resets: true
        default: rawValue.hasSuffix("_over_time")
        }
    }

    /// 0: the number of arguments is fixed; -1: the last may be left out or repeated at will; n: the last may be
    /// left out or given up to n times.
    var variadic: Int {
        switch self {
        case .dayOfMonth, .dayOfWeek, .dayOfYear, .daysInMonth, .hour, .minute, .month, .year: 1
        case .info, .round: 1
        case .histogramQuantiles: 10
        case .labelJoin, .sortByLabel, .sortByLabelDesc: -1
        default: 0
        }
    }

    /// The type of the result.
    public var result: ValueType {
        switch self {
        case .end, .maxOf, .minOf, .pi, .range, .scalar, .start, .step, .time: .scalar
        default: .vector
        }
    }

    /// Whether Prometheus offers it only behind `promql-experimental-functions`.
    public var isExperimental: Bool {
        switch self {
        case .doubleExponentialSmoothing, .end, .histogramQuantiles, .info, .madOverTime, .maxOf, .minOf, .range,
            .sortByLabel, .sortByLabelDesc, .start, .startTimestamp, .step, .tsOfFirstOverTime, .tsOfLastOverTime,
            .tsOfMaxOverTime, .tsOfMinOverTime:
            true
        default: false
        }
    }

    /// Whether it heeds when counting began, as the samples of a range vector say.
    var heedsStartTimestamps: Bool {
        switch self {
        case .increase, .irate, .rate, .resets: true
        default: false
        }
    }
}
