/// How exemplars lie in a child's auxiliary block, and which slot is whose.
///
/// A counter has one slot. A histogram has one for each classic bucket, `+Inf` last, then those of its native
/// histogram.
enum ExemplarSlot {
    /// The bits of the observed value.
    static let value = 0
    /// Milliseconds since 1970; 0 in a slot that is empty.
    static let millis = 1
    /// ``Exemplar/form`` in the upper half, below it the bits of ``place(of:)``.
    static let form = 2
    /// Labels, seven words.
    static let labels = 3

    /// Words of one slot.
    static let wordCount = 10

    /// The most exemplars of a native histogram.
    static let nativeCount = 10
}
