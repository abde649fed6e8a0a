import PromQL
import RegularExpressions
import StrictYAML

extension UnitTestFileReader {
    mutating func alertCase(_ node: YAMLNode) -> UnitTest.AlertCase {
        var reader = MappingReader(node, what: "main.alertTestCase")
        var result = UnitTest.AlertCase(alertName: "", node: node)
        result.evalMillis = evalTime(&reader)
        result.alertName = text(&reader, "alertname")
        let exact = reader.read("exp_alerts") { node throws(YAMLError) in try node.sequence() }
        let subset = reader.read("exp_alerts_subset") { node throws(YAMLError) in try node.sequence() }
        result.state = reader.read("exp_state", UnitTestFileReader.state)
        result.neverFires = reader.read("never_fires", UnitTestFileReader.bool) ?? false
        finish(&reader)
        result.expected = exact.map { items in items.map { expectedAlert($0) } }
        result.subset = subset.map { items in items.map { expectedAlert($0) } }
        if let contradiction = UnitTestFileReader.contradiction(in: result) {
            errors.append(RuleFileError(at: node, contradiction))
        }
        return result
    }

    private static func state(_ node: YAMLNode) throws(YAMLError) -> AlertState {
        let text = try node.string()
        guard let state = AlertState(rawValue: text) else {
            throw node.failure("expected firing, pending or inactive, found \(text)")
        }
        return state
    }

    /// Why the keys of an item cannot hold together.
    private static func contradiction(in test: UnitTest.AlertCase) -> String? {
        let hasList = test.expected != nil || test.subset != nil
        if test.neverFires, hasList || test.state != nil {
            return "never_fires: true stands alone: take exp_alerts, exp_alerts_subset and exp_state out, or put them "
                + "into an item of their own"
        }
        if test.expected != nil, test.subset != nil {
            return "give exp_alerts (exactly these) or exp_alerts_subset (these and perhaps others), not both"
        }
        if test.state == .inactive, test.expected?.isEmpty == false || test.subset?.isEmpty == false {
            return "exp_state: inactive means that there is no alert: take the expected ones out"
        }
        if test.subset?.isEmpty == true {
            return "exp_alerts_subset: [] is met by whatever fires: name an alert, or use exp_alerts: [] for none"
        }
        return nil
    }

    private mutating func expectedAlert(_ node: YAMLNode) -> UnitTest.ExpectedAlert {
        var reader = MappingReader(node, what: "main.alert")
        let alert = UnitTest.ExpectedAlert(
            labels: reader.read("exp_labels", UnitTestFileReader.expectedLabels) ?? [],
            annotations: reader.read("exp_annotations", UnitTestFileReader.expectedLabels) ?? [])
        finish(&reader)
        return alert
    }

    private static func expectedLabels(_ node: YAMLNode) throws(YAMLError) -> [ExpectedLabel] {
        var result: [ExpectedLabel] = []
        for (key, value) in try node.mapping().entries {
            let name = try key.string()
            if let text = value.scalarText {
                result.append(ExpectedLabel(name: name, value: .text(value.isNull ? "" : text)))
            } else {
                result.append(ExpectedLabel(name: name, value: try pattern(value)))
            }
        }
        return result
    }

    /// `{regex: 'web-[0-9]+'}`.
    private static func pattern(_ node: YAMLNode) throws(YAMLError) -> ExpectedLabel.Value {
        guard case .mapping(let entries) = node.content, entries.count == 1, entries[0].key.scalarText == "regex",
            let source = entries[0].value.scalarText, !entries[0].value.isNull
        else { throw node.failure("expected a string, or {regex: '…'} for a regular expression") }
        do {
            return .pattern(try LinearRegex(source), source: source)
        } catch {
            throw entries[0].value.failure("not a regular expression: \(error)")
        }
    }
}
