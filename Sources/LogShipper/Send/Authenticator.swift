import CurlHTTP

/// The credentials of an output's requests: read once, and anew when they run out, were replaced or are refused. Belongs
/// to the sender's thread.
///
/// Decides only: a token's request is given out by `prepare`, sent beside all others, and its answer comes back by
/// `fetched`. Nothing waits for a token's server but the requests that need the token.
final class Authenticator {
    /// After a failure nothing is tried again for this long at first, and at most for that long, however many tenants ask.
    private static let pausesNanos: ClosedRange<Int64> = 1_000_000_000...60_000_000_000
    /// Tokens of which the server does not say how long they are good for.
    private static let usualLifetimeSeconds: Int64 = 300

    private let reader: CredentialReader
    private let makeClient: (ShipperConfiguration.OAuth2Options, String) -> OAuthClient
    private var authentication: HTTPAuthentication?
    private var obtainedNanos = Int64.min
    /// When a new token is asked for, and until when the present one is good.
    private var refreshNanos = Int64.max
    private var endNanos = Int64.max
    private var client: OAuthClient?
    private var pauseNanos: Int64 = 0
    private var pausedUntilNanos = Int64.min

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

    /// What a request is sent with now; nil where there is nothing yet.
    func current(nowNanos: Int64) -> HTTPAuthentication? { nowNanos < endNanos ? authentication : nil }

    /// Reads what can be read at once; returns the request for a token where one is needed.
    func prepare(nowNanos: Int64) throws -> HTTPRequest? {
        guard client == nil, nowNanos >= pausedUntilNanos, authentication == nil || nowNanos >= refreshNanos else {
            return nil
        }
        do {
            guard case .oauth2(let options) = reader.source else {
                take(try reader.read(), nowNanos)
                return nil
            }
            let client = makeClient(options, try reader.secret(options.secret, options.secretFile))
            self.client = client
            return client.request
        } catch {
            pause(nowNanos)
            throw error
        }
    }

    /// The answer to a token's request.
    func fetched(_ result: Result<HTTPResponse, CurlError>, nowNanos: Int64) throws {
        guard let client else { return }
        self.client = nil
        do {
            let token = try client.read(result)
            let seconds = max(1, min(token.lifetimeSeconds ?? Authenticator.usualLifetimeSeconds, 86_400))
            take(.bearer(token.text), nowNanos)
            // A tenth early, so that the next one is there in time.
            refreshNanos = nowNanos + seconds * 900_000_000
            endNanos = nowNanos + seconds * 1_000_000_000
        } catch {
            pause(nowNanos)
            throw error
        }
    }

    /// Credentials were refused: the next request gets new ones. A refusal of what was sent before the present
    /// ones were there says nothing about them.
    func forget(sentNanos: Int64) {
        guard sentNanos >= obtainedNanos else { return }
        authentication = nil
    }

    /// A secret's file is not what it was.
    func secretReplaced() {
        authentication = nil
        pauseNanos = 0
        pausedUntilNanos = .min
    }

    private func take(_ new: HTTPAuthentication, _ nowNanos: Int64) {
        authentication = new
        obtainedNanos = nowNanos
        (refreshNanos, endNanos) = (.max, .max)
        pauseNanos = 0
        // A token that is refused at once must not be fetched again at once.
        if case .oauth2 = reader.source { pausedUntilNanos = nowNanos + Authenticator.pausesNanos.lowerBound }
    }

    private func pause(_ nowNanos: Int64) {
        let pauses = Authenticator.pausesNanos
        pauseNanos = min(max(pauseNanos * 2, pauses.lowerBound), pauses.upperBound)
        pausedUntilNanos = nowNanos + pauseNanos
    }
}
