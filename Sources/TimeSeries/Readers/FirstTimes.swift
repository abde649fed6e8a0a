/// Watches the times of a text behind its beginning, the first one of each series: they must be as those by which its
/// format was told.
struct FirstTimes {
    /// The first time of a text doesn't tell whether it is in seconds.
    struct Undecided: Error {
        var reason: String
    }

    private let format: TextFormat
    /// Whether the format is told only by the first time, which hasn't come yet.
    private(set) var isOpen: Bool
    /// Whether any sample had a time.
    private(set) var hasTimes = false
    private var contrary: Int64?

    init(_ format: TextFormat) {
        self.format = format
        isOpen = format == .untimed
    }

    /// Notes the time of a sample whose series is new, in milliseconds as it was read.
    mutating func note(_ millis: Int64?) throws(Undecided) {
        guard let millis else { return }
        hasTimes = true
        switch format {
        case .untimed:
            if isOpen, FormatEvidence.magnitude(millis) != .millis {
                throw Undecided(
                    reason: "the timestamp \(millis), the first one of the text, may be in seconds or in milliseconds; "
                        + TextFormat.advice)
            }
            isOpen = false
            if FormatEvidence.magnitude(millis) == .seconds { contrary = contrary ?? millis }
        case .prometheus, .unclear:
            if FormatEvidence.magnitude(millis) == .seconds { contrary = contrary ?? millis }
        case .openMetrics:
            if FormatEvidence.magnitude(millis / 1000) == .millis { contrary = contrary ?? millis / 1000 }
        case .timeless, .contradiction: break
        }
    }

    /// What may be understood wrongly, in words behind the path; nil when nothing.
    var doubt: String? {
        if let contrary {
            let isOpenMetrics = if case .openMetrics = format { true } else { false }
            return
                " the timestamp \(contrary) was read as \(isOpenMetrics ? "seconds" : "milliseconds") like the others "
                + "but looks like \(isOpenMetrics ? "milliseconds" : "seconds"); \(TextFormat.advice)"
        }
        guard case .unclear(let sight) = format else { return nil }
        return "\(sight.line):1: the timestamp \(sight.what) may be in seconds or in milliseconds and was read as "
            + "milliseconds, as in Prometheus text; \(TextFormat.advice)"
    }
}
