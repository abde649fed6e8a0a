import Exposition

/// `process_*` metrics by the names that all Prometheus clients use, read from /proc at each scrape.
///
/// Where /proc is missing or unreadable the samples are absent; a scrape never fails because of it.
public enum ProcessCollector {
    /// Declares the metrics of this process in `registry`.
    public static func register(in registry: MetricsRegistry) throws(MetricError) {
        let bootSeconds = ProcessFiles.bootSeconds()
        try registry.declare(descriptors) { samples(bootSeconds: bootSeconds) }
    }

    private static let descriptors = [
        FamilyDescriptor(
            name: "process_cpu_seconds_total", kind: .counter, help: "User and system CPU time used.",
            unit: "seconds"),
        FamilyDescriptor(
            name: "process_virtual_memory_bytes", kind: .gauge, help: "Size of the address space.", unit: "bytes"),
        FamilyDescriptor(
            name: "process_resident_memory_bytes", kind: .gauge, help: "Memory that is in RAM.", unit: "bytes"),
        FamilyDescriptor(
            name: "process_start_time_seconds", kind: .gauge, help: "Start of the process in Unix time.",
            unit: "seconds"),
        FamilyDescriptor(name: "process_threads", kind: .gauge, help: "Threads of the process."),
        FamilyDescriptor(name: "process_open_fds", kind: .gauge, help: "Open file descriptors."),
        FamilyDescriptor(name: "process_max_fds", kind: .gauge, help: "The limit of open file descriptors."),
    ]

    /// One list a descriptor, in their order; empty where the system does not tell.
    private static func samples(bootSeconds: Double?) -> [[CallbackSample]] {
        let stat = ProcessFiles.stat()
        let start = stat.flatMap { stat in bootSeconds.map { $0 + stat.startSeconds } }
        let values: [Double?] = [
            stat?.cpuSeconds, stat?.virtualBytes, stat?.residentBytes, start, stat?.threads,
            ProcessFiles.openDescriptors(), ProcessFiles.maxDescriptors(),
        ]
        return values.map { value in value.map { [([], $0)] } ?? [] }
    }
}
