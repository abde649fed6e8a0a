import CurlHTTP
import TestSupport
import Testing

@testable import LogShipper

@Suite("Authenticator")
struct AuthenticatorTests {
    private let second: Int64 = 1_000_000_000

    private func authenticator(secretFile: String) -> Authenticator {
        var options = ShipperConfiguration.OAuth2Options()
        options.tokenURL = "http://tokens/"
        options.clientID = "me:1"
        options.secretFile = secretFile
        options.scope = "logs write"
        var output = ShipperConfiguration.Output(name: "out", type: .otlp, url: "http://x/")
        output.credentials = .oauth2(options)
        return Authenticator(output, system: PosixStateFileSystem())
    }

    private func token(_ authentication: HTTPAuthentication?) -> String? {
        if case .bearer(let token) = authentication { token } else { nil }
    }

    private func answer(_ token: String, seconds: Int = 100) -> Result<HTTPResponse, CurlError> {
        let body = #"{"access_token":"\#(token)","expires_in":\#(seconds),"token_type":"Bearer"}"#
        return .success(HTTPResponse(status: 200, body: Array(body.utf8)))
    }

    @Test("a token is asked for once, and anew before it runs out, with the secret of that time")
    func tokens() throws {
        let directory = try TemporaryDirectory("oauth")
        try directory.write("s1\n", to: "secret")
        let authenticator = authenticator(secretFile: directory.file("secret"))
        #expect(authenticator.current(nowNanos: 0) == nil)
        let request = try #require(try authenticator.prepare(nowNanos: 0))
        #expect(request.url == "http://tokens/" && request.method == "POST")
        #expect(String(decoding: request.body, as: UTF8.self) == "grant_type=client_credentials&scope=logs%20write")
        #expect(request.authentication == .basic(user: "me%3A1", password: "s1"))
        #expect(try authenticator.prepare(nowNanos: second) == nil)
        try authenticator.fetched(answer("t1"), nowNanos: second)
        #expect(token(authenticator.current(nowNanos: 2 * second)) == "t1")
        #expect(try authenticator.prepare(nowNanos: 90 * second) == nil)
        try directory.write("s2", to: "secret")
        let next = try #require(try authenticator.prepare(nowNanos: 92 * second))
        #expect(next.authentication == .basic(user: "me%3A1", password: "s2"))
        // The old one serves until the new one is there, or it has run out.
        #expect(token(authenticator.current(nowNanos: 100 * second)) == "t1")
        #expect(authenticator.current(nowNanos: 101 * second) == nil)
        try authenticator.fetched(answer("t2"), nowNanos: 102 * second)
        #expect(token(authenticator.current(nowNanos: 102 * second)) == "t2")
    }

    @Test("a refused token is fetched again, but not for refusals of an older one, and not many times a second")
    func refused() throws {
        let directory = try TemporaryDirectory("oauth")
        try directory.write("s", to: "secret")
        let authenticator = authenticator(secretFile: directory.file("secret"))
        _ = try authenticator.prepare(nowNanos: 0)
        try authenticator.fetched(answer("t1"), nowNanos: 10)
        authenticator.forget(sentNanos: 5)
        #expect(token(authenticator.current(nowNanos: 20)) == "t1")
        authenticator.forget(sentNanos: 15)
        #expect(authenticator.current(nowNanos: 20) == nil)
        #expect(try authenticator.prepare(nowNanos: second / 2) == nil)
        #expect(try authenticator.prepare(nowNanos: 2 * second) != nil)
    }

    @Test("a failure says where, and the next try comes later and later")
    func failures() throws {
        let directory = try TemporaryDirectory("oauth")
        try directory.write("s", to: "secret")
        let authenticator = authenticator(secretFile: directory.file("secret"))
        let refusal = Result<HTTPResponse, CurlError>.success(
            HTTPResponse(status: 400, body: Array(#"{"error":"invalid_client"}"#.utf8)))
        var now: Int64 = 0
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            #expect(try authenticator.prepare(nowNanos: now) != nil)
            do {
                try authenticator.fetched(refusal, nowNanos: now)
                Issue.record("a refused client has a token")
            } catch {
                #expect("\(error)".contains("http://tokens/: 400") && "\(error)".contains("invalid_client"))
            }
            now += Int64(wait) * second
            #expect(try authenticator.prepare(nowNanos: now - 1) == nil)
        }
        let missing = self.authenticator(secretFile: directory.file("none"))
        #expect(throws: SystemError.self) { try missing.prepare(nowNanos: 0) }
        #expect(try missing.prepare(nowNanos: 1) == nil)
    }

    @Test(
        "an answer without a usable token is an error",
        arguments: [
            "", "{}", #"{"access_token":""}"#, #"{"access_token":"a b"}"#, #"{"access_token":7}"#, "<html>",
        ])
    func answers(_ body: String) throws {
        let client = OAuthClient(
            options: ShipperConfiguration.OAuth2Options(), secret: "", tls: TLSOptions(), proxy: .none,
            connectTimeoutMillis: 1, totalTimeoutMillis: 1)
        #expect(throws: OAuthClient.Failure.self) { try client.read(HTTPResponse(status: 200, body: Array(body.utf8))) }
    }
}
