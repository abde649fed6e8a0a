import Glibc
import PromQL
import TimeSeries

/// `PromQLBench run SET [ROUNDS] [PART]`: one line a query (those that contain PART; if there are none, PART itself),
/// tab-separated: expression, steps, series, CPU nanoseconds of the best and the median run, those of the best with the
/// result as JSON, points.
/// `PromQLBench queries SET`: expression, steps, series, first and last time in seconds, the expression for
/// Prometheus 2.42. `PromQLBench openmetrics SET` and `PromQLBench text SET`: the data.
///
/// Benchmarks/rules-query.sh compares with Prometheus and VictoriaMetrics.
@main
struct PromQLBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 2, let dataSet = DataSet(named: arguments[2]) else {
            write("usage: PromQLBench run|queries|openmetrics|text day|prometheus\n", to: 2)
            exit(2)
        }
        let queries = BenchQuery.list(for: arguments[2])
        switch arguments[1] {
        case "run":
            let rounds = arguments.count > 3 ? Int(arguments[3]) ?? 5 : 5
            let part = arguments.count > 4 ? arguments[4] : ""
            let chosen = queries.filter { part.isEmpty || $0.expression.contains(part) }
            let other = BenchQuery(expression: part, older: nil, steps: queries[0].steps, series: queries[0].series)
            try run(dataSet, chosen.isEmpty ? [other] : chosen, rounds)
        case "queries":
            for query in queries {
                let (from, through) = span(query, dataSet)
                print(
                    query.expression, query.steps, query.series, from / 1000, through / 1000, query.older ?? "",
                    separator: "\t")
            }
        default: dataSet.write(openMetrics: arguments[1] == "openmetrics") { write($0, to: 1) }
        }
    }

    private static func write(_ text: String, to file: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let base = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(file, base, rest.count)
                if count <= 0 { exit(1) }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    private static func span(_ query: BenchQuery, _ dataSet: DataSet) -> (Int64, Int64) {
        let through = dataSet.time(dataSet.count - 1)
        return (through - Int64(query.steps - 1) * dataSet.stepMillis, through)
    }

    private static func run(_ dataSet: DataSet, _ queries: [BenchQuery], _ rounds: Int) throws {
        let store = try dataSet.store()
        let bytes = residentBytes() / max(1, store.sampleCount)
        write("loaded \(store.sampleCount) samples, resident memory \(bytes) B a sample\n", to: 2)
        let engine = Engine(source: store)
        for query in queries {
            let (from, through) = span(query, dataSet)
            var times: [UInt64] = []
            var withJSON = UInt64.max
            var points = 0
            for round in 0..<500 where round < rounds || times.reduce(0, +) < 200_000_000 {
                let start = cpuNanos()
                let expression = try Parser.parse(query.expression, options: .everything)
                guard let result = try? engine.range(expression, from: from, through: through, step: dataSet.stepMillis)
                else { break }
                times.append(cpuNanos() - start)
                let text = result.jsonData()
                withJSON = min(withJSON, cpuNanos() - start)
                if case .matrix(let series) = result.value { points = series.reduce(0) { $0 + $1.count } }
                if text.isEmpty { break }
            }
            times.sort()
            guard let best = times.first else { continue }
            print(
                query.expression, query.steps, query.series, best, times[times.count / 2], withJSON, points,
                separator: "\t")
            fflush(nil)
        }
    }

    private static func cpuNanos() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var pages = (0, 0)
        withUnsafeMutablePointer(to: &pages.0) { size in
            withUnsafeMutablePointer(to: &pages.1) { resident in
                _ = withVaList([size, resident]) { vfscanf(file, "%ld %ld", $0) }
            }
        }
        return pages.1 * Int(getpagesize())
    }
}
