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
    /// Reads files of OpenMetrics or Prometheus text with timestamps, and folders of recorded scrapes, into one store.
    ///
    /// - Throws: ``InputDataError`` for what isn't there or isn't supported, else the reader's error.
    public static func load(_ paths: [String], limits: SeriesStoreLimits = SeriesStoreLimits()) throws -> SeriesStore {
        let store = SeriesStore(limits: limits)
        for path in paths {
            var status = stat()
            guard stat(path, &status) == 0 else {
                throw InputDataError(description: "\(path): \(String(cString: strerror(errno)))")
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                try loadFolder(path, into: store)
            } else {
                try OpenMetricsReader.load(path: path, into: store)
            }
        }
        return store
    }

    private static func loadFolder(_ path: String, into store: SeriesStore) throws {
        let isBlock = ["meta.json", "index", "wal"].contains { access("\(path)/\($0)", F_OK) == 0 }
        let holdsBlocks = FilePattern.paths(matching: "*/meta.json", relativeTo: path + "/").isEmpty == false
        if isBlock || holdsBlocks {
            throw InputDataError(
                description: "\(path) holds Prometheus TSDB blocks, which can't be read yet; write them out with "
                    + "'promtool tsdb dump-openmetrics' and give that file")
        }
        let count = try RecordedScrapes.load(folder: path, into: store)
        if count == 0 {
            throw InputDataError(
                description: "\(path): no recorded scrape; names need a time, as in metrics-1700000000.txt")
        }
    }
}
