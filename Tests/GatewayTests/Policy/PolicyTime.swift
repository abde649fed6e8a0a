/// Nanoseconds, for tests.
enum PolicyTime {
    static let millisecond: Int64 = 1_000_000
    static let second: Int64 = 1_000_000_000
}
