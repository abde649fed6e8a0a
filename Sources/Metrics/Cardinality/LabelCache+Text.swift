extension LabelCache {
    /// The text under which requests with this value are counted now, and takes note of `count` of them.
    ///
    /// The value itself while it has a place, else ``BoundedLabel/other``; ``BoundedLabel/none`` for an empty one.
    /// ```swift
    /// requests.bind([cache.text(for: tenantID), "erp"]).increment()
    /// ```
    public func text(for value: String, count: Int = 1) -> String {
        var value = value
        let place = value.withUTF8 { find(UnsafeRawBufferPointer($0), count: count) }
        switch place {
        case .other: return BoundedLabel.other
        case .none: return BoundedLabel.none
        default: return value
        }
    }
}
