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
        /// They are an error.
        case refused
        /// Milliseconds since the epoch.
        case at(Int64)
        /// When the file was written last.
        case fileTime
    }

    /// Reads files of OpenMetrics, Prometheus text or protobuf, and folders of recorded scrapes, into one store.
    ///
    /// - Parameter warn: hears of what was left out or counts as failed.
    /// - Throws: ``InputDataError`` for what isn't there or isn't supported, else the reader's error.
    public static func load(
        _ paths: [String], limits: SeriesStoreLimits = SeriesStoreLimits(), untimed: Untimed = .refused,
        warn: (String) -> Void = { _ in }
    ) throws -> SeriesStore {
        let store = SeriesStore(limits: limits)
        for path in paths {
            var status = stat()
            guard stat(path, &status) == 0 else {
                throw InputDataError(description: "\(path): \(String(cString: strerror(errno)))")
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                try loadFolder(path, into: store, warn)
            } else {
                try OpenMetricsReader.load(
                    path: path, into: store, defaultMillis: defaultMillis(untimed, writtenSeconds(status)))
            }
        }
        return store
    }

    private static func writtenSeconds(_ status: stat) -> Int64 {
        #if canImport(Darwin)
        Int64(status.st_mtimespec.tv_sec)
        #else
        Int64(status.st_mtim.tv_sec)
        #endif
    }

    private static func defaultMillis(_ untimed: Untimed, _ fileSeconds: Int64) -> Int64? {
        switch untimed {
        case .refused: nil
        case .at(let millis): millis
        case .fileTime: min(fileSeconds, Int64.max / 1000) * 1000
        }
    }

    private static func loadFolder(
        _ path: String, into store: SeriesStore, _ warn: (String) -> Void
    ) throws {
        let isBlock = ["meta.json", "index", "wal"].contains { access("\(path)/\($0)", F_OK) == 0 }
        let holdsBlocks = FilePattern.paths(matching: "*/meta.json", relativeTo: path + "/").isEmpty == false
        if isBlock || holdsBlocks {
            throw InputDataError(
                description: "\(path) holds Prometheus TSDB blocks, which can't be read yet; write them out with "
                    + "'promtool tsdb dump-openmetrics' and give that file")
        }
        let count = try RecordedScrapes.load(folder: path, into: store, warn: warn)
        if count == 0 {
            throw InputDataError(
                description: "\(path): no recorded scrape; names need a time, as in metrics-1700000000.txt")
        }
    }
}
