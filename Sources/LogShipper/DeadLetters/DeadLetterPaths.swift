/// Where an output's dead letters stand.
struct DeadLetterPaths: Equatable, Sendable {
    let stateDirectory: String
    let output: String

    /// The file that letters are written to.
    var current: String { "\(stateDirectory)/\(name)" }
    private var name: String { "dead-letters.\(output).jsonl" }

    /// A full file; numbers grow.
    func rotated(_ number: UInt64) -> String { "\(current).\(number)" }

    /// Letters on their way back: the shipper tails `*.letters` in it.
    var replayDirectory: String { "\(stateDirectory)/replay/\(output)" }

    /// What the shipper tails for this output besides its inputs.
    var replayGlob: String { "\(replayDirectory)/*\(DeadLetterPaths.replaySuffix)" }
    static let replaySuffix = ".letters"

    /// The full files that are there, the oldest first.
    func rotated() throws(SystemError) -> [(number: UInt64, path: String)] {
        let prefix = "\(name)."
        var found: [(number: UInt64, path: String)] = []
        for file in try FileLock.names(in: stateDirectory) where file.hasPrefix(prefix) {
            // Digits only and no leading zero, so that every file has one name.
            let digits = file.dropFirst(prefix.count)
            guard let number = UInt64(digits), String(number) == digits else { continue }
            found.append((number, "\(stateDirectory)/\(file)"))
        }
        return found.sorted { $0.number < $1.number }
    }

    /// All files with letters, the oldest first.
    func all() throws(SystemError) -> [String] {
        try rotated().map(\.path) + (FileLock.exists(current) ? [current] : [])
    }
}
