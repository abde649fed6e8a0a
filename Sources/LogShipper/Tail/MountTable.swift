import Locking

/// Which devices are file systems on other machines. Asks /proc, which never waits for the mount itself.
enum MountTable {
    private static let known = Locked<[UInt64: Bool]>([:])

    /// Whether files of a device may keep their readers waiting without end.
    static func isRemote(_ device: UInt64) -> Bool {
        if let answer = known.withLock({ $0[device] }) { return answer }
        let text = (try? FileShell.open("/proc/self/mountinfo")).flatMap {
            FileShell.bytes($0.descriptor, at: 0, count: 1 << 20)
        }
        let answer = remoteDevices(text ?? []).contains(device)
        known.withLock { $0[device] = answer }
        return answer
    }

    /// The devices of remote file systems in a mountinfo text: `36 35 0:45 / /mnt rw shared:1 - nfs4 server:/ rw`.
    static func remoteDevices(_ text: some Sequence<UInt8>) -> Set<UInt64> {
        var devices: Set<UInt64> = []
        for line in String(decoding: Array(text), as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 3, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else { continue }
            let numbers = words[2].split(separator: ":").compactMap { UInt64($0) }
            guard numbers.count == 2, isRemote(type: words[dash + 1]) else { continue }
            devices.insert(number(major: numbers[0], minor: numbers[1]))
        }
        return devices
    }

    /// As `makedev` of the C library puts them together.
    private static func number(major: UInt64, minor: UInt64) -> UInt64 {
        (major & 0xffff_f000) << 32 | (major & 0xfff) << 8 | (minor & 0xffff_ff00) << 12 | (minor & 0xff)
    }

    private static func isRemote(type: Substring) -> Bool {
        let types: Set<Substring> = [
            "nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse", "ceph", "9p", "afs", "coda", "lustre", "glusterfs", "ocfs2",
            "gfs2", "virtiofs", "vboxsf", "gpfs", "beegfs",
        ]
        return types.contains(type) || type.hasPrefix("fuse.")
    }
}
