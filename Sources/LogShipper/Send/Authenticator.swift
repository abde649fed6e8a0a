import CurlHTTP

/// The credentials of an output's requests: read once, and anew when they run out or the destination refuses them. Belongs
/// to the sender's thread.
final class Authenticator {
    /// After a failure nothing is read again for this long, however many tenants ask.
    private static let pauseNanos: Int64 = 1_000_000_000
    /// Tokens of which the server does not say how long they are good for.
    private static let usualLifetimeSeconds: Int64 = 300

    private let reader: CredentialReader
    private let makeClient: (ShipperConfiguration.OAuth2Options, String) -> OAuthClient
    private var current: HTTPAuthentication?
    private var endNanos = Int64.max
    /// The secret's file when it was read, and when to look at it again.
    private var stamp: String?
    private var nextLookNanos = Int64.min
    private var failure: (error: any Error, untilNanos: Int64)?

    init(
        reader: CredentialReader, client: @escaping (ShipperConfiguration.OAuth2Options, String) -> OAuthClient
    ) {
        self.reader = reader
        makeClient = client
    }

    convenience init(_ output: ShipperConfiguration.Output, system: any StateFileSystem) {
        self.init(reader: CredentialReader(source: output.credentials, system: system)) { options, secret in
            OAuthClient(
                options: options, secret: secret, tls: output.tls, proxy: output.proxy,
                connectTimeoutMillis: output.connectTimeoutMillis, totalTimeoutMillis: output.totalTimeoutMillis)
        }
    }

    /// What the next request is sent with. May ask a token's server and wait for its answer: without a token nothing of
    /// this output could be sent anyway.
    func authentication(nowNanos: Int64) throws -> HTTPAuthentication {
        if let current, nowNanos < endNanos, !isReplaced(nowNanos) { return current }
        if let failure, nowNanos < failure.untilNanos { throw failure.error }
        do {
            let read = try read(nowNanos)
            current = read
            failure = nil
            return read
        } catch {
            failure = (error, nowNanos + Authenticator.pauseNanos)
            throw error
        }
    }

    /// Lets the next request read the secrets again.
    func forget() { current = nil }

    /// Whether the file with the secret is another one than the one that was read. Looked at once a second.
    private func isReplaced(_ nowNanos: Int64) -> Bool {
        guard let file = reader.source.secretFile, nowNanos >= nextLookNanos else { return false }
        nextLookNanos = nowNanos + Authenticator.pauseNanos
        return FileStamp.of(file) != stamp
    }

    private func read(_ nowNanos: Int64) throws -> HTTPAuthentication {
        endNanos = .max
        // Before it is read: what is replaced in between is read again.
        stamp = reader.source.secretFile.map(FileStamp.of)
        guard case .oauth2(let options) = reader.source else { return try reader.read() }
        let token = try makeClient(options, try reader.secret(options.secret, options.secretFile)).fetch()
        let seconds = max(0, min(token.lifetimeSeconds ?? Authenticator.usualLifetimeSeconds, 86_400))
        // A tenth early, so that no request is under way with a token that runs out.
        endNanos = nowNanos + seconds * 900_000_000
        return .bearer(token.text)
    }
}
