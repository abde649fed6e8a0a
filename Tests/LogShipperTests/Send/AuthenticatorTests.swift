import CurlHTTP
import Locking
import TestSupport
import Testing

@testable import LogShipper

@Suite("Authenticator")
struct AuthenticatorTests {
    private func authenticator(_ url: String, secretFile: String) -> Authenticator {
        var options = ShipperConfiguration.OAuth2Options()
        options.tokenURL = url
        options.clientID = "me:1"
        options.secretFile = secretFile
        options.scope = "logs write"
        var output = ShipperConfiguration.Output(name: "out", type: .otlp, url: "http://x/")
        output.credentials = .oauth2(options)
        output.proxy = .none
        return Authenticator(output, system: PosixStateFileSystem())
    }

    private func token(_ authentication: HTTPAuthentication) -> String? {
        if case .bearer(let token) = authentication { token } else { nil }
    }

    @Test("a token is asked for once, and anew when it runs out or is refused, with the secret of that time")
    func tokens() throws {
        let directory = try TemporaryDirectory("oauth")
        try directory.write("s1\n", to: "secret")
        let count = Locked(0)
        let stub = try HTTPStub { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            let body = #"{"access_token":"t\#(number)","expires_in":100,"token_type":"Bearer"}"#
            return .status(200, body: Array(body.utf8))
        }
        defer { stub.stop() }
        let authenticator = authenticator(stub.url, secretFile: directory.file("secret"))
        let second: Int64 = 1_000_000_000
        let first = token(try authenticator.authentication(nowNanos: 0))
        #expect(first != nil)
        #expect(token(try authenticator.authentication(nowNanos: 89 * second)) == first)
        try directory.write("s2", to: "secret")
        let next = token(try authenticator.authentication(nowNanos: 90 * second))
        #expect(next != nil && next != first)
        authenticator.forget()
        #expect(token(try authenticator.authentication(nowNanos: 91 * second)) != next)
        #expect(stub.requests.count == 3)
        #expect(
            String(decoding: stub.requests[0].body, as: UTF8.self) == "grant_type=client_credentials&scope=logs%20write"
        )
        // me%3A1:s1 and me%3A1:s2.
        #expect(stub.requests[0].header("Authorization") == "Basic bWUlM0ExOnMx")
        #expect(stub.requests[1].header("Authorization") == "Basic bWUlM0ExOnMy")
    }

    @Test("a failure is an error that says where, and is not repeated for every tenant")
    func failures() throws {
        let directory = try TemporaryDirectory("oauth")
        try directory.write("s", to: "secret")
        let stub = try HTTPStub { _ in .status(400, body: Array(#"{"error":"invalid_client"}"#.utf8)) }
        defer { stub.stop() }
        let authenticator = authenticator(stub.url, secretFile: directory.file("secret"))
        for _ in 0..<5 {
            do {
                _ = try authenticator.authentication(nowNanos: 0)
                Issue.record("a refused client has a token")
            } catch {
                #expect("\(error)".contains("\(stub.url): 400"))
                #expect("\(error)".contains("invalid_client"))
            }
        }
        #expect(stub.requests.count == 1)
        #expect(throws: (any Error).self) { try authenticator.authentication(nowNanos: 2_000_000_000) }
        #expect(stub.requests.count == 2)
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
