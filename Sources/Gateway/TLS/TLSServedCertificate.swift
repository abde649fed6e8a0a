/// A certificate that a server context serves, for metrics and the messages of a reload.
struct TLSServedCertificate: Sendable, Equatable {
    /// The file it came from.
    let path: String
    /// What it says.
    let certificate: TLSCertificate
    /// The names it is chosen by; empty for one that is only the default.
    let serverNames: [String]

    /// What an operator should know of it at a time; nil when all is well.
    func warning(atSeconds now: Int64) -> TLSWarning? {
        if now > certificate.notAfterSeconds {
            return TLSWarning(path: path, cause: .expired(secondsAgo: now &- certificate.notAfterSeconds))
        }
        if now < certificate.notBeforeSeconds {
            return TLSWarning(path: path, cause: .notYetValid(inSeconds: certificate.notBeforeSeconds &- now))
        }
        return nil
    }
}
