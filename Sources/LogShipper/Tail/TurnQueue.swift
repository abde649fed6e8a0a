/// The files that want to be read, in the order in which they get their turns. Files that are idle cost nothing.
struct TurnQueue {
    private var waiting: [TailedFile] = []

    var isEmpty: Bool { waiting.isEmpty }

    /// A file that is there already keeps its place.
    mutating func insert(_ file: TailedFile) {
        guard !file.isQueued else { return }
        file.isQueued = true
        waiting.append(file)
    }

    /// Everyone's next turn; who wants another has to be put in again.
    mutating func takeAll() -> [TailedFile] {
        defer { waiting.removeAll() }
        for file in waiting { file.isQueued = false }
        return waiting
    }
}
