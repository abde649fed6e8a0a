import TimeSeries

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why recorded data can't be read.
public struct InputDataError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public var description: String
}

/// Recorded metrics for `query` and `replay`.
public enum InputData {
    /// The time of samples that carry none.
    public enum Untimed: Sendable {
        /// They are an error, unless the file's name holds the time, as that of a scrape.
        case refused
        /// Milliseconds since the epoch.
        case at(Int64)
        /// That in the file's name, else when the file was written last.
        case fileTime
    }

    /// Reads files of OpenMetrics, Prometheus text or protobuf, folders of recorded scrapes and the blocks of
    /// Prometheus's TSDB into one store.
    ///
    /// - Parameters:
    ///   - paths: files and folders, or `-` for standard input; what is named twice is read once.
    ///   - limits: of everything together, with what a query selects of blocks.
    ///   - warn: hears of what was left out or counts as failed.
    /// - Throws: ``InputDataError`` for what isn't there or isn't supported, else the reader's error.
    public static func load(
        _ paths: [String], limits: SeriesStoreLimits = SeriesStoreLimits(), untimed: Untimed = .refused,
        options: ReaderOptions = ReaderOptions(), warn: (String) -> Void = { _ in }
    ) throws -> SeriesStore {
        try open(paths, limits: limits, untimed: untimed, options: options, warn: warn).loaded(selectors: [])
    }

    /// Like ``load(_:limits:untimed:options:warn:)``, but of blocks only what a query asks for is read, when it asks.
    public static func open(
        _ paths: [String], limits: SeriesStoreLimits = SeriesStoreLimits(), untimed: Untimed = .refused,
        options: ReaderOptions = ReaderOptions(), warn: (String) -> Void = { _ in }
    ) throws -> RecordedData {
        let store = SeriesStore(limits: limits)
        var folders: [BlockFolder] = []
        var seen: [FileIdentity: String] = [:]
        for path in paths {
            var status = stat()
            let isStandardInput = path == InputFile.standardInput
            guard (isStandardInput ? fstat(0, &status) : stat(path, &status)) == 0 else {
                throw InputDataError(description: "\(path): \(String(cString: strerror(errno)))")
            }
            let identity = FileIdentity(
                device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino))
            if let known = seen.updateValue(path, forKey: identity) {
                warn("\(path): the same file as \(known), which is read once")
                continue
            }
            if isStandardInput, status.st_mode & S_IFMT == S_IFDIR {
                throw InputDataError(description: "\(InputFile.standardInputName): this is a folder")
            }
            if status.st_mode & S_IFMT != S_IFDIR {
                try OpenMetricsReader.load(
                    path: path, into: store, defaultMillis: defaultMillis(untimed, path, writtenSeconds(status)),
                    options: options, warn: warn)
            } else if BlockFolder.isOne(path) {
                var folder = try BlockFolder(path: path)
                folder.isCancelled = options.isCancelled
                if let remark = folder.remark { warn("\(path): \(remark)") }
                if folder.hasWriteAheadLog {
                    warn("\(path): only the \(folder.blockCount) blocks are read, not the write-ahead log")
                }
                if let remark = BlockFolder.scrapes(in: path) { warn("\(path): \(remark)") }
                folders.append(folder)
            } else {
                try loadScrapes(path, into: store, options, warn)
            }
        }
        return RecordedData(store: store, folders: folders)
    }

    private struct FileIdentity: Hashable {
        var device: UInt64
        var number: UInt64
    }

    private static func writtenSeconds(_ status: stat) -> Int64 {
        #if canImport(Darwin)
        Int64(status.st_mtimespec.tv_sec)
        #else
        Int64(status.st_mtim.tv_sec)
        #endif
    }

    private static func defaultMillis(_ untimed: Untimed, _ path: String, _ fileSeconds: Int64) -> Int64? {
        let named = path.split(separator: "/").last.flatMap { RecordedScrapes.time(in: String($0)) }
        return switch untimed {
        case .refused: named
        case .at(let millis): millis
        case .fileTime: named ?? min(fileSeconds, Int64.max / 1000) * 1000
        }
    }

    private static func loadScrapes(
        _ path: String, into store: SeriesStore, _ options: ReaderOptions, _ warn: (String) -> Void
    ) throws {
        let count = try RecordedScrapes.load(folder: path, into: store, options: options, warn: warn)
        if count == 0 {
            throw InputDataError(
                description: "\(path): neither blocks of Prometheus's TSDB nor recorded scrapes, whose names need a "
                    + "time, as in metrics-1700000000.txt")
        }
    }
}
