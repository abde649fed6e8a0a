import TestSupport
import Testing

@testable import StructuredLog

@Suite struct RedactionTests {
    @Test(arguments: ["Authorization", "authorization", "PROXY-AUTHORIZATION", "Cookie", "Set-Cookie", "X-Api-Key"])
    func `headers with credentials are secret in any case`(_ name: String) {
        #expect(Redaction.isSecret(header: name))
    }

    @Test(arguments: ["Host", "X-Tenant-Id", "X-Request-Id", "User-Agent", "traceparent", "Content-Length"])
    func `ordinary headers are not secret`(_ name: String) {
        #expect(!Redaction.isSecret(header: name))
    }

    @Test(arguments: [
        "token", "access_token", "accessToken", "refresh-token", "ID_TOKEN", "password", "db.password", "api_key",
        "apikey", "X-Amz-Signature", "client_secret", "credentials[0]", "jwt", "sessionid",
    ])
    func `keys that look secret are secret`(_ key: String) {
        #expect(Redaction.isSecret(key: key))
        #expect(Redaction.isSecret(queryKey: key))
    }

    @Test(arguments: ["code", "sig", "state", "key", "auth"])
    func `short names are secret in a query only`(_ key: String) {
        #expect(Redaction.isSecret(queryKey: key))
        #expect(!Redaction.isSecret(key: key))
    }

    @Test(arguments: ["page", "tenant", "path", "status", "", "cell", "duration_us"])
    func `ordinary keys are not secret`(_ key: String) {
        #expect(!Redaction.isSecret(key: key))
        #expect(!Redaction.isSecret(queryKey: key))
    }

    @Test func `a key that is too long to judge counts as secret`() {
        #expect(Redaction.isSecret(key: String(repeating: "a", count: 1000)))
    }
}
