import Locking

/// Decides who is an administrator: who presents the static token as `Authorization: Bearer …` (RFC 6750).
final class AdminGuard: Sendable {
    private let token: Locked<[UInt8]>

    /// Without a token nobody is.
    init(token: String?) {
        self.token = Locked(Array((token ?? "").utf8))
    }

    /// Takes another token, as after a reload.
    func replace(token: String?) {
        self.token.withLock { $0 = Array((token ?? "").utf8) }
    }

    /// Whether the request carries exactly one valid `Authorization`.
    func admits(_ request: LocalRequest) -> Bool {
        let given = request.headers.filter { $0.name.lowercased() == "authorization" }
        guard given.count == 1, let value = given.first?.value else { return false }
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        let credentials = Array(parts[1].trimmingSpaces.utf8)
        return token.withLock { Self.isSame($0, credentials) }
    }

    /// 401 with the challenge that RFC 9110, section 11.6.1, asks for.
    func refusal(_ request: LocalRequest) -> LocalResponse {
        let isPresent = request.header("authorization") != nil
        let challenge = #"Bearer realm="gatehouse""# + (isPresent ? #", error="invalid_token""# : "")
        return .failure(
            .unauthenticated,
            message: "this needs the header Authorization: Bearer <admin token>",
            requestID: request.requestID, headers: [("WWW-Authenticate", challenge)])
    }

    /// Compares in a time that depends on the length of what the client sent, never on where it differs.
    static func isSame(_ secret: [UInt8], _ given: [UInt8]) -> Bool {
        guard !secret.isEmpty else { return false }
        var difference = secret.count ^ given.count
        for (index, byte) in given.enumerated() {
            difference |= Int(byte ^ secret[index % secret.count])
        }
        return difference == 0
    }
}
