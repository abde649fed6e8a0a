/// What came of one file of unit tests.
public struct UnitTestReport: Sendable {
    /// What came of one test.
    public struct Case: Sendable {
        /// The test's name, or `unnamed#` with its place in the file.
        public var name: String
        /// Empty when the test passed.
        public var failures: [UnitTestFailure]
        /// How long it took.
        public var durationNanos: UInt64
        /// What `--debug` shows, for stderr.
        public var debugOutput = ""
    }

    /// The file.
    public var path: String
    /// Why no test of the file could run, one text an error with its place; empty when they ran.
    public var errors: [String] = []
    /// Remarks for stderr, such as patterns that match no file.
    public var warnings: [String] = []
    /// The tests that ran, in the order of the file.
    public var cases: [Case] = []

    /// Everything that failed, as promtool prints it.
    public var failures: [String] { errors.map { "    " + $0 } + cases.flatMap { $0.failures.map(\.description) } }

    /// Whether the file passed.
    public var isPassed: Bool { errors.isEmpty && cases.allSatisfy(\.failures.isEmpty) }
}
