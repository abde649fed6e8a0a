/// Which format a text is read in, and why.
enum TextFormat: Equatable {
    /// OpenMetrics. `guess` says by what, where the end of the text has to confirm it.
    case openMetrics(guess: FormatEvidence.Sight?)
    /// Prometheus text, known by the option or by times that can only be milliseconds.
    case prometheus
    /// Prometheus text, though this time could be in seconds too.
    case unclear(FormatEvidence.Sight)
    /// Prometheus text without times so far; the first one will tell.
    case untimed
    /// Prometheus text in which no sample has a time.
    case timeless
    /// Nobody can know; the message says why and begins with the line.
    case contradiction(String)

    /// What decides where the text doesn't.
    static let advice = "--data-format openmetrics reads seconds, --data-format prometheus milliseconds"

    /// Whether the end of the text can't change it.
    var isDecided: Bool {
        switch self {
        case .openMetrics, .prometheus, .timeless: true
        case .unclear, .untimed, .contradiction: false
        }
    }

    /// Decides by what was seen.
    ///
    /// - Parameter endsWithMark: the text is known to end with `# EOF`.
    init(_ seen: FormatEvidence, endsWithMark: Bool) {
        let proof = seen.proof ?? (endsWithMark ? FormatEvidence.Sight(line: 0, what: "# EOF") : nil)
        if let proof {
            if let millis = seen.millis, seen.seconds == nil {
                self = .contradiction(TextFormat.disagreement(millis, "milliseconds", proof, "OpenMetrics", "seconds"))
            } else {
                self = .openMetrics(guess: endsWithMark || proof.what == "# EOF" ? nil : proof)
            }
            return
        }
        switch (seen.seconds, seen.millis, seen.unclear) {
        case (let seconds?, let other?, _), (let seconds?, nil, let other?):
            self = .contradiction(
                "\(max(seconds.line, other.line)):1: the timestamps \(seconds.what) (line \(seconds.line)) and "
                    + "\(other.what) (line \(other.line)) don't tell whether they are seconds or milliseconds; "
                    + TextFormat.advice)
        case (let seconds?, nil, nil):
            if let classic = seen.classic {
                self = .contradiction(
                    TextFormat.disagreement(seconds, "seconds", classic, "Prometheus text", "milliseconds"))
            } else {
                self = .openMetrics(
                    guess: FormatEvidence.Sight(line: seconds.line, what: "the timestamp \(seconds.what)"))
            }
        case (nil, _?, _): self = .prometheus
        case (nil, nil, let unclear?):
            if let hint = seen.hint, seen.classic == nil {
                self = .openMetrics(guess: hint)
            } else {
                self = .unclear(unclear)
            }
        case (nil, nil, nil): self = .untimed
        }
    }

    private static func disagreement(
        _ time: FormatEvidence.Sight, _ unit: String, _ other: FormatEvidence.Sight, _ format: String,
        _ demanded: String
    ) -> String {
        let place = other.line > 0 ? "in line \(other.line)" : "at the end"
        return "\(time.line):1: the timestamp \(time.what) looks like \(unit), but \(other.what) \(place) is only in "
            + "\(format), whose timestamps are \(demanded); \(advice)"
    }
}

extension TextFormat {
    /// What an error of the grammar should add when the format was only told by the text.
    func remark(_ option: DataFormat) -> String? {
        guard option == .auto, case .openMetrics(let guess?) = self else { return nil }
        return " (read as OpenMetrics for \(guess.what) in line \(guess.line); --data-format prometheus reads it as "
            + "Prometheus text)"
    }
}
