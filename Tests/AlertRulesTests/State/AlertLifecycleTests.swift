import Testing

@testable import AlertRules

@Suite struct AlertLifecycleTests {
    /// Presence a minute, `1` or `0`, gives the state after each evaluation: `.` none, `p`, `F`, `r` resolved.
    private func states(_ presence: String, forMinutes: Int64, keepMinutes: Int64 = 0) -> String {
        var lifecycle = AlertLifecycle()
        var result = ""
        for (minute, mark) in presence.enumerated() {
            _ = lifecycle.evaluate(
                isPresent: mark == "1", at: Int64(minute) * 60_000, forMillis: forMinutes * 60_000,
                keepFiringForMillis: keepMinutes * 60_000)
            switch lifecycle.state {
            case nil: result += "."
            case .pending: result += "p"
            case .firing: result += "F"
            case .inactive: result += "r"
            }
        }
        return result
    }

    @Test(
        "States follow presence, for and keep_firing_for",
        arguments: [
            ("0110", 0, 0, ".FFr"), ("0111110", 3, 0, ".pppFFr"), ("0110111", 3, 0, ".pp.ppp"),
            ("1100100", 0, 3, "FFFFFFF"), ("11000000", 0, 3, "FFFFFrrr"), ("1101", 0, 0, "FFrF"),
            ("1101", 1, 0, "pFrp"), ("0001", 5, 0, "...p"), ("1000000000000000000", 0, 0, "Frrrrrrrrrrrrrrrr.."),
        ] as [(String, Int64, Int64, String)])
    func table(presence: String, forMinutes: Int64, keepMinutes: Int64, expected: String) {
        #expect(states(presence, forMinutes: forMinutes, keepMinutes: keepMinutes) == expected)
    }

    @Test("An alert that comes back after it resolved is a new one")
    func comesBack() {
        var lifecycle = AlertLifecycle()
        let times: [(Int64, Bool)] = [(0, true), (60_000, false), (120_000, true)]
        let transitions = times.map { time, isPresent in
            lifecycle.evaluate(isPresent: isPresent, at: time, forMillis: 0, keepFiringForMillis: 0)
        }
        #expect(transitions == [.firing, .resolved, .firing])
        #expect(lifecycle.activeAtMillis == 120_000)
        #expect(lifecycle.resolvedAtMillis == nil)
    }

    @Test("A firing alert whose for grew waits again")
    func longerFor() {
        var lifecycle = AlertLifecycle()
        _ = lifecycle.evaluate(isPresent: true, at: 0, forMillis: 0, keepFiringForMillis: 0)
        let transition = lifecycle.evaluate(isPresent: true, at: 60_000, forMillis: 120_000, keepFiringForMillis: 0)
        #expect(transition == .suspended)
        #expect(lifecycle.state == .pending)
    }

    @Test("Sending: never pending, again after the resend delay, once at once when resolved")
    func sending() {
        var lifecycle = AlertLifecycle()
        func step(_ lifecycle: inout AlertLifecycle, _ isPresent: Bool, _ second: Int64) -> Bool {
            _ = lifecycle.evaluate(
                isPresent: isPresent, at: second * 1_000, forMillis: 30_000, keepFiringForMillis: 0)
            return lifecycle.takeForSending(at: second * 1_000, intervalMillis: 15_000, resendDelayMillis: 60_000)
        }
        let presence: [(Int64, Bool)] = [
            (0, true), (15, true), (30, true), (45, true), (90, true), (91, true), (100, false), (105, false),
            (161, false),
        ]
        let sent = presence.map { step(&lifecycle, $0.1, $0.0) }
        #expect(sent == [false, false, true, false, false, true, true, false, true])
        #expect(lifecycle.validUntilMillis == 161_000 + 4 * 60_000)
    }

    @Test("Extreme times do not trap")
    func extremes() {
        var lifecycle = AlertLifecycle()
        for time in [Int64.min, 0, Int64.max, Int64.min] {
            _ = lifecycle.evaluate(isPresent: true, at: time, forMillis: Int64.max, keepFiringForMillis: Int64.max)
            _ = lifecycle.evaluate(isPresent: false, at: time, forMillis: 0, keepFiringForMillis: 1)
            _ = lifecycle.takeForSending(at: time, intervalMillis: 1, resendDelayMillis: 1)
        }
    }
}
