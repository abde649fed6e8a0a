import PromQL
import StrictYAML
import TimeSeries

/// Compares the alerts of a test's run with what the test expects.
struct AlertCheck {
    let test: UnitTest
    let groups: [RuleGroup]
    let clock: TestClock
    let log: RuleRunLog
    let names: AlertNames
    /// How far a `never_fires` without a time looks, relative to the start.
    let openEndMillis: Int64
    /// Whether failures show a difference instead of both lists; nil doesn't, else whether in colour.
    let diffIsColoured: Bool?

    /// In the order of their times, as promtool has them.
    ///
    /// - Parameter failing: the time at which a rule failed; as with promtool what is decided before still counts.
    func failures(before failing: Int64? = nil) -> [UnitTestFailure] {
        test.alertCases.sorted { $0.timeMillis < $1.timeMillis }.compactMap { item in
            if let failing, decisionMillis(item) >= failing { return nil }
            return failure(of: item)
        }
    }

    /// The evaluation after which a case is decided.
    private func decisionMillis(_ item: UnitTest.AlertCase) -> Int64 {
        let time = test.startMillis.addingClamped(item.evalMillis ?? (item.neverFires ? openEndMillis : 0))
        return clock.schedule.index(atOrBefore: time).map(clock.schedule.time) ?? test.startMillis
    }

    private func failure(of test: UnitTest.AlertCase) -> UnitTestFailure? {
        if test.neverFires { return neverFiresFailure(test) }
        if test.state != nil || test.subset != nil, !names.isKnown(test.alertName) {
            return UnitTestFailure(title(test), notes: [names.unknown(test.alertName)], at: test.node)
        }
        let all = alerts(test.alertName, at: test.timeMillis)
        if test.expected == nil, test.subset == nil, let state = test.state { return stateFailure(test, state, all) }
        if test.state == .inactive { return stateFailure(test, .inactive, all) }
        let state = test.state ?? .firing
        let got = all.filter { $0.state == state }.map { ComparedAlert($0) }.sorted()
        let isSubset = test.subset != nil
        let expected = (test.subset ?? test.expected ?? []).map { ComparedAlert($0, name: test.alertName) }.sorted()
        switch isMet(expected, got, isSubset: isSubset) {
        case true?: return nil
        case nil:
            return UnitTestFailure(
                title(test) + "\n        err: \(expected.count) expected alerts with regular expressions and "
                    + "\(got.count) alerts are too many to try: give exact labels", at: test.node)
        case false?: break
        }
        return UnitTestFailure(
            title(test) + comparison(expected, got, isSubset: isSubset), notes: notes(test, expected, got, all),
            at: test.node)
    }

    /// Every alert of the name at a time relative to the start, of each group as it was last evaluated.
    private func alerts(_ name: String, at millis: Int64) -> [ActiveAlert] {
        let time = test.startMillis.addingClamped(millis)
        return groups.indices.flatMap { index in
            let step = clock.step(ofGroup: index, at: time)
            return (log.alerts[RuleRunLog.Evaluation(step: step, group: index)] ?? []).filter { $0.name == name }
        }
    }

    private func isMet(_ expected: [ComparedAlert], _ got: [ComparedAlert], isSubset: Bool) -> Bool? {
        if !isSubset {
            if expected.count != got.count { return false }
            if !expected.contains(where: \.hasPatterns) { return expected == got }
        }
        return Assignment.isPossible(expected: expected.count, got: got.count) {
            expected[$0].accepts(got[$1], isSubset: isSubset)
        }
    }

    // MARK: Texts

    private func title(_ test: UnitTest.AlertCase) -> String {
        let name = self.test.name.isEmpty ? "" : "    name: \(self.test.name),\n"
        let state = test.state.map { " state: \($0.rawValue)," } ?? ""
        return "\(name)    alertname: \(test.alertName), time: \(formatPrometheusDuration(test.timeMillis)),\(state) "
    }

    private func comparison(_ expected: [ComparedAlert], _ got: [ComparedAlert], isSubset: Bool) -> String {
        if let diffIsColoured, !isSubset, !expected.contains(where: \.hasPatterns) {
            return "\n        diff: " + AlertDiff.text(expected: expected, got: got, isColoured: diffIsColoured)
        }
        return "\n        exp\(isSubset ? " among others" : ""):\(ComparedAlert.text(expected)), "
            + "\n        got:\(ComparedAlert.text(got))"
    }

    /// What makes the difference likelier to be understood.
    private func notes(
        _ test: UnitTest.AlertCase, _ expected: [ComparedAlert], _ got: [ComparedAlert], _ all: [ActiveAlert]
    ) -> [String] {
        let rules = groups.flatMap(\.rules).filter { $0.kind == .alerting && $0.name == test.alertName }
        if rules.isEmpty { return [names.unknown(test.alertName)] }
        guard test.state == nil, got.count < expected.count else { return [] }
        return all.filter { $0.state == .pending }.prefix(3).map { alert in
            let since = formatPrometheusDuration(alert.activeAtMillis.subtractingClamped(self.test.startMillis))
            let waits = rules.first { $0.expressionText == alert.expression }?.forMillis ?? 0
            return "pending since \(since) and firing after 'for: \(formatPrometheusDuration(waits))': \(alert.labels)"
        }
    }

    // MARK: States

    /// Without lists a state is that of the whole name: the highest of its alerts' states.
    private func stateFailure(
        _ test: UnitTest.AlertCase, _ expected: AlertState, _ all: [ActiveAlert]
    ) -> UnitTestFailure? {
        let states = all.map(\.state)
        let got: AlertState =
            states.contains(.firing) ? .firing : states.contains(.pending) ? .pending : .inactive
        if got == expected { return nil }
        var notes = self.notes(test, [], [], all)
        notes += all.filter { $0.state != .inactive }.prefix(3).map { "\($0.state.rawValue): \($0.labels)" }
        return UnitTestFailure(
            title(test) + "\n        exp state: \(expected.rawValue)\n        got state: \(got.rawValue)", notes: notes,
            at: test.node)
    }

    private func neverFiresFailure(_ test: UnitTest.AlertCase) -> UnitTestFailure? {
        let end = self.test.startMillis.addingClamped(test.evalMillis ?? openEndMillis)
        let fired = log.transitions.filter {
            $0.name == test.alertName && $0.transition == .firing && $0.timestampMillis <= end
        }
        guard let first = fired.first else {
            if names.isKnown(test.alertName) { return nil }
            return UnitTestFailure(
                "    alertname: \(test.alertName), never_fires", notes: [names.unknown(test.alertName)], at: test.node)
        }
        let name = self.test.name.isEmpty ? "" : "    name: \(self.test.name),\n"
        let time = formatPrometheusDuration(first.timestampMillis.subtractingClamped(self.test.startMillis))
        let more = fired.count > 1 ? " (and \(fired.count - 1) times more)" : ""
        return UnitTestFailure(
            "\(name)    alertname: \(test.alertName), never_fires\n        got: fires at \(time)\(more): \(first.labels)",
            at: test.node)
    }
}
