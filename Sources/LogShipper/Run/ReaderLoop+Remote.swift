import GatewayMetrics
import Locking
import Logging

/// File systems on other machines, which may keep a system call waiting for ever: looks are made by scouts, and reads only
/// follow where a guardian has been (DeviceGuard).
extension ReaderLoop {
    /// A look that takes longer is reported.
    private static let longLookNanos: Int64 = 10_000_000_000

    /// Before the first look. Where threads are not to be had, the reader looks itself.
    func startScouts() {
        let wake = shared.wake
        scouts =
            (try? patterns.enumerated().map { input, pattern in
                let known = Locked(known(by: input))
                @Sendable func takeKnown() -> [RememberedFile] {
                    known.withLock { files in
                        defer { files = [] }
                        return files
                    }
                }
                return try InputScout({ pattern.look(searching: takeKnown()) }, wakeReader: { wake.wake() })
            }) ?? []
    }

    func stopScouts() {
        for scout in scouts { scout.stop() }
        for guardian in guardians.values { guardian.stop() }
        scouts = []
        guardians = [:]
    }

    /// Whether some input was never looked at, other than those that hang.
    var isFirstScan: Bool { unlooked.contains { !hanging.contains($0) } }

    /// Reports inputs whose look does not come back.
    func noteHanging(_ now: Int64) {
        for (input, scout) in scouts.enumerated() {
            guard scout.busyNanos(nowNanos: now) > ReaderLoop.longLookNanos else {
                if hanging.remove(input) != nil { isStatusStale = true }
                continue
            }
            guard hanging.insert(input).inserted else { continue }
            isStatusStale = true
            metrics.fileEvents.bind(["look_hangs"]).increment()
            logger.warning(
                "a look at an input does not come back; the others go on",
                metadata: ["paths": "\(patterns[input].paths.joined(separator: " "))"])
        }
    }

    /// The guardian of the device that a file is on; nil for local ones.
    func guardian(of sighting: Sighting) -> DeviceGuard? {
        guard let device = remoteDevice(sighting) else { return nil }
        if let known = guardians[device] { return known }
        let wake = shared.wake
        let new = try? DeviceGuard(wakeReader: { wake.wake() })
        guardians[device] = new
        return new
    }

    /// Whether a file can be read now; where not, its guardian has been sent.
    func mayGo(to file: TailedFile, _ now: Int64) -> Bool {
        guard let guardian = file.source.guardian else { return true }
        return guardian.mayGo(to: file.identity, nowNanos: now, file.source.touch(at: file.front))
    }

    /// Whether content stands behind an offset; of a remote file as the last look saw it.
    func hasContent(_ file: TailedFile, behind offset: Int64) -> Bool? {
        file.source.guardian == nil ? file.source.hasContent(behind: offset) : file.size > offset
    }
}
