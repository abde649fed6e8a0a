import Foundation
import TestSupport

@testable import LogShipper

/// Random lines of JSON, and texts that are nearly JSON or nearly secrets.
struct RandomLine {
    var random: SeededGenerator

    static let keys = ["a", "b", "u", "e", "u.e", "level", "m", "é", "x y", "\\u0061", "u\\u002ee", "4111111111111111"]
    static let pieces = [
        "4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444", "bob@example.com", "bob%40example.com", "@",
        "%40",
        "a@b.co", ".example", "+49 30 1234567", "(415) 555-2671", "415-555-2671", "10.0.0.1", ".1", "1.2.3.4.5", "::",
        "DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "token=",
        "abc",
        "é", "😀", " ", "-", ".", "1", "41", "***", "hmac:0123456789abcdef", "hmac:", "key: ", "DE", "x",
    ]

    mutating func pick<T>(_ items: [T]) -> T { items[random.int(0...(items.count - 1))] }

    mutating func text() -> String { (0..<random.int(0...5)).map { _ in pick(Self.pieces) }.joined() }

    /// A string's content with some of its characters escaped.
    mutating func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                out += "\\" + String(scalar)
            } else if random.oneIn(12) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        if random.oneIn(20) { out += pick(["\\n", "\\t", "\\/", "\\ud800", "\\udc00x", "\\ud83d\\ude00"]) }
        return out
    }

    mutating func value(_ depth: Int) -> String {
        switch random.int(0...(depth > 0 ? 9 : 6)) {
        case 0...3: return "\"" + (random.oneIn(2) ? escaped(text()) : text()) + "\""
        case 4: return pick(["0", "-1", "4111111111111111", "1.5e3", "-4111111111111111", "1700000000000"])
        case 5: return pick(["true", "false", "null"])
        case 6: return "\"\""
        case 7:
            return "[" + (0..<random.int(0...3)).map { _ in value(depth - 1) }.joined(separator: space() + ",") + "]"
        default: return object(depth - 1)
        }
    }

    mutating func space() -> String { random.oneIn(6) ? pick([" ", "\t", "  "]) : "" }

    mutating func object(_ depth: Int) -> String {
        let members = (0..<random.int(0...4)).map { _ in
            space() + "\"" + pick(Self.keys) + "\"" + space() + ":" + space() + value(depth) + space()
        }
        return "{" + members.joined(separator: ",") + space() + "}"
    }

    mutating func rules() -> TenantRules {
        var rules = TenantRules(match: ["*"])
        let actions: [TenantRules.Action] = KeyedHash.isAvailable ? [.mask, .hash] : [.mask]
        for secret in TenantRules.Secret.allCases where random.oneIn(2) {
            rules.redactions.append(TenantRules.Redaction(target: .secret(secret), action: pick(actions)))
        }
        for path in ["a", "u.e", "b.u.e", "m"] where random.oneIn(3) {
            rules.redactions.append(TenantRules.Redaction(target: .field(path), action: pick(actions + [.drop])))
        }
        for regex in ["token=(\\S+)", "key: \\w+", "[0-9]{2}", "(a)|b", "x.*y", "\\bDE"] where random.oneIn(4) {
            let fields = random.oneIn(3) ? ["m", "u"] : []
            rules.redactions.append(
                TenantRules.Redaction(target: .regex(regex), fields: fields, action: pick(actions)))
        }
        return rules
    }
}
