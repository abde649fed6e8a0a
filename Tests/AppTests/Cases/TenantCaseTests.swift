import Testing

@Suite("Cases of the tenant, at the running gateway", .serialized, .gateway())
struct TenantCaseTests {
    private static func tenant(_ description: String, _ lines: String, _ value: String? = nil) -> RefusedCase {
        let made = RefusedCase(
            description, "GET /api/v1/rec/x HTTP/1.1\r\nHost: a\r\n\(lines)\r\n",
            reason: value == nil ? "missing_tenant" : "invalid_tenant")
        return made.answered(400, value == nil ? "MISSING_TENANT_ID" : "INVALID_TENANT_ID")
            .by(value, value == nil ? "none" : "rejected").kept
    }

    private static func invalid(_ description: String, _ value: String) -> RefusedCase {
        tenant(description, "X-Tenant-Id: \(value)\r\n", String(value.prefix(128)))
    }

    private static let refusals: [RefusedCase] = [
        tenant("case 60: no tenant", ""),
        tenant("case 61: an empty tenant", "X-Tenant-Id:\r\n"),
        tenant("case 61: a blank tenant", "X-Tenant-Id:  \t \r\n"),
        tenant("case 62: two equal tenants", "X-Tenant-Id: acme\r\nX-Tenant-Id: acme\r\n", "acme"),
        tenant("case 62: two different tenants", "X-Tenant-Id: acme\r\nx-tenant-id: evil\r\n", "acme"),
        invalid("case 63: a list of tenants", "a,b"),
        invalid("case 64: 129 characters", String(repeating: "x", count: 129)),
        invalid("case 64: 65 characters", String(repeating: "x", count: 65)),
        invalid("case 65: encoded line ends", "t%0d%0aX-Admin: 1"),
        invalid("case 66: a letter outside of ASCII", "t\u{EA}nant"),
        invalid("case 66: an emoji", "t\u{1F600}"),
        invalid("case 66: a path", "../acme"),
        invalid("case 66: a dot first", ".acme"),
        tenant("case 67: X_Tenant_Id names no tenant", "X_Tenant_Id: acme\r\n"),
        tenant("case 71: the cell's root", "").replacing("/rec/x", "/rec"),
        tenant("case 71: an upper-case cell is still a cell's path", "").replacing("/rec/x", "/REC/x"),
        .start("case 71: /api/v1x", "GET /api/v1x/rec HTTP/1.1", reason: "not_found")
            .answered(404, "NOT_FOUND").counted(cell: "_local").kept,
        .start("case 71: /API/V1", "GET /API/V1/rec/x HTTP/1.1", reason: "not_found")
            .answered(404, "NOT_FOUND").counted(cell: "_local").kept,
        .start("case 71: a slash too many", "GET //api/v1/rec/x HTTP/1.1", reason: "path").kept,
    ]

    @Test("none gets past the rule", arguments: refusals)
    func refused(_ refused: RefusedCase) throws { try refused.check() }

    private static let accepted: [ServedCase] = [
        .get("case 67: X_Tenant_Id beside the tenant is not forwarded", "X_Tenant_Id: evil\r\n")
            .without("x_tenant_id"),
        .get("case 68: Connection: X-Tenant-Id does not take the tenant away", "Connection: X-Tenant-Id\r\n")
            .without("connection"),
        .get(
            "case 68: Connection takes away nothing that the gateway adds",
            "Connection: X-Request-Id, X-Forwarded-For, Host, X-Secret\r\nX-Request-Id: r-1\r\nX-Secret: 1\r\n"
        ).with("x-request-id", "r-1").with("x-forwarded-for", "127.0.0.1").without("x-secret", "connection"),
        .get(
            "case 70: forwarding headers of a stranger are replaced",
            "X-Forwarded-For: 10.9.8.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n"
                + "X-Forwarded-Port: 1\r\nX-Real-IP: 10.9.8.7\r\nForwarded: for=10.9.8.7\r\n"
        ).with("x-forwarded-for", "127.0.0.1").with("x-forwarded-proto", "http").with("x-forwarded-host", "a")
            .without("x-forwarded-port", "x-real-ip", "forwarded"),
    ]

    @Test("the cell is told one tenant and the gateway's own view of the client", arguments: accepted)
    func served(_ served: ServedCase) throws { try served.check() }
}
