import CurlHTTP
import Logging

/// What a sender does whose requests need credentials that have to be fetched or read.
extension Sender {
    /// Without credentials no request can succeed, so none is begun.
    func isAuthenticated() -> Bool {
        let now = outside.monotonicNanos()
        do {
            let isReady = try lane.isAuthenticated(nowNanos: now) { request throws(CurlError) in
                try transport.add(request, id: Sender.tokenRequest)
            }
            if isReady { lacksCredentials = false }
            return isReady
        } catch {
            noteNoCredentials(error, now)
            return false
        }
    }

    func finishToken(_ result: Result<HTTPResponse, CurlError>) {
        let now = outside.monotonicNanos()
        do { try lane.authenticator.fetched(result, nowNanos: now) } catch { noteNoCredentials(error, now) }
    }

    private func noteNoCredentials(_ error: any Error, _ now: Int64) {
        // New ones may be missing while the present ones are still good.
        lacksCredentials = lane.authenticator.current(nowNanos: now) == nil
        countRetry(Verdict.RetryReason.unauthorized.rawValue)
        health.failed("\(error)", nowNanos: now, wallNanos: outside.wallNanos())
        isStatusStale = true
        complain("there are no credentials", "\(error)")
    }
}
