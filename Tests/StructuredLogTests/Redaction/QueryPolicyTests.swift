import TestSupport
import Testing

@testable import StructuredLog

@Suite struct QueryPolicyTests {
    private func logged(_ query: String, allowed: [String]) throws -> String? {
        let line = withEntry(query: Array(query.utf8)) { Lines.access($0, queries: QueryPolicy(allowed: allowed)) }
        return try Lines.text("query", of: line)
    }

    @Test func `without an allow-list nothing of a query is logged`() throws {
        #expect(try logged("page=1&token=x", allowed: []) == nil)
    }

    @Test func `only allowed keys are logged, in their order`() throws {
        #expect(try logged("b=2&x=9&a=1&b=3", allowed: ["a", "b"]) == "b=2&a=1&b=3")
        #expect(try logged("x=1&y=2", allowed: ["a"]) == nil)
        #expect(try logged("&&a=1;b=2&", allowed: ["a", "b"]) == "a=1&b=2")
        #expect(try logged("a&b=&a=1=2", allowed: ["a", "b"]) == "a&b=&a=1=2")
    }

    @Test func `the values of secret keys are redacted even when allowed`() throws {
        #expect(
            try logged("access_token=abc&code=d&page=1", allowed: ["access_token", "code", "page"])
                == "access_token=[redacted]&code=[redacted]&page=1")
    }

    @Test func `keys are compared after percent-decoding`() throws {
        #expect(try logged("%74oken=abc", allowed: ["token"]) == "%74oken=[redacted]")
        #expect(try logged("p%61ge=1", allowed: ["page"]) == "p%61ge=1")
        #expect(try logged("page%=1&page%4=1", allowed: ["page"]) == nil)
        #expect(try logged("a+b=1&a%20b=2", allowed: ["a b"]) == "a+b=1&a%20b=2")
    }

    @Test func `what does not fit is left out and the line says so`() throws {
        let long = "a=1&a=" + String(repeating: "x", count: 2000)
        let line = withEntry(query: Array(long.utf8)) { Lines.access($0, queries: QueryPolicy(allowed: ["a"])) }
        #expect(try Lines.text("query", of: line) == "a=1")
        #expect(try Lines.parse(line)["truncated"] as? Bool == true)
        let many = String(repeating: "sig=&", count: 1000)
        let redacted = try #require(try logged(many, allowed: ["sig"]))
        #expect(redacted.utf8.count <= LineLimits.queryBytes)
        #expect(try logged(String(repeating: "k", count: 1000) + "=1", allowed: ["k"]) == nil)
    }
}
