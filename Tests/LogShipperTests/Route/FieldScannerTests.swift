import TestSupport
import Testing

@testable import LogShipper

@Suite("FieldScanner")
struct FieldScannerTests {
    /// The scanner's verdict with spans turned into text.
    private func scan(_ line: String, key: String = "tenant") -> String {
        let bytes = Array(line.utf8)
        return bytes.withUnsafeBytes { buffer in
            switch FieldScanner(key: key).scan(buffer) {
            case .plain(let start, let count):
                "plain:" + String(decoding: buffer[start..<(start + count)], as: UTF8.self)
            case .escaped(let start, let count):
                "escaped:" + String(decoding: buffer[start..<(start + count)], as: UTF8.self)
            case .notString(let start, let count):
                "other:" + String(decoding: buffer[start..<(start + count)], as: UTF8.self)
            case .absent: "absent"
            case .ambiguous: "ambiguous"
            case .notJSON: "notJSON"
            }
        }
    }

    @Test("finds the key at the top level, wherever it stands")
    func topLevel() {
        #expect(scan(#"{"tenant":"acme"}"#) == "plain:acme")
        #expect(scan(#"  { "a" : 1 , "tenant" : "acme" , "b":[1,2] }"#) == "plain:acme")
        #expect(scan(#"{"a":{"b":[1,{"c":"}"}]},"tenant":"acme"}"#) == "plain:acme")
        #expect(scan(#"{"a":null,"b":true,"c":-1.5e3,"tenant":"x"}"#) == "plain:x")
        #expect(scan(#"{"tenant":""}"#) == "plain:")
    }

    @Test("case 74: a tenant in a nested object, an array or a string is none")
    func nested() {
        #expect(scan(#"{"user":{"tenant":"evil"},"a":1}"#) == "absent")
        #expect(scan(#"{"user":{"tenant":"evil"},"tenant":"good"}"#) == "plain:good")
        #expect(scan(#"{"a":"\"tenant\":\"evil\"","tenant":"good"}"#) == "plain:good")
        #expect(scan(#"{"a":"{\"tenant\":\"evil\"}"}"#) == "absent")
        #expect(scan(#"{"a":[{"tenant":"evil"}]}"#) == "absent")
        #expect(scan(#"{"a":"tenant","b":"evil"}"#) == "absent")
        #expect(scan(#"{"tenant":"good","a":{"tenant":"evil"}}"#) == "plain:good")
        #expect(scan(#"{"tenant":"good","a":"tenant","b":["tenant"]}"#) == "plain:good")
        #expect(scan(#"[{"tenant":"evil"}]"#) == "notJSON")
    }

    @Test("case 74: a duplicate key is ambiguous unless both say the same")
    func duplicates() {
        #expect(scan(#"{"tenant":"a","tenant":"b"}"#) == "ambiguous")
        #expect(scan(#"{"tenant":"a","x":"0123456789012345678901234567890123456789","tenant":"b"}"#) == "ambiguous")
        #expect(scan(#"{"tenant":"a","tenant":"a"}"#) == "plain:a")
        #expect(scan(#"{"tenant":"a","ten\u0061nt":"b"}"#) == "ambiguous")
        #expect(scan(#"{"tenant":"a","tenant":1}"#) == "ambiguous")
        let padding = String(repeating: "x", count: 100)
        for count in 0..<60 {
            let line = #"{"tenant":"a","p":""# + padding.prefix(count) + #"","tenant":"b"}"#
            #expect(scan(line) == "ambiguous", "\(line)")
        }
    }

    @Test("case 74: escapes in the key and in the value are understood")
    func escapes() {
        #expect(scan(#"{"ten\u0061nt":"acme"}"#) == "plain:acme")
        #expect(scan(#"{"\u0074\u0065\u006e\u0061\u006e\u0074":"acme"}"#) == "plain:acme")
        #expect(scan(#"{"tenant\u0000":"acme"}"#) == "absent")
        #expect(scan(#"{"tenant":"ac\u006de"}"#) == #"escaped:ac\u006de"#)
        #expect(scan(#"{"a\\":"b\\","tenant":"x"}"#) == "plain:x")
        #expect(scan(#"{"a":"\\\"","tenant":"x"}"#) == "plain:x")
    }

    @Test("other values are seen but are no tenant")
    func others() {
        #expect(scan(#"{"tenant":42}"#) == "other:42")
        #expect(scan(#"{"tenant":null}"#) == "other:null")
        #expect(scan(#"{"tenant":["a"]}"#) == #"other:["a"]"#)
        #expect(scan(#"{"tenant":{"id":"a"}}"#) == #"other:{"id":"a"}"#)
    }

    @Test("what breaks off before the key is no JSON; what breaks off after it keeps the key")
    func malformed() {
        for line in ["", " ", "x", "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":\"\\", "{,}", "{\"a\" 1}"] {
            #expect(scan(line) == "notJSON", "\(line)")
        }
        #expect(scan(#"{"tenant":"half"#) == "notJSON")
        #expect(scan(#"{"tenant":"a","rest"#) == "plain:a")
        #expect(scan("{}") == "absent")
        #expect(scan(String(repeating: "{\"a\":", count: 100_000)) == "notJSON")
    }

    @Test("agrees with a slow scanner on random objects, cut anywhere, without reading beyond the end")
    func random() {
        var generator = SeededGenerator.forTest(seed: 11)
        for _ in 0..<3000 {
            let pairs = (0..<generator.int(0...5)).map { _ in (randomKey(&generator), randomValue(&generator)) }
            let line = "{" + pairs.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
            let named = pairs.filter { $0.0 == "tenant" }.map(\.1)
            let expected: String =
                named.isEmpty
                ? "absent" : named.dropFirst().allSatisfy { $0 == named[0] && $0.hasPrefix("\"") } ? "one" : "ambiguous"
            let found = scan(line)
            switch expected {
            case "one":
                let isString = named[0].hasPrefix("\"")
                let value = isString ? "plain:\(named[0].dropFirst().dropLast())" : "other:\(named[0])"
                #expect(found == value, "\(line)")
            default: #expect(found == expected, "\(line)")
            }
            // A copy that ends exactly at the allocation's end: the address sanitizer sees any byte too far.
            let cut = line.utf8.prefix(generator.int(0...line.utf8.count))
            _ = scan(String(decoding: Array(cut), as: UTF8.self))
        }
    }

    private func randomKey(_ generator: inout SeededGenerator) -> String {
        ["tenant", "a", "tenan", "tenants", "ts", "level"][generator.int(0...5)]
    }

    private func randomValue(_ generator: inout SeededGenerator) -> String {
        ["\"acme\"", "\"b\"", "1", "\"tenant\"", "{\"tenant\":\"x\"}", "[\"tenant\",\"y\"]", "true"][
            generator.int(0...6)]
    }
}
