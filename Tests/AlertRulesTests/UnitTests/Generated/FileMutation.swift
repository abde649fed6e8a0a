import TestSupport

/// Ways to break a generated file, or to change it so that it may break.
enum FileMutation: CaseIterable {
    case value, label, labelGone, labelNew, annotation, alertGone, alertTwice, sampleGone, time, interval
    case badSeries, badValues, badExpression, badRuleExpression, badTemplate, oddResult
    case unknownField, unknownRuleField, lineTwice, lineGone, lineSwap, signChanged
    case orderTwice, groupTwice, seriesTwice, noAlertName, quotedNumber, wrongShape, badDuration, noRules, badPattern
    case nan, emptyLabel, failingRule, brokenYAML, threshold, empty

    func apply(to file: inout GeneratedFile, _ random: inout SeededGenerator) {
        switch self {
        case .value: file.edit("value:", &random) { _, random in "value: 12345.5" }
        case .label, .labelGone, .labelNew, .annotation, .emptyLabel: changeTexts(&file, &random)
        case .alertGone, .sampleGone, .alertTwice, .seriesTwice: changeItems(&file, &random)
        case .time, .interval, .badDuration: changeTimes(&file, &random)
        case .badSeries, .badValues, .badExpression, .oddResult: breakInputs(&file, &random)
        case .badRuleExpression, .badTemplate, .unknownRuleField, .groupTwice, .failingRule, .threshold:
            breakRules(&file, &random)
        case .unknownField, .lineTwice, .lineGone, .lineSwap, .signChanged, .brokenYAML, .empty:
            breakText(&file, &random)
        case .orderTwice: file.lines.insert("  - g0", at: file.place(of: "  - g0") + 1)
        case .noAlertName: file.edit("alertname:", &random) { _, random in "alertname: ''" }
        case .quotedNumber:
            let forms = ["value: \"1\"", "value: abc", "value: NaN", "value: 0x10", "value: 1_000", "value: [1]"]
            file.edit("value:", &random) { _, random in forms.randomElement(using: &random) ?? "" }
        case .wrongShape:
            let forms = ["tests: {}", "tests: 5", "rule_files: rules.yml", "rule_files: {a: b}", "tests:", "[]"]
            file.lines[0] = forms.randomElement(using: &random) ?? ""
        case .noRules: file.lines[1] = ["  - none*.yml", "  - ''", "  - missing.yml"][random.int(0...2)]
        case .badPattern: file.lines[1] = ["  - '[a'", "  - 'a[]b'", "  - '[z-'", "  - 'x\\'"][random.int(0...3)]
        case .nan:
            file.edit("value:", &random) { _, random in
                ["value: .nan", "value: .inf", "value: -.Inf"][random.int(0...2)]
            }
        }
    }

    private func changeTexts(_ file: inout GeneratedFile, _ random: inout SeededGenerator) {
        switch self {
        case .label: file.edit("job:", &random) { _, random in "job: other" }
        case .labelGone: file.edit("instance:", &random) { _, random in "" }
        case .labelNew: file.edit("job:", &random) { line, _ in line + "\n              extra: label" }
        case .emptyLabel: file.edit("job:", &random) { line, _ in line + "\n              extra: ''" }
        default:
            file.edit(random.oneIn(2) ? "summary:" : "detail:", &random) { line, random in
                random.oneIn(2) ? "" : line.dropLast() + "!\""
            }
        }
    }

    private func changeItems(_ file: inout GeneratedFile, _ random: inout SeededGenerator) {
        let heads = [
            FileMutation.alertGone: "          - exp_labels", .alertTwice: "          - exp_labels",
            .sampleGone: "          - labels:", .seriesTwice: "      - series:",
        ]
        guard let head = heads[self], let item = file.item(head, &random) else { return }
        if self == .alertGone || self == .sampleGone {
            file.lines.removeSubrange(item)
        } else {
            file.lines.insert(contentsOf: file.lines[item], at: item.upperBound)
        }
    }

    private func changeTimes(_ file: inout GeneratedFile, _ random: inout SeededGenerator) {
        switch self {
        case .time: file.edit("eval_time:", &random) { _, random in "eval_time: \(random.int(0...30))m" }
        case .interval: file.edit("interval:", &random) { _, random in "interval: \(random.int(1...90))s" }
        default:
            let times = ["5", "-1m", "1.5m", "''", "1m1m", "abc", "1h 2m", "100y", "1ms", "0", "~", "1m30"]
            let key = ["eval_time", "interval", "evaluation_interval"].randomElement(using: &random) ?? "eval_time"
            // Years of evaluations are not what is to be compared here, nor what promtool 2 makes of no interval.
            let text = times.filter { key == "eval_time" ? $0 != "100y" : !["1ms", "~", "0"].contains($0) }
                .randomElement(using: &random)
            file.edit(key + ":", &random) { _, random in "\(key): \(text ?? "5")" }
        }
    }

    private func breakInputs(_ file: inout GeneratedFile, _ random: inout SeededGenerator) {
        switch self {
        case .badSeries:
            let forms = [
                "up{job=}", "up{", "{}", "up{job=\"a\",job=\"b\"}", "1", "up{job=~\"a\"}",
                "up[5m]",
                "rate", "up{job=\"a\",}", "{job=\"a\"}", "sum", "a:b", "up{__name__=\"x\"}", "up{le=\"\"}", "inf",
                "a-b",
            ]
            file.edit("- series:", &random) { _, random in "- series: '\(forms.randomElement(using: &random) ?? "")'" }
        case .badValues:
            let forms = [
                "1 2 x", "1+x", "stalex3", "NaNx3", "1+1", "_x", "1x", "--1", "1 2a", "", "0x10", "1e3x2", "1 , 2",
                "1x2x3", "{{", "1+1x-2", "inf", "Infinity", "1x0", "_x0", "1.5x2", "1 x 2",
                "stale stale",
            ]
            file.edit("values:", &random) { _, random in "values: '\(forms.randomElement(using: &random) ?? "")'" }
        case .oddResult:
            let forms = [
                "up[5m]", "\"text\"", "up[5m:1m]", "{}", "foo bar", "sum(up", "up{a=~\"(\"}", "", "1 +", "time",
            ]
            file.edit("- expr:", &random) { _, random in "- expr: '\(forms.randomElement(using: &random) ?? "")'" }
        default: file.edit("- expr:", &random) { line, random in line.dropLast() + " + on(x) group_left() temp'" }
        }
    }

    private func breakRules(_ file: inout GeneratedFile, _ random: inout SeededGenerator) {
        var rules = GeneratedFile(rules: [], lines: file.rules)
        switch self {
        case .badRuleExpression: rules.edit("expr:", &random) { line, random in line.dropLast() + " +'" }
        case .badTemplate:
            let forms = ["{{ $label }}", "{{ .", "{{ if }}", "{{ nofunc 1 }}", "{{ $value | }}", "{{ end }}"]
            rules.edit("- alert:", &random) { line, random in
                line + "\n        annotations: {x: '\(forms.randomElement(using: &random) ?? "")'}"
            }
        case .unknownRuleField: rules.edit("expr:", &random) { line, _ in line + "\n        severity: page" }
        case .groupTwice: rules.lines += rules.lines.dropFirst()
        case .failingRule:
            rules.edit("expr:", &random) { _, random in "expr: 'label_replace(temp, \"instance\", \"x\", \"\", \"\")'" }
        default: rules.edit("expr:", &random) { _, random in "expr: 'temp > 3'" }
        }
        file.rules = rules.lines
    }

    private func breakText(_ file: inout GeneratedFile, _ random: inout SeededGenerator) {
        let place = random.int(0...(file.lines.count - 1))
        switch self {
        case .unknownField:
            let line = file.lines[place]
            guard !line.hasPrefix("  - ") || line.contains(":") else { return }
            let indent = line.prefix { $0 == " " || $0 == "-" }.count
            file.lines.insert(String(repeating: " ", count: indent) + "nope: 1", at: place + (random.oneIn(2) ? 0 : 1))
        case .lineTwice: file.lines.insert(file.lines[place], at: place)
        case .lineGone: file.lines.remove(at: place)
        case .lineSwap: file.lines.swapAt(place, random.int(0...(file.lines.count - 1)))
        case .signChanged:
            var signs = Array(file.lines[place])
            guard !signs.isEmpty else { return }
            signs[random.int(0...(signs.count - 1))] = "{}[]:,'\"a0- \t#&*!|>%@`".randomElement(using: &random) ?? "x"
            file.lines[place] = String(signs)
        case .empty:
            file.lines = [["", "tests: []", "# nothing", "null", "{}", "---", "tests: [~]"][random.int(0...6)]]
        default:
            let forms = ["\t- x", "  bad: [", "'", "a: b: c", "%YAML", "--- !!x", "*x", "&a *a", "? [a]: b", "!!map"]
            file.lines.insert(forms.randomElement(using: &random) ?? "", at: place)
        }
    }
}

extension GeneratedFile {
    init(rules: [String], lines: [String]) {
        self.rules = rules
        self.lines = lines
    }

    func place(of line: String) -> Int { lines.firstIndex(of: line) ?? 0 }

    /// Changes what follows the indent of one of the lines that begin with a text after it.
    mutating func edit(
        _ head: String, _ random: inout SeededGenerator,
        _ change: (String, inout SeededGenerator) -> some StringProtocol
    ) {
        let places = lines.indices.filter { lines[$0].drop { $0 == " " }.hasPrefix(head) }
        guard let place = places.randomElement(using: &random) else { return }
        let indent = lines[place].prefix { $0 == " " }
        lines[place] = String(indent) + change(String(lines[place].dropFirst(indent.count)), &random)
    }

    /// The lines of one of the items that begin with a text, indent included.
    func item(_ head: String, _ random: inout SeededGenerator) -> Range<Int>? {
        let places = lines.indices.filter { lines[$0].hasPrefix(head) }
        guard let place = places.randomElement(using: &random) else { return nil }
        let indent = head.prefix { $0 == " " }.count
        let end = lines[(place + 1)...].firstIndex { $0.prefix { $0 == " " }.count <= indent } ?? lines.count
        return place..<end
    }
}
