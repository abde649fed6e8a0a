/// A label value that was interned in a registry (``MetricsRegistry/intern(_:)``): four bytes in place of a string.
///
/// Belongs to that registry; in the ``FamilyCache`` of another one it stands for another value or for `_other`.
@frozen
public struct LabelValue: Sendable, Hashable {
    /// The number of the value; 0 is `_other`.
    @usableFromInline
    let id: UInt32

    @inlinable
    init(id: UInt32) { self.id = id }

    /// The value `_other`, in every registry.
    public static var other: LabelValue { LabelValue(id: 0) }
}
