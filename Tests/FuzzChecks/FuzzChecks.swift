/// What must hold for any bytes that a parser is given.
///
/// The targets of Fuzz call a check with what libFuzzer invents, Tests/FuzzCorpusTests with what it once found. A check
/// answers nil, or says what is wrong; a trap is wrong anyway.
public enum FuzzChecks {
    static func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
}
