import CurlHTTP

/// What a response, or its absence, means for the lines that were sent.
enum Verdict: Equatable {
    case delivered
    /// The same request may succeed later.
    case retry(reason: RetryReason, afterNanos: Int64?)
    /// The destination refuses these very lines: find the bad one.
    case rejected(status: Int, reason: String)
    /// The destination refuses one line and says which, by its place in the unit. What became of the others is not known:
    /// some collectors have taken those before it, others nothing.
    case badLine(Int, status: Int, reason: String)
    /// The destination told the lines apart: one fate for each line of the unit, in order. Another number of fates than
    /// lines is no answer, and the request is repeated.
    case lines([LineFate])
    /// The destination took all lines but some, and does not say which: those count as dropped, because what it took must
    /// not be sent again (OTLP's partial success).
    case partial(rejected: Int, reason: String)

    /// What became of one line.
    enum LineFate: Equatable {
        case delivered
        case retry
        /// Refused for good: a dead letter.
        case rejected(status: Int, reason: String)
    }

    /// Why a request is repeated; the label of `shipper_retries_total`.
    enum RetryReason: String, Sendable, CaseIterable {
        case connect
        case timeout
        case tls
        case broken
        case throttled
        case serverError = "server_error"
        /// 401, 403 and 407: nothing is wrong with the lines, so they wait for somebody to mend the credentials.
        case unauthorized
        /// A status that says that the address or the configuration is wrong, not the lines.
        case misconfigured
        case deadLetterFile = "dead_letter_file"
        /// It was accepted, and not acknowledged in time.
        case unacknowledged
        /// A file of the archive could not be written.
        case archive
        case encoding
    }
}

/// Which statuses mean what. Only the listed ones are success: Loki's 260 (ingestion blocked) is a 2xx.
struct ResponseClasses: Sendable, Equatable {
    var success: Set<Int>
    /// Statuses that blame the content of the request.
    var rejecting: Set<Int> = [400, 413, 422]

    static let generic = ResponseClasses(success: [200, 201, 202, 204])
    static let loki = ResponseClasses(success: [200, 204])

    /// What it means that there was no answer.
    static func verdict(_ error: CurlError) -> Verdict { .retry(reason: reason(error.kind), afterNanos: nil) }

    func verdict(_ response: HTTPResponse, nowWallNanos: Int64) -> Verdict {
        let after = response.header("Retry-After").flatMap { RetryAfter.nanos($0, nowWallNanos: nowWallNanos) }
        switch response.status {
        case success: return .delivered
        case rejecting:
            return .rejected(status: response.status, reason: ResponseClasses.excerpt(response.body))
        case 401, 403, 407: return .retry(reason: .unauthorized, afterNanos: after)
        case 408, 425, 429: return .retry(reason: .throttled, afterNanos: after)
        case 501, 505: return .retry(reason: .misconfigured, afterNanos: after)
        case 500...599: return .retry(reason: .serverError, afterNanos: after)
        default: return .retry(reason: .misconfigured, afterNanos: after)
        }
    }

    private static func reason(_ kind: CurlError.Kind) -> Verdict.RetryReason {
        switch kind {
        case .resolve, .connect: .connect
        case .timeout: .timeout
        case .tls: .tls
        case .send, .receive: .broken
        case .tooLarge, .invalidURL, .invalidRequest, .other: .misconfigured
        }
    }

    /// The start of the body, printable, for the dead letter and the log.
    static func excerpt(_ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(512), as: UTF8.self)
        return String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : Character($0) })
    }
}

private func ~= (set: Set<Int>, status: Int) -> Bool { set.contains(status) }
