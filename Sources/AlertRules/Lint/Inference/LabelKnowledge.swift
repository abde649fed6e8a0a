import PromQL
import TimeSeries

/// What can be said about the labels of every series that an expression returns, whatever the data.
struct LabelKnowledge: Equatable {
    /// The labels a series has at most; nil when any may be there.
    var possible: Set<String>?
    /// Labels that are never there, beyond those that aren't possible.
    var absent: Set<String> = []
    /// Labels that are always there, with a value that isn't empty.
    var guaranteed: Set<String> = []
    /// Labels whose value is known.
    var fixed: [String: String] = [:]

    static let anything = LabelKnowledge(possible: nil)
    static let nothing = LabelKnowledge(possible: [])

    /// Whether no series has the label.
    func lacks(_ name: String) -> Bool { absent.contains(name) || possible.map { !$0.contains(name) } ?? false }

    mutating func remove(_ name: String) {
        possible?.remove(name)
        absent.insert(name)
        guaranteed.remove(name)
        fixed[name] = nil
    }

    /// The label may now have any value, or none.
    mutating func forget(_ name: String) {
        possible?.insert(name)
        absent.remove(name)
        guaranteed.remove(name)
        fixed[name] = nil
    }

    func keeping(only names: Set<String>) -> LabelKnowledge {
        LabelKnowledge(
            possible: names.filter { !lacks($0) }, guaranteed: guaranteed.intersection(names),
            fixed: fixed.filter { names.contains($0.key) })
    }

    func removing(_ names: some Sequence<String>) -> LabelKnowledge {
        var result = self
        for name in names { result.remove(name) }
        return result
    }

    /// What holds for the series of both.
    func union(_ other: LabelKnowledge) -> LabelKnowledge {
        var result = LabelKnowledge(possible: nil)
        if let possible, let others = other.possible { result.possible = possible.union(others) }
        result.absent = absent.filter(other.lacks).union(other.absent.filter(lacks))
        result.guaranteed = guaranteed.intersection(other.guaranteed)
        result.fixed = fixed.filter { other.fixed[$0.key] == $0.value }
        return result
    }
}

extension LabelKnowledge {
    /// Infers from the expression's form.
    init(_ expression: Expression) {
        switch expression {
        case .number, .string: self = .nothing
        case .parenthesized(let node): self.init(node.inner)
        case .unary(let node): self = LabelKnowledge(node.operand).removing([Label.metricName])
        case .selector(let node): self.init(node)
        case .range(let node): self.init(node.selector)
        case .subquery(let node): self.init(node.inner)
        case .aggregation(let node): self.init(node)
        case .call(let node): self.init(node)
        case .binary(let node): self.init(node)
        }
    }

    private init(_ selector: VectorSelector) {
        self = .anything
        for matcher in selector.matchers {
            if matcher.kind == .equal {
                if matcher.value.isEmpty { absent.insert(matcher.name) } else { fixed[matcher.name] = matcher.value }
            }
            if !matcher.matches("") { guaranteed.insert(matcher.name) }
        }
    }

    private init(_ node: Aggregation) {
        let inner = LabelKnowledge(node.operand)
        if node.operation.keepsSeries {
            self = inner
        } else if node.isWithout {
            self = inner.removing(node.grouping + [Label.metricName])
        } else {
            self = inner.keeping(only: Set(node.grouping))
        }
        if node.operation == .countValues, case .string(let label)? = node.parameter?.withoutParentheses {
            forget(label.value)
            guaranteed.insert(label.value)
        }
    }

    private init(_ call: FunctionCall) {
        let vector = call.arguments.first { $0.type == .vector || $0.type == .matrix }
        guard let vector else {
            self = .nothing
            return
        }
        self = LabelKnowledge(vector)
        switch call.function {
        case .absent, .absentOverTime: self = LabelKnowledge.ofAbsent(vector)
        case .labelReplace, .labelJoin:
            if case .string(let label)? = call.arguments.dropFirst().first?.withoutParentheses { forget(label.value) }
        case .histogramQuantile, .histogramFraction: self = removing(["le", Label.metricName])
        case .histogramQuantiles:
            self = removing(["le", Label.metricName])
            if case .string(let label)? = call.arguments.dropFirst().first?.withoutParentheses { forget(label.value) }
        case .info: self = LabelKnowledge(possible: nil, guaranteed: guaranteed)
        case .sort, .sortDesc, .sortByLabel, .sortByLabelDesc, .lastOverTime, .firstOverTime: break
        default: remove(Label.metricName)
        }
    }

    /// `absent` returns the labels that the selector asks for with `=`, and no other.
    private static func ofAbsent(_ argument: Expression) -> LabelKnowledge {
        let matchers: [LabelMatcher]
        switch argument.withoutParentheses {
        case .selector(let node): matchers = node.matchers
        case .range(let node): matchers = node.selector.matchers
        default: return .nothing
        }
        var counts: [String: Int] = [:]
        for matcher in matchers { counts[matcher.name, default: 0] += 1 }
        let kept = matchers.filter {
            $0.kind == .equal && $0.name != Label.metricName && counts[$0.name] == 1 && !$0.value.isEmpty
        }
        let fixed = Dictionary(kept.map { ($0.name, $0.value) }) { first, _ in first }
        return LabelKnowledge(possible: Set(fixed.keys), guaranteed: Set(fixed.keys), fixed: fixed)
    }

    private init(_ node: BinaryOperation) {
        let dropsName = !node.operation.isSetOperator && (!node.operation.isComparison || node.returnsBool)
        let name = dropsName ? [Label.metricName] : []
        if node.left.type == .scalar || node.right.type == .scalar {
            self = LabelKnowledge(node.left.type == .scalar ? node.right : node.left).removing(name)
            return
        }
        let (left, right) = (LabelKnowledge(node.left), LabelKnowledge(node.right))
        guard let matching = node.matching else {
            self = .anything
            return
        }
        switch (node.operation, matching.cardinality) {
        case (.or, _): self = left.union(right)
        case (.and, _), (.unless, _): self = left
        case (_, .manyToOne): self = left.joined(with: right, taking: matching.include).removing(name)
        case (_, .oneToMany): self = right.joined(with: left, taking: matching.include).removing(name)
        default:
            self =
                matching.isOn
                ? left.keeping(only: Set(matching.labels)) : left.removing(matching.labels + name)
            if matching.fillLeft != nil { self = union(right.keeping(only: possible ?? [])) }
        }
    }

    private func joined(with one: LabelKnowledge, taking include: [String]) -> LabelKnowledge {
        var result = self
        for label in include {
            result.forget(label)
            if one.lacks(label) { result.remove(label) }
            if one.guaranteed.contains(label) { result.guaranteed.insert(label) }
            result.fixed[label] = one.fixed[label]
        }
        return result
    }
}
