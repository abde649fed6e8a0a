import Locking

/// Whether traffic should be sent here, and why not.
final class Readiness: Sendable {
    /// The life of the program.
    enum Phase: String, Sendable {
        case starting = "the data listener is not open yet"
        case serving = "serving"
        case draining = "draining: no new connections are wanted"
    }

    private let phase = Locked(Phase.starting)

    init() {}

    /// What the program is doing.
    var current: Phase {
        get { phase.withLock { $0 } }
        set { phase.withLock { $0 = newValue } }
    }

    /// The answer of `/readyz`: 200, or 503 with the reason. Notes do not make it unready.
    func answer(notes: [String]) -> LocalResponse {
        let phase = current
        let isReady = phase == .serving
        return .json(
            .object([
                "ready": .boolean(isReady),
                "reasons": .array(isReady ? [] : [.string(phase.rawValue)]),
                "notes": .array(notes.map(JSONValue.string)),
            ]), status: isReady ? 200 : 503)
    }
}
