import Testing

@Suite("Cases of paths, at the running gateway", .serialized, .gateway())
struct PathCaseTests {
    private static func path(_ description: String, _ path: String, reason: String = "path") -> RefusedCase {
        RefusedCase(
            description,
            "GET \(path) HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n"
                + "Authorization: Bearer \(HealthSummary.token)\r\n\r\n", reason: reason
        ).kept
    }

    private static let refusals: [RefusedCase] = [
        path("case 72: dots to an admin route", "/api/v1/../admin/health-summary"),
        path("case 72: dots to an admin route out of a cell", "/api/v1/rec/../../admin/health-summary"),
        path("case 73: encoded dots", "/api/v1/%2e%2e/admin/health-summary"),
        path("case 73: half encoded dots", "/api/v1/rec/.%2E/../x"),
        path("case 74: an encoded slash in the cell", "/api/v1/a%2Fb/x"),
        path("case 74: an encoded slash in lower case", "/api/v1/rec%2fx"),
        path("case 75: an encoded backslash", "/api/v1/rec/a%5cb"),
        path("case 75: a backslash", "/api/v1/rec/a\\b"),
        path("case 75: path parameters", "/api/v1/rec;x=y/z"),
        path("case 75: two slashes", "/api/v1//rec/x"),
        path("case 75: two slashes in the cell", "/api/v1/rec//x"),
        path("case 76: an encoded NUL", "/api/v1/rec/%00"),
        path("case 78: a bad percent encoding", "/api/v1/rec/%zz"),
        path("case 78: half a percent encoding", "/api/v1/rec/%4"),
        path("case 79: an unknown cell", "/api/v1/nosuch/x", reason: "unknown_cell")
            .answered(404, "UNKNOWN_CELL").by("acme", "header"),
    ]

    @Test("no path leads out of its cell, and the cell gets nothing", arguments: refusals)
    func refused(_ refused: RefusedCase) throws { try refused.check() }

    private static let accepted: [ServedCase] = [
        .get("case 77: a double encoding is passed on as it is", "", target: "/api/v1/rec/a%252e%252e/b"),
        .get("case 77: an encoded percent is passed on as it is", "", target: "/api/v1/rec/%25?x=%2e%2E/../y"),
        .get("case 72: dots that are no segment are part of a name", "", target: "/api/v1/rec/a..b/...x/.y"),
    ]

    @Test("a path is forwarded unchanged", arguments: accepted)
    func served(_ served: ServedCase) throws { try served.check() }
}
