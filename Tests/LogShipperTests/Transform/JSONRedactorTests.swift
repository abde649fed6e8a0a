import Testing

@testable import LogShipper

@Suite("Redaction in lines of JSON")
struct JSONRedactorTests {
    private func redact(_ line: String, _ rules: [TenantRules.Redaction], filters: [TenantRules.LineFilter] = []) throws
        -> String
    {
        var tenant = TenantRules(match: ["*"])
        tenant.redactions = rules
        tenant.filters = filters
        let redactor = JSONRedactor(try CompiledRules(tenant, salt: Array("0123456789abcdef".utf8)), TextRedactor())
        return Array(line.utf8).withUnsafeBytes { bytes in
            switch redactor.redact(bytes) {
            case .unchanged: line
            case .changed: String(decoding: redactor.output.bytes, as: UTF8.self)
            case .filtered: "filtered"
            case .notUnderstood: "not understood"
            }
        }
    }

    private func field(_ path: String, _ action: TenantRules.Action = .mask) -> TenantRules.Redaction {
        TenantRules.Redaction(target: .field(path), action: action)
    }

    @Test(
        "fields are found by their paths",
        arguments: [
            ("{\"a\":1,\"b\":\"x\"}", "{\"a\":\"***\",\"b\":\"x\"}"),
            ("{\"a.b\":2}", "{\"a.b\":2}"),
            ("{\"u\":{\"e\":\"x\",\"f\":1}}", "{\"u\":{\"e\":\"***\",\"f\":1}}"),
            ("{\"u.e\":\"x\"}", "{\"u.e\":\"***\"}"),
            ("{\"u\":[{\"e\":\"x\"},{\"e\":[1,{\"k\":2}]}]}", "{\"u\":[{\"e\":\"***\"},{\"e\":\"***\"}]}"),
            ("{\"\\u0061\":\"x\"}", "{\"\\u0061\":\"***\"}"),
            ("{\"u\":{\"\\u0065\":true}}", "{\"u\":{\"\\u0065\":\"***\"}}"),
            ("{\"x\":{\"a\":1},\"ab\":1,\"u\":\"e\"}", "{\"x\":{\"a\":1},\"ab\":1,\"u\":\"e\"}"),
            ("{\"a\":null}", "{\"a\":null}"), ("{\"a\":1,\"a\":2}", "{\"a\":\"***\",\"a\":\"***\"}"),
            (" { \"a\" : [ 1 , 2 ] } ", " { \"a\" : \"***\" } "), ("[{\"a\":1}]", "[{\"a\":\"***\"}]"),
        ])
    func fields(_ line: String, _ expected: String) throws {
        #expect(try redact(line, [field("a"), field("u.e")]) == expected)
    }

    @Test(
        "keys are taken out with one comma",
        arguments: [
            ("{\"a\":1}", "{}"), ("{\"a\":1,\"b\":2}", "{\"b\":2}"), ("{\"b\":2,\"a\":1}", "{\"b\":2}"),
            ("{\"b\":2,\"a\":1,\"c\":3}", "{\"b\":2,\"c\":3}"), ("{\"a\":1,\"a\":2}", "{}"),
            ("{\"a\":{\"x\":[1,2]},\"b\":2,\"a\":3}", "{\"b\":2}"), ("{\"a\":1,\"a\":2,\"b\":3}", "{\"b\":3}"),
            ("{ \"a\" : 1 , \"b\" : 2 }", "{  \"b\" : 2 }"), ("{\"b\":{\"a\":1}}", "{\"b\":{\"a\":1}}"),
            ("{\"c\":{\"a\":1,\"d\":2},\"e\":3}", "{\"c\":{\"d\":2},\"e\":3}"),
        ])
    func takenOut(_ line: String, _ expected: String) throws {
        #expect(try redact(line, [field("a", .drop), field("c.a", .drop)]) == expected)
    }

    @Test(
        "hashes are equal for equal texts, however they are escaped, and are HMAC-SHA-256",
        .enabled(if: KeyedHash.isAvailable))
    func hashes() throws {
        let plain = try redact("{\"a\":\"Bob\"}", [field("a", .hash)])
        // printf Bob | openssl dgst -sha256 -hmac 0123456789abcdef
        #expect(plain == "{\"a\":\"hmac:0707827c6f915c74\"}")
        #expect(try redact("{\"a\":\"\\u0042ob\"}", [field("a", .hash)]) == plain)
        #expect(try redact(plain, [field("a", .hash)]) == plain)
        let inText = try redact(
            "{\"m\":\"user=Bob!\"}", [TenantRules.Redaction(target: .regex("user=(\\w+)"), action: .hash)])
        #expect(inText == "{\"m\":\"user=hmac:0707827c6f915c74!\"}")
    }

    @Test(
        "patterns look at strings behind their escapes and at numbers, and never at keys",
        arguments: [
            ("{\"n\":4111111111111111}", "{\"n\":\"***\"}"), ("{\"n\":[-4111111111111111]}", "{\"n\":[\"-***\"]}"),
            ("{\"m\":\"no \\u0034111111111111111\\n\"}", "{\"m\":\"no ***\\n\"}"),
            ("{\"m\":\"4111\\u00201111 1111 1111 \\ud83d\\ude00\"}", "{\"m\":\"*** 😀\"}"),
            ("{\"m\":\"\\ud800 4111111111111111\"}", "{\"m\":\"\u{fffd} ***\"}"),
            ("{\"m\":\"\\ud800\"}", "{\"m\":\"\\ud800\"}"),
            ("{\"4111111111111111\":1}", "{\"4111111111111111\":1}"), ("[\"4111111111111111\"]", "[\"***\"]"),
        ])
    func patterns(_ line: String, _ expected: String) throws {
        #expect(try redact(line, [TenantRules.Redaction(target: .secret(.card), action: .mask)]) == expected)
    }

    @Test("a pattern may be for some fields only, and what is below them")
    func limited() throws {
        let rule = TenantRules.Redaction(target: .regex("secret"), fields: ["m", "q.p"], action: .mask)
        let line = "{\"m\":[{\"x\":\"secret\"}],\"q\":{\"p\":\"a secret\",\"r\":\"secret\"},\"n\":\"secret\"}"
        let expected = "{\"m\":[{\"x\":\"***\"}],\"q\":{\"p\":\"a ***\",\"r\":\"secret\"},\"n\":\"secret\"}"
        #expect(try redact(line, [rule]) == expected)
    }

    @Test("groups are replaced and the rest of a match stays")
    func groups() throws {
        let rule = TenantRules.Redaction(target: .regex("token=(\\S+)|key: (\\w+)"), action: .mask)
        #expect(try redact("{\"m\":\"token=a key: b token=c\"}", [rule]) == "{\"m\":\"token=*** key: *** token=***\"}")
    }

    @Test(
        "filters look at one value, or at the elements of an array",
        arguments: [
            ("{\"level\":\"debug\"}", true), ("{\"level\":\"d\\u0065bug\"}", true), ("{\"level\":\"info\"}", false),
            ("{\"x\":{\"level\":\"debug\"}}", false), ("{\"level\":[\"a\",\"debug\"]}", true), ("{\"n\":7}", true),
            ("{\"n\":77}", false), ("{\"path\":\"/healthz?x\"}", true), ("{\"path\":\"/x\"}", false),
        ])
    func filters(_ line: String, _ isFiltered: Bool) throws {
        var level = TenantRules.LineFilter()
        (level.field, level.equals) = ("level", ["trace", "debug"])
        var number = TenantRules.LineFilter()
        (number.field, number.equals) = ("n", ["7"])
        var path = TenantRules.LineFilter()
        (path.field, path.regex) = ("path", "^/healthz")
        let result = try redact(line, [field("level")], filters: [level, number, path])
        #expect((result == "filtered") == isFiltered)
    }

    @Test(
        "what is no JSON is not taken for it",
        arguments: [
            "", "plain", "{", "{\"a\":1", "{\"a\":1}}", "{\"a\":1} x", "{\"a\" 1}", "{\"a\":1,}", "{\"a\":}", "[1,]",
            "{\"a\":\"x}",
            "{\"a\":x\"y\"}", "{\"u\":{\"e\":\"x\"}", "{\"a\":[}", "{\"a\":{]}", "{\"\\q\":1}", "\"a\"", "17",
        ])
    func notJSON(_ line: String) throws {
        #expect(try redact(line, [field("a"), field("u.e")]) == "not understood")
    }

    @Test("nesting is bounded")
    func nesting() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try redact(nested(128), [field("a")]) == nested(128))
        #expect(try redact(nested(129), [field("a")]) == "not understood")
    }
}
