import CurlHTTP

/// Reads secrets, from the configuration or from files; a file is read anew when asked to, so that it can be replaced.
struct CredentialReader {
    let source: ShipperConfiguration.Credentials
    let system: any StateFileSystem

    /// A file that cannot be read is an error that says which.
    func read() throws(SystemError) -> HTTPAuthentication {
        switch source {
        case .none: return .none
        case .basic(let user, let password, let file):
            return .basic(user: user, password: try secret(password, file))
        case .bearer(let token, let file): return .bearer(try secret(token, file))
        // The token that it takes is not read from a file: see Authenticator.
        case .oauth2: return .none
        }
    }

    func secret(_ value: String?, _ file: String?) throws(SystemError) -> String {
        if let value { return value }
        guard let file, let bytes = try system.read(file) else { throw SystemError("read", file ?? "", code: 2) }
        // A line feed at the end of a secret's file is an editor's, not the secret's.
        return String(decoding: bytes.reversed().drop { $0 == 0x0a || $0 == 0x0d }.reversed(), as: UTF8.self)
    }
}
