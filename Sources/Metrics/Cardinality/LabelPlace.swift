/// Under which value something is counted: the number of the value's seat, and who sits there.
///
/// The index is below ``LabelPolicy/valueBound``, so a thread can keep what belongs to a value in an array. A seat is
/// given to another value only after the series of the one before have been removed, and with another generation.
public struct LabelPlace: Sendable, Hashable {
    /// The seat, from 0; 0 is `_other`, 1 is `_none`.
    public let index: Int
    /// Counts the values that had the seat.
    public let generation: UInt32

    /// The value that all unplaced ones share.
    public static let other = LabelPlace(index: 0, generation: 1)
    /// No value, or a refused one.
    public static let none = LabelPlace(index: 1, generation: 1)
}
