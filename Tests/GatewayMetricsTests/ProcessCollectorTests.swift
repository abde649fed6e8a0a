import Exposition
import Testing

@testable import GatewayMetrics

@Suite("Process metrics")
struct ProcessCollectorTests {
    @Test("a stat line is read behind the last parenthesis")
    func stat() {
        let line =
            "42 (a ) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 50 13 14 15 16 12 18 1000 4096000 100 18446744073709551615 1 1\n"
        let stat = ProcessFiles.parseStat(Array(line.utf8), ticksPerSecond: 100, pageBytes: 4096)
        #expect(
            stat
                == ProcessFiles.Stat(
                    cpuSeconds: 3, threads: 12, startSeconds: 10, virtualBytes: 4_096_000, residentBytes: 409_600))
    }

    @Test("what is no stat line gives nothing", arguments: ["", ")", "1 (a) S 1 2", "1 (a) S x x x x x x x x x x x x"])
    func badStat(_ line: String) {
        #expect(ProcessFiles.parseStat(Array(line.utf8), ticksPerSecond: 100, pageBytes: 4096) == nil)
    }

    #if os(Linux)
    @Test("this process has all of them, with sensible values")
    func collect() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 0)
        try ProcessCollector.register(in: registry)
        var values: [String: Double] = [:]
        registry.forEachSample { name, _, value in values[name] = value }
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
        let resident = try #require(values["process_resident_memory_bytes"])
        #expect(try #require(values["process_virtual_memory_bytes"]) >= resident)
        #expect(try #require(values["process_open_fds"]) >= 3)
        #expect(try #require(values["process_threads"]) >= 1)
        #expect(try #require(values["process_start_time_seconds"]) > 1_600_000_000)
        #expect(throws: MetricError.self) { try ProcessCollector.register(in: registry) }
    }
    #endif
}
