/// What must never stand in a log. ARCHITECTURE.md: "Secrets never".
public enum Redaction {
    /// What stands in the place of a secret.
    public static let placeholder = "[redacted]"
    static let placeholderBytes: StaticString = "[redacted]"

    /// Headers that carry credentials, in lower case. Nothing that logs headers may log these.
    public static let headers: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "set-cookie", "set-cookie2", "authentication-info",
        "proxy-authentication-info", "www-authenticate", "proxy-authenticate", "x-api-key", "api-key",
        "x-auth-token", "x-access-token", "x-csrf-token", "x-xsrf-token", "x-amz-security-token",
        "x-vault-token", "x-gitlab-token", "x-hub-signature", "x-hub-signature-256", "x-forwarded-access-token",
    ]

    /// Whether a header's value must stay out of every log. Any case; a name that looks secret counts as well.
    public static func isSecret(header name: String) -> Bool {
        headers.contains(name.lowercased()) || isSecret(key: name)
    }

    /// Whether the value under this key of metadata or `fields` must be replaced by ``placeholder``.
    ///
    /// Case, `-`, `_`, `.`, `[` and `]` do not count: `access_token`, `accessToken` and `X-Access-Token` are one.
    public static func isSecret(key: String) -> Bool {
        var copy = key
        return copy.withUTF8 { isSecret(UnsafeRawBufferPointer($0), words: words) }
    }

    /// Whether the value of this key of a query must be replaced: like ``isSecret(key:)``, and the short names that
    /// OAuth and signed links use (`code`, `sig`, `state`, …), which mean something harmless elsewhere.
    public static func isSecret(queryKey: String) -> Bool {
        var copy = queryKey
        return copy.withUTF8 { isSecret(queryKey: UnsafeRawBufferPointer($0)) }
    }

    static func isSecret(queryKey: UnsafeRawBufferPointer) -> Bool {
        isSecret(queryKey, words: words) || isSecret(queryKey, words: queryWords)
    }

    /// Whole keys that are secret without containing one of the stems.
    private static let words: [StaticString] = [
        "pwd", "jwt", "otp", "hmac", "cookie", "bearer", "sessionid", "phpsessid", "jsessionid",
    ]

    /// Whole keys of queries that are secret.
    private static let queryWords: [StaticString] = [
        "code", "sig", "key", "auth", "pass", "sid", "pin", "nonce", "state", "ticket", "session", "assertion", "hash",
    ]

    /// Anything that contains one of these is secret.
    private static let stems: [StaticString] = [
        "token", "secret", "password", "passwd", "passphrase", "apikey", "signature", "credential", "authorization",
        "privatekey", "accesskey", "setcookie", "clientassertion", "samlresponse",
    ]

    /// The longest key that is looked at; a longer one counts as secret, for nobody can tell.
    private static let longestKey = 128

    private static func isSecret(_ key: UnsafeRawBufferPointer, words: [StaticString]) -> Bool {
        guard key.count <= longestKey else { return true }
        return withUnsafeTemporaryAllocation(byteCount: longestKey, alignment: 1) { buffer in
            var count = 0
            for byte in key {
                let lower = byte | 0x20
                let isLetter = lower >= 0x61 && lower <= 0x7A
                let isDigit = byte >= 0x30 && byte <= 0x39
                guard isLetter || isDigit else { continue }
                buffer[count] = isLetter ? lower : byte
                count += 1
            }
            let plain = UnsafeRawBufferPointer(rebasing: buffer[0..<count])
            return words.contains { equal(plain, $0) } || stems.contains { contains(plain, $0) }
        }
    }

    private static func equal(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        bytes.count == word.utf8CodeUnitCount && matches(bytes, at: 0, word)
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        guard bytes.count >= word.utf8CodeUnitCount else { return false }
        return (0...(bytes.count - word.utf8CodeUnitCount)).contains { matches(bytes, at: $0, word) }
    }

    private static func matches(_ bytes: UnsafeRawBufferPointer, at offset: Int, _ word: StaticString) -> Bool {
        for index in 0..<word.utf8CodeUnitCount where bytes[offset + index] != word.utf8Start[index] { return false }
        return true
    }
}
