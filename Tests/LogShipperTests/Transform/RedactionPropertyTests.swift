import Foundation
import TestSupport
import Testing

@testable import LogShipper

/// What holds for every line and all rules.
@Suite("Redaction of random lines")
struct RedactionPropertyTests {
    private struct Result {
        var bytes: [UInt8]
        var isUnderstood: Bool
    }

    private func redact(_ line: [UInt8], _ redactor: JSONRedactor) -> Result {
        line.withUnsafeBytes { bytes in
            switch redactor.redact(bytes) {
            case .unchanged, .filtered: return Result(bytes: line, isUnderstood: true)
            case .changed: return Result(bytes: Array(redactor.output.bytes), isUnderstood: true)
            case .notUnderstood:
                let isChanged = redactor.redactText(bytes)
                return Result(bytes: isChanged ? Array(redactor.text.result.bytes) : line, isUnderstood: false)
            }
        }
    }

    private func isJSON(_ bytes: [UInt8]) -> Bool { (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil }

    private func redactor(_ rules: TenantRules) throws -> JSONRedactor {
        JSONRedactor(try CompiledRules(rules, salt: Array("a salt of 16 byte".utf8)), TextRedactor())
    }

    @Test("valid JSON stays valid JSON, UTF-8 stays UTF-8, and doing it again changes nothing")
    func random() throws {
        var lines = RandomLine(random: .forTest(seed: 75))
        for _ in 0..<400 {
            let redactor = try redactor(lines.rules())
            for _ in 0..<20 {
                let line = lines.object(3)
                let once = redact(Array(line.utf8), redactor)
                #expect(once.isUnderstood, "\(line)")
                let text = String(decoding: once.bytes, as: UTF8.self)
                #expect(text.utf8.elementsEqual(once.bytes) && !once.bytes.contains(0x0a))
                // Foundation refuses half of a surrogate pair, which RFC 8259 allows.
                if isJSON(Array(line.utf8)) { #expect(isJSON(once.bytes), "\(line) → \(text)") }
                let twice = redact(once.bytes, redactor)
                #expect(
                    twice.bytes == once.bytes, "\(line) → \(text) → \(String(decoding: twice.bytes, as: UTF8.self))")
            }
        }
    }

    @Test("damaged lines are harmless, and stay UTF-8 if they were")
    func damaged() throws {
        var lines = RandomLine(random: .forTest(seed: 76))
        for _ in 0..<300 {
            let redactor = try redactor(lines.rules())
            for _ in 0..<20 {
                var scalars = Array(lines.object(2).unicodeScalars)
                for _ in 0..<lines.random.int(1...3) where !scalars.isEmpty {
                    let place = lines.random.int(0...(scalars.count - 1))
                    if lines.random.oneIn(2) {
                        scalars.remove(at: place)
                    } else {
                        scalars[place] = lines.pick(Array("\"\\{}[]:,ué1@".unicodeScalars))
                    }
                }
                let line = String(String.UnicodeScalarView(scalars))
                let once = redact(Array(line.utf8), redactor)
                #expect(String(decoding: once.bytes, as: UTF8.self).utf8.elementsEqual(once.bytes), "\(line)")
                var bytes = Array(line.utf8)
                if !bytes.isEmpty { bytes[lines.random.int(0...(bytes.count - 1))] = UInt8(lines.random.int(0...255)) }
                _ = redact(bytes, redactor)
            }
        }
    }

    @Test("a secret at a path doesn't come through, wherever the path is and however the keys are written")
    func secrets() throws {
        var rules = TenantRules(match: ["*"])
        rules.redactions = [
            TenantRules.Redaction(target: .field("u.e"), action: .mask),
            TenantRules.Redaction(target: .field("a"), action: .drop),
            TenantRules.Redaction(target: .secret(.card), action: .mask),
        ]
        let redactor = try redactor(rules)
        var lines = RandomLine(random: .forTest(seed: 77))
        let hidden = [
            "\"a\":\"hidden\"", "\"\\u0061\":[\"hidden\"]", "\"u\":{\"e\":\"hidden\"}", "\"u.e\":{\"x\":\"hidden\"}",
            "\"u\":[{\"\\u0065\":\"hidden\"}]", "\"\\u0075\":{\"k\":1,\"e\":[[\"hidden\"]]}",
            "\"m\":\"4111 1111 1111 1111\"",
            "\"m\":{\"n\":[\"\\u00341\\u00311111111111111\"]}",
        ]
        for _ in 0..<2000 {
            let others = ["{\"x\":[1,{}]}", "\"}\\\"{\"", "[[],\"]\"]", "null", "-1.5e3", "\"\\u0022,\\\\\""]
            var all = (0..<lines.random.int(0...3)).map { _ in "\"k\\u006b\" : " + lines.pick(others) }
            all.insert(lines.pick(hidden), at: lines.random.int(0...all.count))
            let line = "{" + all.joined(separator: ",") + "}"
            let result = redact(Array(line.utf8), redactor)
            let text = String(decoding: result.bytes, as: UTF8.self)
            #expect(result.isUnderstood, "\(line)")
            #expect(
                !text.contains("hidden") && !text.contains("4111 1111 1111 1111") && !text.contains("1111111111111"),
                "\(line) → \(text)")
        }
    }

    @Test("what a pattern can't finish, or what doesn't settle, is masked as a whole")
    func unfinished() throws {
        var rules = TenantRules(match: ["*"])
        rules.redactions = [TenantRules.Redaction(target: .regex("a.*b|a"), action: .mask)]
        let line = Array(("{\"m\":\"" + String(repeating: "a", count: 3000) + "\"}").utf8)
        #expect(String(decoding: redact(line, try redactor(rules)).bytes, as: UTF8.self) == "{\"m\":\"***\"}")
    }
}
