/// Something in the certificates that works but will not please clients.
struct TLSWarning: Sendable, Equatable, CustomStringConvertible {
    /// What it is.
    enum Cause: Sendable, Equatable {
        /// Its time is over.
        case expired(secondsAgo: Int64)
        /// Its time has not come: a wrong clock, or a file put in place too early.
        case notYetValid(inSeconds: Int64)
    }

    /// The certificate's file.
    let path: String
    /// What it is.
    let cause: Cause

    var description: String {
        switch cause {
        case .expired(let seconds): "\(path): the certificate expired \(seconds) seconds ago"
        case .notYetValid(let seconds): "\(path): the certificate becomes valid in \(seconds) seconds"
        }
    }
}
