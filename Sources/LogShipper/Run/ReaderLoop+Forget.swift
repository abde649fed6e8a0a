import GatewayMetrics
import Logging

/// What is remembered of files that are gone is forgotten in the end, so that progress does not grow for ever.
extension ReaderLoop {
    /// How long a start waits at least for a file that the last run knew, whatever the wall clock did meanwhile.
    private static let returnSeconds: Int64 = 600
    /// A file that owes lines is remembered so many times longer: perhaps its disk comes back.
    private static let owedFactor: Int64 = 30

    private func patienceSeconds(_ file: RememberedFile) -> Int64 {
        if file.gone != nil { return ReaderLoop.returnSeconds }
        return file.owedBytes == 0
            ? configuration.forgetAfterSeconds : configuration.forgetAfterSeconds * ReaderLoop.owedFactor
    }

    /// However long the shipper was stopped, a file gets some time to be seen again.
    func giveTimeToReturn(_ file: inout RememberedFile, _ nowSeconds: Int64) {
        let latest = nowSeconds + ReaderLoop.returnSeconds
        file.lastSeenSeconds = min(max(file.lastSeenSeconds, latest - patienceSeconds(file)), latest)
    }

    /// Once a minute, so that what is lost is counted even where nothing happens any more.
    func forgetIfDue(_ now: Int64) {
        guard now >= nextForgetNanos else { return }
        nextForgetNanos = now + 60_000_000_000
        let before = unclaimed.count
        forgetGone(wallNanos() / 1_000_000_000)
        if unclaimed.count < before { isDirty = true }
    }

    /// Forgets files that were not seen for long.
    ///
    /// - Parameter nowSeconds: wall time, because it goes on while the shipper is stopped
    func forgetGone(_ nowSeconds: Int64) {
        var forgotten: [RememberedFile] = []
        unclaimed.removeAll { file in
            guard nowSeconds - file.lastSeenSeconds > patienceSeconds(file) else { return false }
            if file.owedBytes > 0 || file.gone != nil { forgotten.append(file) }
            return true
        }
        for file in forgotten { countLost(file) }
    }

    private func countLost(_ file: RememberedFile) {
        if let serial = file.gone?.serial, let old = truncated.removeValue(forKey: serial) { dropGivenBack(old) }
        guard file.owedBytes > 0 else { return }
        let reason = file.gone?.reason ?? "gone"
        metrics.fileEvents.bind(["forgotten"]).increment()
        metrics.lostBytes.bind([reason]).increment(by: UInt64(file.owedBytes))
        logger.warning(
            "a file is gone for good before all of it was sent",
            metadata: ["path": "\(file.path)", "unread_bytes": "\(file.owedBytes)", "reason": "\(reason)"])
    }

    /// After the first look at all inputs: what the checkpoint knows and is neither within the globs nor in its directory.
    ///
    /// A copy of it may still turn up, so what is lost is counted a while later.
    func noteAbsent() {
        guard !isFirstScan, !unclaimed.isEmpty else { return }
        defer { absent = [] }
        let seconds = wallNanos() / 1_000_000_000
        for var file in Array(unclaimed.all) where file.gone == nil && file.owedBytes > 0 {
            // Where another file has its identity it was truncated, or deleted and its number given away.
            let isReplaced = table.contains(file.identity)
            guard isReplaced || absent.contains(file.identity) else { continue }
            metrics.fileEvents.bind(["not_found"]).increment()
            logger.warning(
                "a file is gone that had lines to be sent",
                metadata: ["path": "\(file.path)", "unread_bytes": "\(file.owedBytes)"])
            unclaimed.remove(file)
            file.gone = RememberedFile.Gone(reason: isReplaced ? "truncated" : "gone")
            file.lastSeenSeconds = seconds
            unclaimed.insert(file)
        }
    }
}
