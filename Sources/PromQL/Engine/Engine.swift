import TimeSeries

/// Evaluates expressions over a source of series.
public struct Engine: Sendable {
    /// Where samples come from.
    public let source: any SeriesSource
    /// Rules and bounds.
    public let options: EngineOptions

    /// An engine; making one costs nothing.
    public init(source: any SeriesSource, options: EngineOptions = EngineOptions()) {
        self.source = source
        self.options = options
    }

    /// Evaluates at one time.
    ///
    /// - Throws: ``EvaluationError``, or what the source throws.
    public func instant(_ expression: Expression, at millis: Int64) throws -> QueryResult {
        throw EvaluationError.unsupported("evaluation")
    }

    /// Evaluates at every step from `from` through `through`; the value is always a matrix.
    ///
    /// - Throws: ``EvaluationError``, or what the source throws.
    public func range(
        _ expression: Expression, from: Int64, through: Int64, step: Int64
    ) throws -> QueryResult {
        throw EvaluationError.unsupported("evaluation")
    }
}
