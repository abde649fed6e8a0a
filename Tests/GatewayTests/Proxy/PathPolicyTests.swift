import Testing

@testable import Gateway

@Suite struct PathPolicyTests {
    private func fault(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        return PathPolicy.fault(bytes.span, ByteSlice(0, bytes.count)) != nil
    }

    @Test(arguments: [
        "/api/v1/../admin/health-summary", "/api/v1/%2e%2e/admin", "/api/v1/.%2E/admin", "/api/v1/./erp", "/..", "/.",
        "/api/v1/a%2Fb/x", "/api/v1/a%5cb", "/api/v1/a\\b", "/api/v1/a;x=y/b", "//api/v1/a", "/api//v1/a",
        "/api/v1/a%00", "/api/v1/a%0d%0aX: y", "/api/v1/%7f", "/api/v1/%zz", "/api/v1/a%", "/api/v1/a%2", "/a/%2e",
    ])
    func `71 to 78 paths that servers read differently are refused`(path: String) {
        #expect(fault(path))
    }

    @Test(arguments: [
        "/", "/api/v1/erp", "/api/v1/erp/", "/api/v1/erp/a.b/..c/...", "/api/v1/erp/%252e%252e", "/api/v1/erp/%20",
        "/api/v1/erp/%E2%82%AC", "/api/v1/erp/a,b:c@d", "",
    ])
    func `77 others pass as they are`(path: String) {
        #expect(!fault(path))
    }

    @Test(arguments: [
        ("/api/v1/erp", "erp"), ("/api/v1/erp/", "erp"), ("/api/v1/erp/x/y", "erp"), ("/api/v1/ERP/x", "ERP"),
    ])
    func `a cell is the segment after the version`(path: String, name: String) {
        let bytes = Array(path.utf8)
        guard case .cell(let slice) = RouteClass.classify(bytes.span, ByteSlice(0, bytes.count)) else {
            Issue.record("not a cell")
            return
        }
        #expect(Array(bytes[slice.lower..<slice.upper]) == Array(name.utf8))
    }

    @Test(arguments: ["/api/v1x/erp", "/API/V1/erp", "/api/v1", "/api/v1/", "/api/v2/erp", "/", ""])
    func `71 everything else is local`(path: String) {
        let bytes = Array(path.utf8)
        #expect(RouteClass.classify(bytes.span, ByteSlice(0, bytes.count)) == .local)
    }
}
