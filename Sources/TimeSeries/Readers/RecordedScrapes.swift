import Exposition

/// Reads a folder of `/metrics` bodies, text or protobuf, also packed with gzip, each with its time in the file's
/// name, as Prometheus would have scraped them.
///
/// The times are those of ``ScrapeName``. A series that a scrape no longer has gets a staleness marker there. Samples
/// that carry their own time keep it and get none. A file of no bytes is a scrape that failed: all series get staleness
/// markers, and `up` is 0. The files are of one target, unless ``ReaderOptions/targetLabel`` tells several apart.
public enum RecordedScrapes {
    /// Loads all files of a folder in order of time; files without a time in their name, and folders, are skipped.
    ///
    /// - Parameters:
    ///   - extra: labels for every series that lacks them, for example `job` and `instance`; `up` gets them too.
    ///   - options: how the files are read.
    ///   - warn: hears of scrapes that failed, of files that were skipped and of texts that are cut: once for each kind,
    ///     with the number of files and the names of the first.
    /// - Returns: how many scrapes were read, failed ones included.
    /// - Throws: ``ReaderError`` for unreadable files, broken bodies and files of several targets, or
    ///   ``SeriesStoreError``.
    @discardableResult
    public static func load(
        folder: String, into store: SeriesStore, extra: [(String, String)] = [],
        options: ReaderOptions = ReaderOptions(), warn: (String) -> Void = { _ in }
    ) throws -> Int {
        var (folders, timeless) = (NameList(), NameList())
        var scrapes: [Scrape] = []
        for name in try InputFile.names(in: folder) {
            if InputFile.isFolder("\(folder)/\(name)") {
                folders.add(name)
            } else if let known = ScrapeName(name) {
                scrapes.append(Scrape(time: known.millis, name: name, target: known.target))
            } else {
                timeless.add(name)
            }
        }
        if !scrapes.isEmpty {
            if timeless.count > 0 { warn("\(folder): skipped without a time in the name: \(timeless)") }
            if folders.count > 0 { warn("\(folder): skipped as folders: \(folders)") }
        }
        scrapes.sort { $0.time < $1.time }
        guard let label = options.targetLabel else {
            try refuseSeveralTargets(scrapes, folder)
            try load(scrapes, of: folder, into: store, extra, options, warn)
            return scrapes.count
        }
        for (target, own) in Dictionary(grouping: scrapes, by: \.target).sorted(by: { ByteOrder.less($0.key, $1.key) })
        {
            try load(own, of: folder, into: store, extra + [(label, target)], options, warn)
        }
        return scrapes.count
    }

    private struct Scrape {
        var time: Int64
        var name: String
        var target: String
    }

    /// Refuses files whose names are of several targets: each would end the series of the others. Names that all differ,
    /// as with a counter in them, are of one target.
    private static func refuseSeveralTargets(_ scrapes: [Scrape], _ folder: String) throws(ReaderError) {
        let targets = Dictionary(grouping: scrapes, by: \.target)
        let haveOneTime = zip(scrapes, scrapes.dropFirst()).contains { $0.time == $1.time && $0.target != $1.target }
        guard targets.count > 1, haveOneTime || targets.values.contains(where: { $0.count > 1 }) else { return }
        var names = NameList()
        for target in targets.keys.sorted(by: ByteOrder.less) { names.add("'\(target)'") }
        throw ReaderError(
            path: folder,
            message:
                " the names are of \(targets.count) targets, but a folder is one target: \(names); give them folders of "
                + "their own, or --target-label instance, which makes that a label")
    }

    private static func load(
        _ scrapes: [Scrape], of folder: String, into store: SeriesStore, _ extra: [(String, String)],
        _ options: ReaderOptions, _ warn: (String) -> Void
    ) throws {
        var (failed, doubts, again) = (NameList(), NameList(), NameList())
        var collector = SeriesCollector(extra: extra, limits: store.limits, options: options)
        let up = try collector.up()
        var last: Int64?
        for scrape in scrapes {
            if scrape.time == last { again.add(scrape.name) }
            last = scrape.time
            let file = try ExpositionFile("\(folder)/\(scrape.name)", options)
            if file.isEmpty {
                failed.add(scrape.name)
            } else {
                try file.collect(into: &collector, untimedMillis: scrape.time, notesUntimed: true) { doubts.add($0) }
            }
            try collector.endScrape(at: scrape.time)
            try collector.add(up, scrape.time, file.isEmpty ? 0 : 1)
        }
        if again.count > 0 { warn("\(folder): of the time of another scrape, whose samples they replace: \(again)") }
        if failed.count > 0 {
            warn("\(folder): empty files are failed scrapes, in which up is 0 and all series end: \(failed)")
        }
        if let first = doubts.first.first {
            warn(doubts.count == 1 ? first : "\(first) (and the like in \(doubts.count - 1) more files)")
        }
        try collector.move(into: store)
    }

    /// The time in a file's name, in milliseconds.
    public static func time(in name: String) -> Int64? { ScrapeName(name)?.millis }

    /// The names of a folder's files that have a time.
    static func list(in folder: String) -> NameList {
        var list = NameList()
        for name in (try? InputFile.names(in: folder)) ?? []
        where ScrapeName(name) != nil && !InputFile.isFolder("\(folder)/\(name)") {
            list.add(name)
        }
        return list
    }
}
