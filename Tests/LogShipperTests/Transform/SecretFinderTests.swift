import Testing

@testable import LogShipper

@Suite("What the built-in patterns find")
struct SecretFinderTests {
    private func masked(_ text: String, _ secrets: [TenantRules.Secret] = TenantRules.Secret.allCases) throws -> String
    {
        var rules = TenantRules(match: ["*"])
        rules.redactions = secrets.map { TenantRules.Redaction(target: .secret($0), action: .mask) }
        let redactor = JSONRedactor(try CompiledRules(rules, salt: []), TextRedactor())
        return Array(text.utf8).withUnsafeBytes { bytes in
            redactor.redactText(bytes) ? String(decoding: redactor.text.result.bytes, as: UTF8.self) : text
        }
    }

    @Test(
        "what is a secret goes",
        arguments: [
            ("4111111111111111", "***"), ("card 4111 1111 1111 1111 ok", "card *** ok"),
            ("5555-5555-5555-4444,", "***,"), ("378282246310005", "***"), ("6011111111111117", "***"),
            ("30569309025904", "***"), ("3530111333300000", "***"), ("4222222222222", "***"),
            ("2223003122003222", "***"),
            ("x=4111111111111111&y", "x=***&y"), ("1234 4111 1111 1111 1111", "1234 ***"),
            ("mail bob.smith+x@example.co.uk now", "mail *** now"), ("u=bob%40example.com&", "u=***&"),
            ("<a@b.example>", "<***>"), ("a@b.example@c.example", "***"), ("Grüße@bücher.example", "***"),
            ("4111111111111111@x.example", "***"), ("+1 (415) 555-2671", "***"), ("+49 30 1234567.", "***."),
            ("0049 30 1234567", "***"), ("415-555-2671", "***"), ("(415) 555-2671", "***"), ("1 415.555.2671", "***"),
            ("from 192.168.0.1:80", "from ***:80"), ("10.0.0.255,10.0.0.1", "***,***"),
            ("DE89370400440532013000", "***"), ("GB82 WEST 1234 5698 7654 32 paid", "*** paid"),
            ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "Bearer ***"),
            ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. ", "*** "),
        ])
    func secrets(_ text: String, _ expected: String) throws {
        #expect(try masked(text) == expected)
        #expect(try masked(expected) == expected)
    }

    @Test(
        "what only looks like one stays",
        arguments: [
            "4111111111111112", "41111111111111111111", "a4111111111111111", "1700000000000", "1700000000000000000",
            "2026-11-30T06:50:23.123456Z", "2026-11-30 06-50-23 123", "0.0.0.0.0", "1.2.3.4.5", "256.1.1.1", "1.2.3",
            "user@localhost", "@example.com", "a@", "a@b.1", "415-555-267", "115-555-2671", "+0123456789", "+123456",
            "DE88370400440532013000", "XDE89370400440532013000", "eyJ.a.b", "xeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c",
            "status=200 duration_us=123456 bytes=9876543210", "4f3c2a1b-1111-4111-8111-411111111111", "***", "%40",
            "(415)",
        ])
    func lookalikes(_ text: String) throws {
        #expect(try masked(text) == text)
    }

    @Test("only what is wanted is looked for")
    func kinds() throws {
        let text = "a@b.example 10.0.0.1 4111111111111111 +49 30 1234567"
        #expect(try masked(text, [.email]) == "*** 10.0.0.1 4111111111111111 +49 30 1234567")
        #expect(try masked(text, [.ipv4, .phone]) == "a@b.example *** 4111111111111111 ***")
    }
}
