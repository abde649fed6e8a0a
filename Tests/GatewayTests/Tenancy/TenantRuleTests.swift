import Testing

@testable import Gateway

@Suite struct TenantRuleTests {
    private func judge(_ lines: String, header: String = "X-Tenant-Id") throws -> String {
        let bytes = Array("GET /a HTTP/1.1\r\nHost: h\r\n\(lines)\r\n".utf8)
        var parser = RequestHeadParser(limits: MessageLimits(), tenantHeader: header)
        #expect(try parser.parse(bytes.span))
        switch TenantRule.judge(bytes.span, parser.head.fields) {
        case .absent: return "absent"
        case .named(let id): return String(decoding: bytes[id.lower..<id.upper], as: UTF8.self)
        case .refused: return "refused"
        }
    }

    @Test(arguments: ["", "X-Tenant-Id:\r\n", "X-Tenant-Id: \t \r\n", "X_Tenant_Id: acme\r\n"])
    func `60 61 67 no tenant is named`(lines: String) throws {
        #expect(try judge(lines) == "absent")
    }

    @Test(arguments: [
        "X-Tenant-Id: a\r\nX-Tenant-Id: a\r\n", "X-Tenant-Id: a\r\nx-tenant-id: b\r\n", "X-Tenant-Id: a,b\r\n",
        "X-Tenant-Id: \(String(repeating: "a", count: 65))\r\n", "X-Tenant-Id: a%0d%0ab\r\n", "X-Tenant-Id: 😀\r\n",
        "X-Tenant-Id: ../\r\n", "X-Tenant-Id: .a\r\n", "X-Tenant-Id: _a\r\n", "X-Tenant-Id: -a\r\n",
        "X-Tenant-Id: a b\r\n", "X-Tenant-Id:\r\nX-Tenant-Id: a\r\n",
    ])
    func `62 to 66 a malformed or repeated tenant is refused`(lines: String) throws {
        #expect(try judge(lines) == "refused")
    }

    @Test(arguments: ["a", "9", "Acme.Corp_1-x", String(repeating: "a", count: 64)])
    func `a well-formed tenant is taken over`(id: String) throws {
        #expect(try judge("x-tenant-ID:  \(id) \r\n") == id)
    }

    @Test func `another header may be configured, and the default one is then ignored`() throws {
        #expect(try judge("X-Org: acme\r\nX-Tenant-Id: evil\r\n", header: "X-ORG") == "acme")
        #expect(try judge("X-Tenant-Id: evil\r\n", header: "X-Org") == "absent")
    }
}
