/// How often the reader takes what inotify tells. Pure: the clock is an argument.
///
/// Programs that write line by line make an event for each. Taken as they come, each would wake the reader for a few
/// bytes; with pauses it reads what has come together. What comes after a quiet time is taken at once.
struct HintPace: Equatable {
    /// How long hints may wait.
    static let pauseNanos: Int64 = 10_000_000

    private var lastNanos = Int64.min / 2
    /// Hints are left alone until then.
    private(set) var pausedUntilNanos = Int64.min / 2

    /// There were hints.
    mutating func taken(nowNanos: Int64) {
        // What comes right after a pause is more of the same.
        if nowNanos - lastNanos < 2 * HintPace.pauseNanos { pausedUntilNanos = nowNanos + HintPace.pauseNanos }
        lastNanos = nowNanos
    }

    func isPaused(nowNanos: Int64) -> Bool { nowNanos < pausedUntilNanos }
}
