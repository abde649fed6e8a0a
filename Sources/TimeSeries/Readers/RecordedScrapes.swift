import Exposition

/// Reads a folder of `/metrics` bodies, text or protobuf, also packed with gzip, each with its time in the file's
/// name, as Prometheus would have scraped them.
///
/// The time is the last of these in the name: Unix seconds (10 digits), Unix milliseconds (13 digits), or
/// `2026-11-24T05:30:00Z` with `-`, `:` or nothing between the parts and optional milliseconds. A series that a
/// scrape no longer has gets a staleness marker there. Samples that carry their own time keep it and get none. A file
/// of no bytes is a scrape that failed: all series get staleness markers, and `up` is 0.
public enum RecordedScrapes {
    /// Loads all files of a folder in order of time; files without a time in their name, and folders, are skipped.
    ///
    /// - Parameters:
    ///   - extra: labels for every series that lacks them, for example `job` and `instance`; `up` gets them too.
    ///   - options: how the files are read.
    ///   - warn: hears of scrapes that failed, of files that were skipped and of texts that are cut: once for each kind,
    ///     with the number of files and the names of the first.
    /// - Returns: how many scrapes were read, failed ones included.
    /// - Throws: ``ReaderError`` for unreadable files and broken bodies, or ``SeriesStoreError``.
    @discardableResult
    public static func load(
        folder: String, into store: SeriesStore, extra: [(String, String)] = [],
        options: ReaderOptions = ReaderOptions(), warn: (String) -> Void = { _ in }
    ) throws -> Int {
        var (folders, timeless, failed, doubts) = (NameList(), NameList(), NameList(), NameList())
        var scrapes: [(time: Int64, name: String)] = []
        for name in try InputFile.names(in: folder) {
            if InputFile.isFolder("\(folder)/\(name)") {
                folders.add(name)
            } else if let time = time(in: name) {
                scrapes.append((time, name))
            } else {
                timeless.add(name)
            }
        }
        scrapes.sort { $0.time < $1.time }
        if !scrapes.isEmpty {
            if timeless.count > 0 { warn("\(folder): skipped without a time in the name: \(timeless)") }
            if folders.count > 0 { warn("\(folder): skipped as folders: \(folders)") }
        }
        var collector = SeriesCollector(extra: extra, limits: store.limits, options: options)
        let up = try collector.place(of: Labels(extra + [(Label.metricName, "up")]))
        for scrape in scrapes {
            let file = try ExpositionFile("\(folder)/\(scrape.name)", options)
            if file.isEmpty {
                failed.add(scrape.name)
            } else {
                try file.collect(into: &collector, untimedMillis: scrape.time, notesUntimed: true) { doubts.add($0) }
            }
            try collector.endScrape(at: scrape.time)
            try collector.add(up, scrape.time, file.isEmpty ? 0 : 1)
        }
        if failed.count > 0 {
            warn("\(folder): empty files are failed scrapes, in which up is 0 and all series end: \(failed)")
        }
        if let first = doubts.first.first {
            warn(doubts.count == 1 ? first : "\(first) (and the like in \(doubts.count - 1) more files)")
        }
        try collector.move(into: store)
        return scrapes.count
    }

    /// The time in a file's name, in milliseconds.
    public static func time(in name: String) -> Int64? {
        let bytes = Array(name.utf8)
        var found: Int64?
        var place = 0
        while place < bytes.count {
            guard isDigit(bytes[place]) else {
                place += 1
                continue
            }
            if let (time, length) = calendarTime(bytes[place...]) {
                found = time
                place += length
                continue
            }
            let run = bytes[place...].prefix(while: isDigit)
            if run.count == 10 || run.count == 13, let number = Int64(String(decoding: run, as: UTF8.self)) {
                found = run.count == 10 ? number * 1000 : number
            }
            place += run.count
        }
        return found
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// `YYYY-MM-DDTHH:MM:SS[.mmm]Z` with optional separators.
    private static func calendarTime(_ bytes: ArraySlice<UInt8>) -> (millis: Int64, length: Int)? {
        var rest = bytes
        func take(_ digits: Int) -> Int? {
            let part = rest.prefix(digits)
            guard part.count == digits, part.allSatisfy(isDigit) else { return nil }
            rest = rest.dropFirst(digits)
            return Int(String(decoding: part, as: UTF8.self))
        }
        func skip(_ any: String) { if let next = rest.first, any.utf8.contains(next) { rest = rest.dropFirst() } }
        guard let year = take(4) else { return nil }
        skip("-_")
        guard let month = take(2), (1...12).contains(month) else { return nil }
        skip("-_")
        guard let day = take(2), (1...31).contains(day), rest.first == UInt8(ascii: "T") else { return nil }
        rest = rest.dropFirst()
        guard let hour = take(2), hour < 24 else { return nil }
        skip("-:_")
        guard let minute = take(2), minute < 60 else { return nil }
        skip("-:_")
        guard let second = take(2), second < 61 else { return nil }
        var millis = 0
        if rest.first == UInt8(ascii: "."), rest.dropFirst().prefix(3).allSatisfy(isDigit) {
            rest = rest.dropFirst()
            millis = take(3) ?? 0
        }
        guard rest.first == UInt8(ascii: "Z") else { return nil }
        let seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        return (Int64(seconds) * 1000 + Int64(millis), rest.startIndex + 1 - bytes.startIndex)
    }

    /// Howard Hinnant's days-from-civil.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
