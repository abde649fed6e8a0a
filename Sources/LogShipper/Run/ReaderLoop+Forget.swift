import GatewayMetrics
import Logging

/// What is remembered of files that are gone is forgotten in the end, so that progress does not grow for ever.
extension ReaderLoop {
    /// How long a start waits at least for a file that the last run knew, whatever the wall clock did meanwhile.
    private static let returnSeconds: Int64 = 600
    /// A file that owes lines is remembered so many times longer: perhaps its disk comes back.
    private static let owedFactor: Int64 = 30

    func patienceSeconds(_ file: RememberedFile) -> Int64 {
        file.pending.isEmpty
            ? configuration.forgetAfterSeconds : configuration.forgetAfterSeconds * ReaderLoop.owedFactor
    }

    /// However long the shipper was stopped, a file gets some time to be seen again.
    func giveTimeToReturn(_ file: inout RememberedFile, _ nowSeconds: Int64) {
        let latest = nowSeconds + ReaderLoop.returnSeconds
        file.lastSeenSeconds = min(max(file.lastSeenSeconds, latest - patienceSeconds(file)), latest)
    }

    /// Forgets files that were not seen for long.
    ///
    /// - Parameter nowSeconds: wall time, because it goes on while the shipper is stopped
    func forgetGone(_ nowSeconds: Int64) {
        unclaimed.removeAll { file in
            guard nowSeconds - file.lastSeenSeconds > patienceSeconds(file) else { return false }
            guard !file.pending.isEmpty else { return true }
            metrics.fileEvents.bind(["forgotten"]).increment()
            logger.warning("a file is gone for good before all of it was sent", metadata: ["path": "\(file.path)"])
            return true
        }
    }
}
