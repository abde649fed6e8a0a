/// Why a connection did not come about.
enum ConnectionFault: Error {
    case system(SystemFault)
    case handshake(TLSFailure)
    /// A session could not even be made.
    case setup(TLSError)
}

extension ConnectionFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .system(let fault): "\(fault)"
        case .handshake(let failure): "TLS: \(failure)"
        case .setup(let error): "TLS: \(error)"
        }
    }
}
