/// The fields of /proc/self/stat that are exposed (proc(5)).
struct ProcessStat: Equatable {
    var threads: Double
    /// Since the machine started.
    var startSeconds: Double
    var virtualBytes: Double
    var residentBytes: Double

    /// Takes the line apart behind the last `)`, since the program's name may hold anything; nil for any other text.
    init?(_ line: ProcText.Bytes, ticksPerSecond: Double, pageBytes: Double) {
        guard let nameEnd = line.lastIndex(of: UInt8(ascii: ")")), ticksPerSecond > 0 else { return nil }
        let fields = ProcText.words(line[(nameEnd + 1)...])
        // Field 3 of proc(5) is the first here.
        func field(_ number: Int) -> Double? {
            number - 3 < fields.count ? ProcText.number(fields[number - 3]).map { Double($0) } : nil
        }
        guard let threads = field(20), let start = field(22), let virtual = field(23), let resident = field(24) else {
            return nil
        }
        self.threads = threads
        startSeconds = start / ticksPerSecond
        virtualBytes = virtual
        residentBytes = resident * pageBytes
    }
}
