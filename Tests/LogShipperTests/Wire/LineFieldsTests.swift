import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("LineFields")
struct LineFieldsTests {
    private func shape(_ fields: LineFields, _ line: [UInt8]) -> LineFields.Shape {
        line.withUnsafeBytes { fields.validate($0) }
    }

    @Test("several keys are found in one pass, the first of two equal ones counts, nested ones do not")
    func find() {
        let fields = LineFields(["ts", "level", "a_rather_long_key", "gone"])
        for line in [
            #"{"x":{"ts":"no"},"level":"info","ts":"t1","ts":"t2","a_rather_long_key":[1,{"b":"]"}]}"#,
            #" { "x" : {"ts":"no"} , "l\u0065vel":"info","ts":"t1","ts":"t2","a_rather_long_key":[1,{"b":"]"}] } "#,
        ] {
            let bytes = Array(line.utf8)
            for scan in 0..<2 {
                bytes.withUnsafeBytes { if scan == 0 { fields.find($0) } else { _ = fields.validate($0) } }
                #expect(fields.text(0, in: bytes) == "t1")
                #expect(fields.text(1, in: bytes) == "info")
                #expect(fields.text(2, in: bytes) == #"[1,{"b":"]"}]"#)
                #expect(fields[3] == .absent)
            }
        }
    }

    @Test("keys of the same beginning and length are told apart")
    func similar() {
        let fields = LineFields(["abcdefgh1", "abcdefgh2", "abcdefgh"])
        let bytes = Array(#"{"abcdefgh":0,"abcdefgh2":2,"abcdefgh3":3,"abcdefgh1":1,"abcdefghi":4}"#.utf8)
        bytes.withUnsafeBytes { fields.find($0) }
        #expect((0..<3).map { fields.text($0, in: bytes) } == ["1", "2", "0"])
    }

    @Test(
        "what is no JSON object is told from what is",
        arguments: [
            ("{}", true), (" {} ", true), (#"{"a":1}"#, true), (#"{"a":-0.5e+10,"b":[],"c":{},"d":[[{}]]}"#, true),
            ("", false), ("1", false), ("[]", false), ("{", false), ("{}x", false), (#"{"a"}"#, false),
            (#"{"a":}"#, false), (#"{"a":1,}"#, false), (#"{,"a":1}"#, false), (#"{"a":01}"#, false),
            (#"{"a":1.}"#, false), (#"{"a":.5}"#, false), (#"{"a":+1}"#, false), (#"{"a":1e}"#, false),
            (#"{"a":tru}"#, false), (#"{"a":truex}"#, false), (#"{"a":nul}"#, false), (#"{"a":"\x"}"#, false),
            (#"{"a":"\u12g4"}"#, false), (#"{"a":[1,]}"#, false), (#"{"a":[1 2]}"#, false), (#"{"a":[}"#, false),
            (#"{"a":{"b":[1}]}"#, false), ("{\"a\":\"\t\"}", false), ("{\"a\":\"b}", false), (#"{"a":{"b"}}"#, false),
            (#"{"a":{"b":1,}}"#, false), (#"{"a":{"b":1,2}}"#, false), (#"{"a":1 "b":2}"#, false),
        ])
    func grammar(_ text: String, _ isObject: Bool) {
        let found = shape(LineFields(["a"]), Array(text.utf8))
        if case .object = found { #expect(isObject, "\(text)") } else { #expect(!isObject, "\(text)") }
    }

    @Test("nesting is bounded, not recursive")
    func nesting() {
        func nested(_ depth: Int) -> [UInt8] {
            Array("{\"a\":\(String(repeating: "[", count: depth))\(String(repeating: "]", count: depth))}".utf8)
        }
        guard case .object = shape(LineFields([]), nested(StrictJSON.maxDepth)) else {
            Issue.record("the deepest allowed nesting was refused")
            return
        }
        guard case .other = shape(LineFields([]), nested(100_000)) else {
            Issue.record("a nesting of 100,000 was accepted")
            return
        }
    }

    @Test("strings that are no UTF-8 are told apart from a wrong structure")
    func brokenText() {
        guard case .brokenText = shape(LineFields([]), Array(#"{"a":""#.utf8) + [0xc5] + Array(#""}"#.utf8)) else {
            Issue.record("0xC5 within a string")
            return
        }
        guard case .other = shape(LineFields([]), [0x7b, 0xc5, 0x7d]) else {
            Issue.record("0xC5 outside of a string")
            return
        }
    }

    @Test("random lines: the same verdict as Foundation's parser")
    func random() throws {
        var generator = SeededGenerator.forTest(seed: 601)
        let keys = ["ts", "level", "tenant", "a"]
        let fields = LineFields(keys)
        for _ in 0..<3000 {
            let line = WireSamples.randomLine(&generator)
            let parsed = try? WireSamples.json(line)
            let object = parsed as? [String: Any]
            switch shape(fields, line) {
            case .object:
                // Foundation refuses lone surrogates and some numbers, which the grammar allows.
                guard let object else { continue }
                for (index, key) in keys.enumerated() where object[key] == nil { #expect(fields[index] == .absent) }
            case .brokenText: #expect(String(validating: line, as: UTF8.self) == nil)
            case .other: #expect(object == nil, "\(String(decoding: line, as: UTF8.self))")
            }
        }
    }
}
