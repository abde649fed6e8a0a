/// The limits that the kernel holds the process's control group to, its own and those of the groups around it.
///
/// Version 2 and version 1 of cgroups(7), each found where /proc/self/mountinfo says; in a container that is the
/// container's own group. Which files there are is looked up once, what stands in them at each scrape, because
/// limits may be changed while the process runs.
struct ControlGroup {
    /// Where the limit of processor time stands.
    enum CPUSource: Equatable {
        /// `cpu.max`: quota or `max`, and the period.
        case unified(String)
        /// `cpu.cfs_quota_us` and `cpu.cfs_period_us`.
        case legacy(quota: String, period: String)
    }

    /// Files that hold a limit of memory in bytes, the process's own group first.
    private(set) var memory: [String] = []
    private(set) var cpu: [CPUSource] = []

    /// Groups around a group that are looked at.
    private static let maxDepth = 32
    /// Version 1 says "none" by a number that no machine reaches.
    private static let absurdBytes: UInt64 = 1 << 60

    /// No group.
    init() {}

    /// The group of a process.
    init(cgroup: ProcText.Bytes, mounts: ProcText.Bytes, files: ProcessFiles) {
        let mounts = ControlGroupMount.parse(mounts)
        let memoryFolders = Self.folders("memory", cgroup, mounts)
        memory = memoryFolders.map { $0.path + ($0.isUnified ? "/memory.max" : "/memory.limit_in_bytes") }
            .filter(files.isReadable)
        cpu = Self.folders("cpu", cgroup, mounts).compactMap { folder in
            if folder.isUnified {
                return files.isReadable(folder.path + "/cpu.max") ? .unified(folder.path + "/cpu.max") : nil
            }
            let quota = folder.path + "/cpu.cfs_quota_us"
            let period = folder.path + "/cpu.cfs_period_us"
            return files.isReadable(quota) && files.isReadable(period) ? .legacy(quota: quota, period: period) : nil
        }
    }

    /// The least memory limit in bytes; nil where there is none.
    func memoryLimit(_ files: ProcessFiles) -> Double? {
        memory.compactMap { path in
            files.read(path, Self.number).flatMap { $0 < Self.absurdBytes ? Double($0) : nil }
        }.min()
    }

    /// The least share of processor time, in processors; nil where there is none.
    func cpuLimit(_ files: ProcessFiles) -> Double? {
        cpu.compactMap { source in
            switch source {
            case .unified(let path): files.read(path) { Self.share(ProcText.words($0)) }
            case .legacy(let quota, let period):
                files.read(quota, Self.number).flatMap { quota in
                    files.read(period, Self.number).flatMap { Self.share(quota, $0) }
                }
            }
        }.min()
    }

    private static func number(_ text: ProcText.Bytes) -> UInt64? {
        ProcText.words(text).first.flatMap(ProcText.number)
    }

    private static func share(_ words: [ProcText.Bytes]) -> Double? {
        guard words.count == 2, let quota = ProcText.number(words[0]), let period = ProcText.number(words[1]) else {
            return nil
        }
        return share(quota, period)
    }

    private static func share(_ quota: UInt64, _ period: UInt64) -> Double? {
        quota > 0 && period > 0 ? Double(quota) / Double(period) : nil
    }

    /// The process's group under a controller and the groups around it, as folders.
    private static func folders(
        _ controller: String, _ cgroup: ProcText.Bytes, _ mounts: [ControlGroupMount]
    ) -> [(path: String, isUnified: Bool)] {
        for line in ProcText.lines(cgroup) {
            // hierarchy:controllers:path, version 2 is `0::path`.
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let named = parts[1].split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual(controller.utf8) }
            guard named else { continue }
            let path = String(decoding: parts[2], as: UTF8.self)
            let mount = mounts.first { !$0.isUnified && $0.controllers.contains(controller) }
            return mount?.folders(of: path, atMost: maxDepth).map { ($0, false) } ?? []
        }
        guard let line = ProcText.lines(cgroup).first(where: { $0.starts(with: "0::".utf8) }) else { return [] }
        let path = String(decoding: line.dropFirst(3), as: UTF8.self)
        return mounts.first(where: \.isUnified)?.folders(of: path, atMost: maxDepth).map { ($0, true) } ?? []
    }
}

/// A cgroup file system of /proc/self/mountinfo.
struct ControlGroupMount: Equatable {
    var isUnified: Bool
    /// Version 1 only.
    var controllers: [String]
    /// The group that is seen at the mount point.
    var root: String
    var point: String

    /// The mounts in their order; other file systems and malformed lines are passed over.
    static func parse(_ text: ProcText.Bytes) -> [ControlGroupMount] {
        ProcText.lines(text).compactMap { line in
            // id parent device root point options [optional…] - type source superoptions
            let words = ProcText.words(line)
            guard let dash = words.firstIndex(where: { ProcText.isEqual($0, "-") }), dash >= 6,
                dash + 3 < words.count
            else { return nil }
            let isUnified = ProcText.isEqual(words[dash + 1], "cgroup2")
            guard isUnified || ProcText.isEqual(words[dash + 1], "cgroup") else { return nil }
            let options = words[dash + 3].split(separator: UInt8(ascii: ","))
            return ControlGroupMount(
                isUnified: isUnified, controllers: options.map { String(decoding: $0, as: UTF8.self) },
                root: ProcText.unescaped(words[3]), point: ProcText.unescaped(words[4]))
        }
    }

    /// The folder of a group and of those around it, up to the mount point; the mount point alone where the group
    /// lies outside of what is mounted.
    func folders(of group: String, atMost depth: Int) -> [String] {
        let mounted = root.split(separator: "/")
        let parts = group.split(separator: "/")
        var rest = parts.starts(with: mounted) ? parts.dropFirst(mounted.count) : []
        guard rest.count < depth, !rest.contains("..") else { return [point] }
        var folders: [String] = []
        while !rest.isEmpty {
            folders.append(point + "/" + rest.joined(separator: "/"))
            rest = rest.dropLast()
        }
        return folders + [point]
    }
}
