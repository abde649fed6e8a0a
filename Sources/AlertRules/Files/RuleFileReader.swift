import PromQL
import StrictYAML
import TimeSeries

/// Turns a YAML tree into rule groups, collecting every error.
struct RuleFileReader {
    let file: String
    let options: RuleFile.Options
    private(set) var errors: [RuleFileError] = []

    init(file: String, options: RuleFile.Options) {
        self.file = file
        self.options = options
    }

    mutating func groups(_ root: YAMLNode) -> [RuleGroup] {
        var reader = MappingReader(root, what: "rulefmt.RuleGroups")
        let nodes = reader.read("groups") { node throws(YAMLError) in try node.sequence() } ?? []
        finish(&reader)
        var groups: [RuleGroup] = []
        var names: [String: Int] = [:]
        for node in nodes {
            let before = errors.count
            let group = self.group(node)
            for index in before..<errors.count where errors[index].subject == .file {
                errors[index].subject = .group(group.name)
            }
            if group.name.isEmpty {
                errors.append(RuleFileError(at: node, "Groupname must not be empty"))
            } else if let first = names[group.name] {
                errors.append(
                    RuleFileError(
                        at: node, "groupname: \"\(group.name)\" is repeated in the same file (first at line \(first))"))
            }
            names[group.name] = names[group.name] ?? node.line
            groups.append(group)
        }
        return groups
    }

    private mutating func group(_ node: YAMLNode) -> RuleGroup {
        var reader = MappingReader(node, what: "rulefmt.RuleGroup")
        var group = RuleGroup(name: "", file: file)
        group.node = node
        group.name = reader.read("name") { node throws(YAMLError) in try node.string() } ?? ""
        group.intervalMillis = reader.read("interval", RuleFileReader.duration)
        if group.intervalMillis == 0 { group.intervalMillis = nil }
        group.queryOffsetMillis = reader.read("query_offset", RuleFileReader.duration) ?? 0
        group.limit = reader.read("limit") { node throws(YAMLError) in try node.int(in: 0...Int(Int32.max)) } ?? 0
        let labels = reader.take("labels").map { self.labels($0, Title(group: group.name)) } ?? []
        let nodes = reader.read("rules") { node throws(YAMLError) in try node.sequence() } ?? []
        finish(&reader)
        group.rules.reserveCapacity(nodes.count)
        for (index, node) in nodes.enumerated() {
            let title = Title(group: group.name, number: index + 1)
            if let rule = rule(node, groupLabels: labels, title) { group.rules.append(rule) }
        }
        return group
    }

    /// How errors call a rule; the text is made only where there is one.
    private struct Title: CustomStringConvertible {
        var group: String
        var number = 0
        var name = ""

        var description: String {
            if number == 0 { return "group \"\(group)\"" }
            return "group \"\(group)\", rule \(number)" + (name.isEmpty ? "" : ", \"\(name)\"")
        }
    }

    // MARK: Rules

    private struct RuleKeys {
        var record: YAMLNode?
        var alert: YAMLNode?
        var expr: YAMLNode?
        var forDuration: Int64?
        var keepFiringFor: Int64?
        var labels: YAMLNode?
        var annotations: YAMLNode?
    }

    private mutating func rule(_ node: YAMLNode, groupLabels: [RuleText], _ title: Title) -> Rule? {
        let before = errors.count
        var reader = MappingReader(node, what: "rulefmt.Rule")
        let keys = RuleKeys(
            record: reader.take("record"), alert: reader.take("alert"), expr: reader.take("expr"),
            forDuration: reader.read("for", RuleFileReader.duration),
            keepFiringFor: reader.read("keep_firing_for", RuleFileReader.duration), labels: reader.take("labels"),
            annotations: reader.take("annotations"))
        finish(&reader)
        guard let (kind, name) = identity(keys, node, title) else { return nil }
        var title = title
        title.name = name
        defer {
            for index in before..<errors.count { errors[index].subject = .rule(name, group: title.group) }
        }
        if kind == .recording { refuseAlertKeys(keys, reader, node, title) }
        checkName(name, kind, (keys.record ?? keys.alert) ?? node, title)
        var rule: Rule?
        if let (text, expression) = expression(keys.expr, node, title) {
            rule = Rule(
                kind: kind, name: name, expressionText: text, expression: expression, file: file, line: node.line,
                column: node.column)
        }
        let own = keys.labels.map { labels($0, title, alert: kind == .alerting ? name : nil) } ?? []
        let annotations = keys.annotations.map { self.annotations($0, title, alert: name) } ?? []
        rule?.forMillis = keys.forDuration ?? 0
        rule?.keepFiringForMillis = keys.keepFiringFor ?? 0
        rule?.labels = merged(groupLabels, own, alert: kind == .alerting ? name : nil)
        rule?.annotations = annotations
        rule?.nodes = RuleNodes(
            name: keys.record ?? keys.alert, expression: keys.expr, forDuration: reader.keyNode("for"),
            labels: RuleNodes.Values(mapping: keys.labels), annotations: RuleNodes.Values(mapping: keys.annotations))
        return rule
    }

    private mutating func identity(_ keys: RuleKeys, _ node: YAMLNode, _ title: Title) -> (Rule.Kind, String)? {
        let record = keys.record?.scalarText ?? ""
        let alert = keys.alert?.scalarText ?? ""
        if !record.isEmpty, !alert.isEmpty {
            errors.append(RuleFileError(at: node, "\(title): only one of 'record' and 'alert' must be set"))
            return nil
        }
        if record.isEmpty, alert.isEmpty {
            errors.append(RuleFileError(at: node, "\(title): one of 'record' or 'alert' must be set"))
            return nil
        }
        return record.isEmpty ? (.alerting, alert) : (.recording, record)
    }

    private mutating func refuseAlertKeys(
        _ keys: RuleKeys, _ reader: MappingReader, _ node: YAMLNode, _ title: Title
    ) {
        for (key, isSet) in [
            ("for", keys.forDuration ?? 0 != 0), ("keep_firing_for", keys.keepFiringFor ?? 0 != 0),
            ("annotations", keys.annotations != nil),
        ] where isSet {
            errors.append(
                RuleFileError(at: reader.keyNode(key) ?? node, "\(title): invalid field '\(key)' in recording rule"))
        }
    }

    private mutating func checkName(_ name: String, _ kind: Rule.Kind, _ node: YAMLNode, _ title: Title) {
        guard kind == .recording else { return }
        if name.contains("{") || name.contains("}") {
            errors.append(
                RuleFileError(
                    at: node,
                    "\(title): braces present in the recording rule name; should it be in expr?: \(name)"))
        } else if options.legacyNames ? !Labels.isMetricIdentifier(name) : name.isEmpty {
            errors.append(RuleFileError(at: node, "\(title): invalid recording rule name: \(name)"))
        }
    }

    private mutating func expression(_ node: YAMLNode?, _ rule: YAMLNode, _ title: Title) -> (String, Expression)? {
        guard let node, let text = node.scalarText, !text.isEmpty else {
            errors.append(RuleFileError(at: rule, "\(title): field 'expr' must be set in rule"))
            return nil
        }
        do {
            return (text, try ExpressionText.parse(text, options.parser))
        } catch {
            let shown = GoQuote.quoted(ExpressionText.shortened(text))
            let reason = "parse error: \(ExpressionText.shortened(error.message)), in \(shown)"
            errors.append(
                RuleFileError(
                    in: node, line: error.line, byteColumn: error.column - 1,
                    "\(title): could not parse expression: \(reason)"))
            return nil
        }
    }

    // MARK: Labels and annotations

    private mutating func labels(_ node: YAMLNode, _ title: Title, alert: String? = nil) -> [RuleText] {
        texts(node, title, alert: alert, isAnnotation: false)
    }

    private mutating func annotations(_ node: YAMLNode, _ title: Title, alert: String) -> [RuleText] {
        texts(node, title, alert: alert, isAnnotation: true)
    }

    private mutating func texts(_ node: YAMLNode, _ title: Title, alert: String?, isAnnotation: Bool) -> [RuleText] {
        let entries: [(key: YAMLNode, value: YAMLNode)]
        do {
            entries = try node.mapping().entries
        } catch {
            errors.append(RuleFileError(error))
            return []
        }
        var result: [RuleText] = []
        for (key, value) in entries {
            guard let name = key.scalarText, let text = value.scalarText else {
                errors.append(RuleFileError(at: value, "\(title): expected a string"))
                continue
            }
            let isValid = options.legacyNames ? Labels.isLabelIdentifier(name) : !name.isEmpty
            if !isValid || (!isAnnotation && name == Label.metricName) {
                let what = isAnnotation ? "annotation" : "label"
                errors.append(RuleFileError(at: key, "\(title): invalid \(what) name: \(name)"))
            }
            if let template = template(value.isNull ? "" : text, value, title, name, alert) {
                result.append(RuleText(name: name, template: template))
            }
        }
        return result
    }

    /// Labels of recording rules are taken as they stand: only alerts have templates.
    private mutating func template(
        _ text: String, _ node: YAMLNode, _ title: Title, _ name: String, _ alert: String?
    ) -> Template? {
        guard let alert else { return Template(literal: text) }
        do {
            return try Template(text, name: "__alert_" + alert)
        } catch {
            errors.append(
                RuleFileError(
                    in: node, line: error.line, byteColumn: error.column,
                    "\(title): \(name): error parsing template __alert_\(alert): \(error.message)"))
            return nil
        }
    }

    private func merged(_ group: [RuleText], _ own: [RuleText], alert: String?) -> [RuleText] {
        let inherited = group.filter { text in !own.contains { $0.name == text.name } }.map { text in
            guard let alert, let template = try? Template(text.template.text, name: "__alert_" + alert) else {
                return text
            }
            return RuleText(name: text.name, template: template)
        }
        return (inherited + own).sorted { $0.name < $1.name }
    }

    // MARK: Small parts

    private mutating func finish(_ reader: inout MappingReader) {
        if !options.ignoresUnknownKeys { reader.finish() }
        errors += reader.errors
    }

    /// Milliseconds; Prometheus's notation, no bare numbers but 0.
    static func duration(_ node: YAMLNode) throws(YAMLError) -> Int64 {
        guard let text = node.scalarText, let millis = try? parsePrometheusDuration(text) else {
            throw node.failure("not a valid duration string: \(GoQuote.quoted(node.scalarText ?? ""))")
        }
        return millis
    }
}

extension RuleFileError {
    /// An error inside a scalar's text: 1-based line, 0-based byte column within that line of the text.
    init(in node: YAMLNode, line: Int, byteColumn: Int, _ message: String) {
        let lines = (node.scalarText ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        let text = line >= 1 && line <= lines.count ? lines[line - 1] : ""
        let before = String(decoding: text.utf8.prefix(max(0, byteColumn)), as: UTF8.self)
        let place = node.position(textLine: line, textColumn: before.unicodeScalars.count + 1)
        self.init(file: node.file, line: place.line, column: place.column, message: message)
    }
}
