#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Draws the status block: in place on a terminal, as one block every few seconds elsewhere.
struct Screen {
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let blockSeconds: Double
    private var lastBlock = -Double.infinity
    private var drawn = 0

    init(blockSeconds: Double = 5) {
        self.blockSeconds = blockSeconds
    }

    /// Shows the block if it is time to.
    mutating func show(_ snapshot: Snapshot) {
        if isTerminal { return redraw(StatusBlock.lines(snapshot)) }
        guard snapshot.seconds - lastBlock >= blockSeconds else { return }
        lastBlock = snapshot.seconds
        say(StatusBlock.lines(snapshot, timelineLines: 4).joined(separator: "\n") + "\n")
    }

    /// A message that stays. The next block is drawn below it.
    mutating func say(_ text: String) {
        drawn = 0
        print(text)
        fflush(nil)
    }

    /// Goes up over the last block and overwrites it, line by line.
    private mutating func redraw(_ lines: [String]) {
        var text = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
        for line in lines { text += "\u{1B}[2K" + colored(clipped(line)) + "\n" }
        text += "\u{1B}[0J"
        drawn = lines.count
        print(text, terminator: "")
        fflush(nil)
    }

    /// A line that wraps would spoil the next redraw.
    private func clipped(_ line: String) -> String {
        var size = winsize()
        let width = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
        return String(line.prefix(width))
    }

    private func colored(_ line: String) -> String {
        if line.hasPrefix("alert FIRING") { return "\u{1B}[1;31m\(line)\u{1B}[0m" }
        if line.hasPrefix("alert PENDING") { return "\u{1B}[33m\(line)\u{1B}[0m" }
        return line
    }
}
