/// What a server wants of its clients' certificates.
enum ClientCertificatePolicy: Sendable, Equatable {
    /// It asks for none.
    case none
    /// A client may give none, but one that is given must be good, or the handshake fails.
    case optional(authoritiesFile: String)
    /// The handshake fails without a good one.
    case required(authoritiesFile: String)
    /// It asks and lets every client in; ``TLSSession/peer`` tells what came. For answers of HTTP instead of an alert.
    case reported(authoritiesFile: String)

    /// The PEM file with the authorities that sign good ones.
    var authoritiesFile: String? {
        switch self {
        case .none: nil
        case .optional(let file), .required(let file), .reported(let file): file
        }
    }
}
