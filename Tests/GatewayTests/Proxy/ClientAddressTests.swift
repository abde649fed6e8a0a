import Testing

@testable import Gateway

@Suite struct ClientAddressTests {
    private static let trusted = ["10.0.0.0/8", "fd00::/8"].compactMap { AddressRange($0) }

    private func find(_ lines: String) throws -> String? {
        let bytes = Array("GET /a HTTP/1.1\r\nHost: h\r\n\(lines)\r\n".utf8)
        var parser = RequestHeadParser(limits: MessageLimits(), tenantHeader: "X-Tenant-Id")
        #expect(try parser.parse(bytes.span))
        let slice = ClientAddress.find(bytes.span, parser.head.fields, trusted: Self.trusted)
        return slice.map { String(decoding: bytes[$0.lower..<$0.upper], as: UTF8.self) }
    }

    @Test(arguments: [
        ("", nil), ("X-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4"),
        ("X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.1.1.1\r\n", "1.2.3.4"),
        ("X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\nX-Forwarded-For: 10.1.1.1, fd00::1\r\n", "1.2.3.4"),
        ("X-Forwarded-For: 10.2.2.2, 10.1.1.1\r\n", "10.2.2.2"),
        ("X-Forwarded-For: 1.2.3.4, unknown, 10.1.1.1\r\n", "10.1.1.1"),
        ("X-Forwarded-For: \(String(repeating: "9", count: 60))\r\n", nil),
    ])
    func `the client is the last address that is no trusted proxy`(lines: String, client: String?) throws {
        #expect(try find(lines) == client)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.1", "10.0.0.1", true),
        ("192.168.128.0/17", "192.168.127.1", false), ("::1/128", "::1", true), ("fd00::/8", "fe00::1", false),
        ("0.0.0.0/0", "1.2.3.4", true), ("127.0.0.0/8", "::ffff:127.0.0.1", true), ("10.0.0.0/8", "::1", false),
    ])
    func `a range holds the addresses of its prefix`(range: String, address: String, isInside: Bool) throws {
        let block = try #require(AddressRange(range))
        #expect(block.contains(try #require(AddressRange.parse(address))) == isInside)
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0/8", "a", "::1/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/"])
    func `what is no range is refused`(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
