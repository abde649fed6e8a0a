import Exposition
import Foundation
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Process metrics")
struct ProcessCollectorTests {
    #if os(Linux)
    @Test("this process has all of them, with sensible values")
    func collect() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 0)
        try ProcessCollector.register(in: registry)
        let values = sums(registry)
        let cpu = try #require(values["process_cpu_seconds_total"])
        let user = try #require(values["process_cpu_user_seconds_total"])
        #expect(abs(cpu - user - (try #require(values["process_cpu_system_seconds_total"]))) < 1e-6)
        #expect(cpu > 0)
        let resident = try #require(values["process_resident_memory_bytes"])
        #expect(resident > 1_000_000)
        #expect(try #require(values["process_virtual_memory_bytes"]) >= resident)
        #expect(try #require(values["process_virtual_memory_max_bytes"]) > resident)
        #expect(try #require(values["process_open_fds"]) >= 3)
        #expect(try #require(values["process_max_fds"]) >= 3)
        #expect(try #require(values["process_threads"]) >= 1)
        #expect(try #require(values["process_minor_pagefaults_total"]) > 100)
        #expect(try #require(values["process_major_pagefaults_total"]) >= 0)
        #expect(try #require(values["process_context_switches_total"]) > 0)
        #expect(try #require(values["process_start_time_seconds"]) > 1_600_000_000)
        #expect(throws: MetricError.self) { try ProcessCollector.register(in: registry) }
    }

    @Test("descriptors are counted, however the kernel tells")
    func descriptors() throws {
        let before = try #require(ProcessFiles().openDescriptors())
        let folder = try TemporaryDirectory("descriptors")
        let opened = (0..<1_000).map { _ in open(folder.path, O_RDONLY) }
        defer { for descriptor in opened { close(descriptor) } }
        // Other tests of the process open and close some, too.
        #expect(abs(try #require(ProcessFiles().openDescriptors()) - before - 1_000) < 200)
    }
    #endif

    @Test("what the system does not tell is absent, and the rest is there")
    func absent() throws {
        let folder = try TemporaryDirectory("no-proc")
        let registry = MetricsRegistry(prefix: "t", shards: 0)
        try ProcessCollector.register(in: registry, files: ProcessFiles(root: folder.path))
        let values = sums(registry)
        #expect(values["process_cpu_seconds_total"] != nil && values["process_max_fds"] != nil)
        for name in [
            "process_resident_memory_bytes", "process_open_fds", "process_threads", "process_start_time_seconds",
            "process_network_receive_bytes_total", "process_cgroup_memory_limit_bytes",
        ] { #expect(values[name] == nil, "\(name)") }
    }

    @Test("a whole fake /proc is read")
    func fake() throws {
        let folder = try TemporaryDirectory("proc")
        try folder.fill([
            "proc/stat": "cpu 1 2 3\nintr 5\nctxt 1\nbtime 1600000000\nprocesses 3\n",
            "proc/self/stat": statLine(threads: 12, start: 1_000, virtual: 4_096_000, resident: 100),
            "proc/self/net/netstat": "TcpExt: A InOctets\nTcpExt: 1 2\nIpExt: X InOctets OutOctets\nIpExt: 0 70 80\n",
            "proc/self/cgroup": "0::/pod/app\n",
            "proc/self/mountinfo": "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw\n",
            "sys/fs/cgroup/pod/memory.max": "1000000\n",
            "sys/fs/cgroup/pod/app/memory.max": "max\n",
            "sys/fs/cgroup/pod/app/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/pod/cpu.max": "max 100000\n",
        ])
        let registry = MetricsRegistry(prefix: "t", shards: 0)
        try ProcessCollector.register(in: registry, files: ProcessFiles(root: folder.path))
        let values = sums(registry)
        #expect(values["process_threads"] == 12)
        #expect(values["process_virtual_memory_bytes"] == 4_096_000)
        #expect(values["process_start_time_seconds"].map { $0 > 1_600_000_000 && $0 < 1_600_001_000 } == true)
        #expect(values["process_network_receive_bytes_total"] == 70)
        #expect(values["process_network_transmit_bytes_total"] == 80)
        #expect(values["process_cgroup_memory_limit_bytes"] == 1_000_000)
        #expect(values["process_cgroup_cpu_limit_cores"] == 1.5)
    }

    @Test("garbage under /proc costs samples, never the scrape")
    func hostile() throws {
        var random = SeededGenerator.forTest()
        let paths = [
            "proc/stat", "proc/self/stat", "proc/self/net/netstat", "proc/self/cgroup", "proc/self/mountinfo",
            "sys/fs/cgroup/memory.max", "sys/fs/cgroup/cpu.max",
        ]
        let words = [
            "0::/", "/", "..", "-", "cgroup2", "cgroup", "memory", "IpExt:", "InOctets", "OutOctets", "btime", "max",
            "18446744073709551615", "18446744073709551616", "-1", "1e9", "nan", ")", "(", ":", "\n", "\n", "\\040",
            "\\777", "\\8", "0", "\u{0}", "é", "2:memory,cpu:/a", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 x y",
        ]
        for _ in 0..<40 {
            let folder = try TemporaryDirectory("hostile")
            for path in paths {
                let count = Int.random(in: 0..<40, using: &random)
                let separator = Bool.random(using: &random) ? " " : ""
                let text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
                try folder.fill([path: text.joined(separator: separator)])
            }
            let registry = MetricsRegistry(prefix: "t", shards: 0)
            try ProcessCollector.register(in: registry, files: ProcessFiles(root: folder.path))
            #expect(registry.render(.prometheusText004).count > 500)
        }
    }

    private func sums(_ registry: MetricsRegistry) -> [String: Double] {
        var values: [String: Double] = [:]
        registry.forEachSample { name, _, value in values[name, default: 0] += value }
        return values
    }
}

@Suite("Texts of /proc")
struct ProcTextTests {
    @Test("a stat line is read behind the last parenthesis")
    func stat() throws {
        let line = statLine(name: "(a ) b (c))", threads: 12, start: 1_000, virtual: 4_096_000, resident: 100)
        let stat = try #require(ProcessStat(Array(line.utf8)[...], ticksPerSecond: 100, pageBytes: 4_096))
        #expect(stat.threads == 12 && stat.startSeconds == 10)
        #expect(stat.virtualBytes == 4_096_000 && stat.residentBytes == 409_600)
    }

    @Test(
        "what is no stat line gives nothing",
        arguments: ["", ")", "1 (a) S 1 2", "1 (a) S x x x x x x x x x x x x", "1 (a) S" + " -1".repeated(30)])
    func badStat(_ line: String) {
        #expect(ProcessStat(Array(line.utf8)[...], ticksPerSecond: 100, pageBytes: 4_096) == nil)
    }

    @Test("numbers are whole and fit into 64 bits")
    func numbers() {
        let texts: [(String, UInt64?)] = [
            ("0", 0), ("18446744073709551615", .max), ("18446744073709551616", nil), ("99999999999999999999", nil),
            ("-1", nil), ("+1", nil), ("", nil), ("1.0", nil), (" 1", nil), ("0x1", nil), ("007", 7),
        ]
        for (text, value) in texts { #expect(ProcText.number(Array(text.utf8)[...]) == value, "\(text)") }
    }

    @Test("octets are found by name, whatever stands around them")
    func octets() {
        func read(_ text: String) -> UInt64? { ProcText.octets(Array(text.utf8)[...])?.sent }
        #expect(read("IpExt: OutOctets InOctets\nIpExt: 5 6\n") == 5)
        #expect(read("IpExt: OutOctets InOctets\n") == nil)
        #expect(read("IpExt: OutOctets InOctets\nTcpExt: 5 6\n") == nil)
        #expect(read("IpExt: InOctets OutOctets\nIpExt: 5\n") == nil)
        #expect(read("IpExt: InOctets OutOctets\nIpExt: -5 6\n") == nil)
    }
}

@Suite("Control groups")
struct ControlGroupTests {
    @Test("the least limit on the way up counts")
    func ancestors() throws {
        let limits = try limits([
            "proc/self/cgroup": "0::/a/b/c\n", "proc/self/mountinfo": unifiedMount,
            "sys/fs/cgroup/a/b/c/memory.max": "max\n", "sys/fs/cgroup/a/b/memory.max": "500\n",
            "sys/fs/cgroup/a/memory.max": "700\n", "sys/fs/cgroup/a/b/c/cpu.max": "200000 100000\n",
            "sys/fs/cgroup/a/cpu.max": "50000 100000\n",
        ])
        #expect(limits.memory == 500 && limits.cpu == 0.5)
    }

    @Test("a container that sees only its own group finds its files at the mount point")
    func container() throws {
        let limits = try limits([
            "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": unifiedMount,
            "sys/fs/cgroup/memory.max": "1024\n", "sys/fs/cgroup/cpu.max": "max 100000\n",
        ])
        #expect(limits.memory == 1_024 && limits.cpu == nil)
    }

    @Test("version 1: controllers have their own trees, and the mount's root is taken off the path")
    func legacy() throws {
        let mounts = """
            33 31 0:30 /docker/x /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 /docker/x /sys/fs/cgroup/my\\040memory rw - cgroup cgroup rw,memory

            """
        let limits = try limits([
            "proc/self/cgroup": "4:memory:/docker/x/y\n2:cpu,cpuacct:/docker/x\n0::/\n", "proc/self/mountinfo": mounts,
            "sys/fs/cgroup/my memory/y/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/my memory/memory.limit_in_bytes": "4096\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "250000\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        ])
        #expect(limits.memory == 4_096 && limits.cpu == 2.5)
    }

    @Test("no limit, no value", arguments: ["-1", "0", "max", "", "9223372036854771712"])
    func none(_ text: String) throws {
        let limits = try limits([
            "proc/self/cgroup": "4:memory:/\n2:cpu:/\n",
            "proc/self/mountinfo": "33 31 0:30 / /c rw - cgroup cgroup rw,cpu,memory\n",
            "c/memory.limit_in_bytes": text == "0" ? "max" : text, "c/cpu.cfs_quota_us": text.count > 9 ? "-1" : text,
            "c/cpu.cfs_period_us": "100000",
        ])
        #expect(limits.memory == nil && limits.cpu == nil)
    }

    @Test("a group outside of what is mounted is not looked for by climbing")
    func outside() throws {
        let limits = try limits([
            "proc/self/cgroup": "0::/../../other\n", "proc/self/mountinfo": unifiedMount, "sys/other/memory.max": "1",
            "sys/fs/cgroup/memory.max": "77",
        ])
        #expect(limits.memory == 77)
    }

    private let unifiedMount = "31 23 0:28 / /sys/fs/cgroup rw shared:4 master:1 - cgroup2 cgroup2 rw\n"

    private func limits(_ texts: [String: String]) throws -> (memory: Double?, cpu: Double?) {
        let folder = try TemporaryDirectory("cgroup")
        try folder.fill(texts)
        let files = ProcessFiles(root: folder.path)
        let group = files.controlGroup()
        return (group.memoryLimit(files), group.cpuLimit(files))
    }
}

private func statLine(name: String = "(a)", threads: Int, start: Int, virtual: Int, resident: Int) -> String {
    "42 \(name) S 1 2 3 4 5 6 7 8 9 10 250 50 13 14 15 -16 \(threads) 18 \(start) \(virtual) \(resident) 1 1 1\n"
}

extension String {
    fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}

extension TemporaryDirectory {
    fileprivate func fill(_ texts: [String: String]) throws {
        for (path, text) in texts { try write(text, to: path) }
    }
}
