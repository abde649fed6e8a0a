/// A value that only its loop's thread may touch, for those who hand it back to the loop.
struct LoopConfined<Value>: @unchecked Sendable {
    private let held: Value
    private let loop: IOLoop

    /// The value must be confined to the loop already, or not have been used by any thread.
    init(_ value: Value, _ loop: IOLoop) {
        held = value
        self.loop = loop
    }

    /// On the loop's thread only.
    var value: Value {
        precondition(loop.isCurrent, "used outside of its loop")
        return held
    }
}
