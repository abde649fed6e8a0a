/// A value under `fields`: what JSON can say.
public enum LogValue: Sendable, Equatable {
    /// Text; cut at ``LineLimits/fieldBytes``.
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// A number; one that JSON cannot say (NaN, infinity) is written as text.
    case number(Double)
    /// True or false.
    case boolean(Bool)
    /// A list.
    case array([LogValue])
    /// An object; sorted by key when it is written.
    case object([String: LogValue])
}
