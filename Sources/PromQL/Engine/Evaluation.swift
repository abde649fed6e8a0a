import Locking
import TimeSeries

/// One run of a query: walks the tree once and computes every node for all steps.
final class Evaluation {
    let source: any SeriesSource
    let options: EngineOptions
    /// The outer query's grid, which `@ start()`, `step()` and `range()` refer to.
    let query: StepGrid
    /// The outer query's end, which need not fall on a step.
    let queryEnd: Int64
    let isInstant: Bool
    var annotations = AnnotationSet()
    var statistics = QueryStatistics()
    /// What the functions around the node that is evaluated now need of native histograms.
    var histogramUse = HistogramUse.anything
    /// What is evaluated once though it occurs several times.
    var sharedParts: SharedParts?
    /// What was evaluated over a range before.
    var stepParts: StepParts?
    private var heldPoints = 0
    /// Bytes of the label values made so far; they count as held until the end.
    private var heldTextBytes = 0
    private let deadline: ContinuousClock.Instant?
    /// Work since the query was last asked whether to go on, in values looked at.
    private var uncheckedWork = 0
    private static let workBetweenChecks = 1 << 20
    private static let bytesPerPoint = MemoryLayout<Double>.size
    /// How deep in the tree the evaluation is now.
    private var level = 0
    /// Levels of the tree before the first change of stack, and between changes.
    private static let levelsOnCallersStack = 24
    private static let levelsPerStack = 1000

    init(source: any SeriesSource, options: EngineOptions, query: StepGrid, end: Int64? = nil) {
        self.source = source
        self.options = options
        self.query = query
        queryEnd = end ?? query.end
        isInstant = end == nil
        deadline = options.timeoutMillis.map { .now.advanced(by: .milliseconds(max(0, $0))) }
    }

    /// Counts points that the query now holds, so many times, and stops at the limit.
    func hold(_ points: Int, times: Int = 1) throws {
        let (more, isBeyondInt) = points.multipliedReportingOverflow(by: times)
        let (held, isSumBeyondInt) = heldPoints.addingReportingOverflow(more)
        if isBeyondInt || isSumBeyondInt || held > options.maxSamples - heldTextBytes / Evaluation.bytesPerPoint {
            throw EvaluationError.tooManySamples(limit: options.maxSamples)
        }
        heldPoints = held
        try spend(more)
    }

    /// Counts a label value that a function made: as many points as its bytes would hold.
    func holdText(_ text: String, of label: String) throws {
        let length = text.utf8.count
        if length > options.maxLabelValueBytes {
            throw EvaluationError.failed(
                "value of label \(Labels.quoted(label)) would be longer than \(options.maxLabelValueBytes) bytes")
        }
        heldTextBytes += length
        try hold(0)
        try spend(length / Evaluation.bytesPerPoint)
    }

    /// Counts work, in values looked at, and looks now and then whether the query must end.
    func spend(_ work: Int) throws {
        uncheckedWork += max(0, work)
        if uncheckedWork < Evaluation.workBetweenChecks { return }
        uncheckedWork = 0
        try checkCancelled()
    }

    /// Ends the query when its caller gave up or its time is over.
    func checkCancelled() throws {
        if options.isCancelled?() == true { throw EvaluationError.cancelled }
        if let deadline, let limit = options.timeoutMillis, ContinuousClock.now >= deadline {
            throw EvaluationError.timedOut(limitMillis: limit)
        }
    }

    /// Evaluates a node; parts that don't depend on time are computed for one step and repeated.
    func evaluate(_ expression: Expression, _ grid: StepGrid) throws -> StepValue {
        try checkCancelled()
        if let known = stepParts?.value(of: expression, grid) {
            try hold(known.pointCount)
            return known
        }
        guard let sharedParts, let text = sharedParts.text(of: expression) else {
            return try evaluateAlone(expression, grid)
        }
        let key = SharedParts.Key(text: text, grid: grid, query: query, queryEnd: queryEnd, use: histogramUse)
        if let known = sharedParts.result(key) {
            try hold(known.pointCount)
            return known
        }
        let remarks = annotations.list.count
        let result = try evaluateAlone(expression, grid)
        if annotations.list.count == remarks { sharedParts.keep(result, key) }
        return result
    }

    private func evaluateAlone(_ expression: Expression, _ grid: StepGrid) throws -> StepValue {
        let before = heldPoints
        let isInvariant = grid.count > 1 && StepInvariance.holds(expression)
        let result = try compute(expression, isInvariant ? grid.single : grid)
        heldPoints = before
        // Before the result is as wide as the grid.
        try hold(result.pointCount, times: isInvariant ? grid.count : 1)
        return isInvariant ? result.repeated(grid.count) : result
    }

    private func compute(_ expression: Expression, _ grid: StepGrid) throws -> StepValue {
        level += 1
        defer { level -= 1 }
        if level % Evaluation.levelsPerStack != Evaluation.levelsOnCallersStack {
            return try computeHere(expression, grid)
        }
        guard let outcome = DeepStack.run({ try computeHere(expression, grid) }) else {
            throw EvaluationError.failed("expression is nested too deep, and there is no thread to evaluate it on")
        }
        return try outcome.get()
    }

    private func computeHere(_ expression: Expression, _ grid: StepGrid) throws -> StepValue {
        switch expression {
        case .number(let node): return .scalar([Double](repeating: node.value, count: grid.count))
        case .string(let node): return .string(node.value)
        case .parenthesized(let node): return try evaluate(node.inner, grid)
        case .unary(let node): return try unary(node, grid)
        case .binary(let node): return try binary(node, grid)
        case .call(let node): return try call(node, grid)
        case .aggregation(let node): return .vector(try aggregation(node, grid))
        case .selector(let node): return .vector(try instantSelector(node, grid))
        case .range, .subquery:
            throw EvaluationError.failed("range vectors can only be arguments of functions")
        }
    }

    // MARK: Typed views, after the parser's check

    func scalar(_ expression: Expression, _ grid: StepGrid) throws -> [Double] {
        guard case .scalar(let values) = try evaluate(expression, grid) else {
            throw EvaluationError.failed("expected a scalar")
        }
        return values
    }

    func vector(_ expression: Expression, _ grid: StepGrid) throws -> [Column] {
        guard case .vector(let columns) = try evaluate(expression, grid) else {
            throw EvaluationError.failed("expected an instant vector")
        }
        return columns
    }

    func string(_ expression: Expression, _ grid: StepGrid) throws -> String {
        guard case .string(let text) = try evaluate(expression, grid) else {
            throw EvaluationError.failed("expected a string")
        }
        return text
    }

    private func unary(_ node: UnaryOperation, _ grid: StepGrid) throws -> StepValue {
        let operand = try evaluate(node.operand, grid)
        if !node.isNegative { return operand }
        switch operand {
        case .scalar(let values): return .scalar(values.map { -$0 })
        case .vector(var columns):
            for place in columns.indices { columns[place].negate() }
            return .vector(try withoutNames(columns, mergesLabels: false))
        case .string: return operand
        }
    }

    // MARK: Names and duplicates

    static let duplicateMessage = "vector cannot contain metrics with the same labelset"
    /// The labels that describe the metric itself and go when it becomes another quantity.
    static let schemaLabels = [Label.metricName, "__type__", "__unit__"]

    /// Drops the metrics' names, or marks them for the end.
    ///
    /// - Parameter mergesLabels: whether columns that become equal are joined when they share no step, or refused.
    func withoutNames(_ columns: [Column], mergesLabels: Bool = true) throws -> [Column] {
        var next = columns
        if options.delayedNameRemoval {
            for place in next.indices { next[place].dropsName = true }
            return next
        }
        let staysApart = Evaluation.haveEqualSchema(columns)
        for place in next.indices { next[place].labels = next[place].labels.dropping(Evaluation.schemaLabels) }
        return staysApart ? next : try Evaluation.merged(next, allowed: mergesLabels)
    }

    /// Whether all columns have the same name, type and unit, so that they differ without these too.
    private static func haveEqualSchema(_ columns: [Column]) -> Bool {
        guard let first = columns.first?.labels else { return true }
        return columns.allSatisfy { first.agrees(with: $0.labels, on: schemaLabels) }
    }

    /// Joins columns with equal labels; two samples at one step are an error.
    static func merged(_ columns: [Column], allowed: Bool = true) throws -> [Column] {
        if columns.count < 2 { return columns }
        var places: [Labels: Int] = [:]
        places.reserveCapacity(columns.count)
        var next: [Column] = []
        next.reserveCapacity(columns.count)
        for column in columns {
            guard let place = places[column.labels] else {
                places[column.labels] = next.count
                next.append(column)
                continue
            }
            if !allowed, !column.isEmpty, !next[place].isEmpty {
                throw EvaluationError.failed(duplicateMessage)
            }
            guard next[place].take(from: column) else { throw EvaluationError.failed(duplicateMessage) }
            next[place].dropsName = next[place].dropsName || column.dropsName
        }
        return next
    }

    /// The last step of a query: delayed names go, equal label sets are joined.
    func finished(_ columns: [Column]) throws -> [Column] {
        if !options.delayedNameRemoval { return columns }
        var next = columns
        for place in next.indices where next[place].dropsName {
            next[place].labels = next[place].labels.dropping(Evaluation.schemaLabels)
        }
        return try Evaluation.merged(next)
    }

    // MARK: Annotations

    /// Remembers a remark at a place of the query's text.
    func remark(_ severity: Annotation.Severity, _ message: String, _ source: SourceRange) {
        annotations.insert(
            Annotation(severity: severity, message: message, line: source.line, column: source.column))
    }
}
