/// What the demo does by itself, and when; seconds after the traffic began.
struct DemoScript: Sendable {
    enum Step: Equatable, Sendable {
        case faultStarts
        case logRotates
        case faultEnds
    }

    private var steps: [(seconds: Double, step: Step)] = []

    /// A fault from `faultAfter` for `faultSeconds`; the log is rotated in the middle of it.
    init(faultAfter: Double, faultSeconds: Double) {
        steps = [
            (faultAfter, .faultStarts), (faultAfter + faultSeconds / 2, .logRotates),
            (faultAfter + faultSeconds, .faultEnds),
        ]
    }

    /// The steps that are due; each is returned once.
    mutating func due(at seconds: Double) -> [Step] {
        let due = steps.prefix { $0.seconds <= seconds }.map(\.step)
        steps.removeFirst(due.count)
        return due
    }
}
