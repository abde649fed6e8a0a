/// What happened when, for the reader: faults, rotations, and every change of an alert.
struct Timeline: Sendable {
    struct Event: Equatable, Sendable {
        var seconds: Double
        var text: String
    }

    private(set) var events: [Event] = []
    private var states: [String: String] = [:]

    mutating func note(_ text: String, at seconds: Double) {
        events.append(Event(seconds: seconds, text: text))
    }

    /// Compares with the alerts of the last look and notes what changed.
    mutating func observe(_ alerts: [AlertView], at seconds: Double) {
        for alert in alerts where states[alert.title] != alert.state {
            note("alert \(alert.title) \(alert.state)", at: seconds)
            states[alert.title] = alert.state
        }
        let present = Set(alerts.map(\.title))
        for (title, state) in states.sorted(by: { $0.key < $1.key }) where !present.contains(title) {
            note("alert \(title) \(state == "firing" ? "resolved" : "gone before it fired")", at: seconds)
            states[title] = nil
        }
    }

    /// Whether some alert has gone the whole way.
    var sawResolved: Bool { events.contains { $0.text.hasSuffix(" resolved") } }

    /// `00:24  alert …`.
    func lines(last count: Int = .max) -> [String] {
        events.suffix(count).map { "\(TextTable.clock($0.seconds))  \($0.text)" }
    }
}
