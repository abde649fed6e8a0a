import Testing

@testable import Gateway

@Suite struct CellRegistryTests {
    private func registration(ttl: Int = 30) throws -> CellRegistration {
        try CellRegistration(
            Array(#"{"upstreams":["http://127.0.0.1:9001"],"ttl_seconds":\#(ttl),"more":1}"#.utf8), maxUpstreams: 2)
    }

    @Test func `a heartbeat keeps a cell for its ttl`() throws {
        var registry = CellRegistry(maxCells: 2)
        #expect(try registry.register("erp", registration(ttl: 10), atMillis: 0))
        #expect(registry.cells(atMillis: 9_999).map(\.status) == [.up])
        #expect(registry.cells(atMillis: 10_000).isEmpty)
        #expect(try registry.register("erp", registration(ttl: 10), atMillis: 9_000))
        #expect(registry.cells(atMillis: 18_999).map(\.checkedAt) == ["1970-01-01T00:00:09.000Z"])
    }

    @Test func `a cell that is overdue is forgotten`() throws {
        var registry = CellRegistry(maxCells: 2)
        #expect(try registry.register("short", registration(ttl: 1), atMillis: 0))
        #expect(try registry.register("long", registration(ttl: 2), atMillis: 0))
        registry.forgetOverdue(atMillis: 1_000)
        #expect(registry.cells(atMillis: 0).map(\.name) == ["long"])
    }

    @Test func `a full registry refuses new cells but renews old ones`() throws {
        var registry = CellRegistry(maxCells: 1)
        #expect(try registry.register("a", registration(), atMillis: 0))
        #expect(try !registry.register("b", registration(), atMillis: 1))
        #expect(try registry.register("a", registration(), atMillis: 2))
    }

    @Test func `an overdue cell makes room for a new one`() throws {
        var registry = CellRegistry(maxCells: 1)
        #expect(try registry.register("a", registration(ttl: 5), atMillis: 0))
        #expect(try registry.register("b", registration(), atMillis: 5_000))
        #expect(registry.cells(atMillis: 5_000).map(\.name) == ["b"])
    }

    @Test(arguments: [
        (#"[]"#, "the body must be a JSON object"),
        (#"{"#, "the body is not JSON: offset 1: expected the name of a member"),
        (#"{}"#, "upstreams: expected a list of 1 to 2 URLs"),
        (#"{"upstreams":[]}"#, "upstreams: expected a list of 1 to 2 URLs"),
        (
            #"{"upstreams":["http://a:1","http://b:1","http://c:1"]}"#,
            "upstreams: expected a list of 1 to 2 URLs"
        ),
        (#"{"upstreams":[1]}"#, "upstreams[0]: expected a URL"),
        (
            #"{"upstreams":["http://a:1/x"]}"#,
            "upstreams[0]: an upstream has no path: requests keep theirs, found 'http://a:1/x'"
        ),
        (
            #"{"upstreams":["http://a:1"],"health_path":"x"}"#,
            "health_path: expected a path that begins with /"
        ),
        (
            #"{"upstreams":["http://a:1"],"ttl_seconds":0}"#,
            "ttl_seconds: expected a whole number of 1 … 86400"
        ),
        (
            #"{"upstreams":["http://a:1"],"ttl_seconds":1.5}"#,
            "ttl_seconds: expected a whole number of 1 … 86400"
        ),
    ])
    func `a registration that makes no sense says which field`(body: String, message: String) {
        #expect(throws: InvalidValue(message)) { try CellRegistration(Array(body.utf8), maxUpstreams: 2) }
    }

    @Test func `a body beyond the limit is not even parsed`() {
        let body = [UInt8](repeating: UInt8(ascii: " "), count: CellRegistration.maxBodyBytes + 1)
        #expect(throws: InvalidValue("a registration has at most 65536 bytes")) {
            try CellRegistration(body, maxUpstreams: 2)
        }
    }
}
