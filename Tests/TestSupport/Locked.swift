import Foundation

/// A value behind a lock that thread sanitizer understands, which `Synchronization.Mutex` isn't on Linux.
public final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    /// Starts with a value.
    public init(_ value: sending Value) { self.value = value }

    /// Runs `body` on the value, alone.
    public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
