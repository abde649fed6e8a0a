import Testing

@testable import LogShipper

@Suite("Which rules are whose")
struct TenantPatternTests {
    @Test(
        "stars stand for any run of characters",
        arguments: [
            ("acme", "acme", true), ("acme", "acme2", false), ("*", "", true), ("*", "x", true),
            ("bank-*", "bank-", true),
            ("bank-*", "bank-one", true), ("bank-*", "my-bank-one", false), ("*-eu", "a-eu-eu", true),
            ("a*b*c", "axxbxxc", true),
            ("a*b*c", "axxcxxb", false), ("a**b", "ab", true), ("", "x", false),
            ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaa", false),
        ])
    func patterns(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(TenantPattern.matches(pattern, name) == matches)
    }

    @Test("the first entry that matches holds, once for each tenant, and others have none")
    func first() throws {
        let names = ["_none", "acme", "bank-1", "other"]
        var one = TenantRules(match: ["acme", "bank-*"])
        one.maxAgeNanos = 1
        var two = TenantRules(match: ["bank-1", "acme"])
        two.maxAgeNanos = 2
        var asked = 0
        let policies = try #require(
            try TenantPolicies([one, two], salt: []) { tenant in
                asked += 1
                return names[Int(tenant)]
            })
        for _ in 0..<3 {
            #expect(policies.redactor(of: 1)?.rules.rules.maxAgeNanos == 1)
            #expect(policies.redactor(of: 2)?.rules.rules.maxAgeNanos == 1)
            #expect(policies.redactor(of: 3) == nil && policies.redactor(of: 0) == nil)
        }
        #expect(asked == 4)
        #expect(try TenantPolicies([], salt: []) { _ in "" } == nil)
    }
}
