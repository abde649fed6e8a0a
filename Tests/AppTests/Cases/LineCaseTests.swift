import Testing

@Suite("Cases of header lines, at the running gateway", .serialized, .gateway())
struct LineCaseTests {
    private static let head = "GET /api/v1/rec/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n"

    private static let refusals: [RefusedCase] = [
        .line("case 31: a folded line", "A: b\r\n c"),
        .line("case 31: a line folded with a tab", "A: b\r\n\tc"),
        RefusedCase(
            "case 32: bare line feeds", "GET /api/v1/rec/x HTTP/1.1\nHost: a\nX-Tenant-Id: acme\n\n",
            reason: "request_line"),
        .line("case 32: one bare line feed", "A: b\nB: c"),
        RefusedCase("case 32: a bare line feed ends the head", head + "A: b\r\n\n", reason: "header"),
        .line("case 33: a bare carriage return in a value", "A: b\rc"),
        .line("case 34: NUL in a value", "A: b\0c"),
        .line("case 35: NUL in a name", "A\0b: c"),
        .line("case 35: a space in a name", "A b: c"),
        RefusedCase(
            "case 35: 0x80 in a name", Array(head.utf8) + [0x41, 0x80] + Array(": b\r\n\r\n".utf8), reason: "header"),
        .line("case 36: an empty name", ": b"),
        RefusedCase(
            "case 37: a space before the first line",
            "GET /api/v1/rec/x HTTP/1.1\r\n Host: a\r\nX-Tenant-Id: acme\r\n\r\n", reason: "header"),
        .line("case 38: a line without a colon", "Abc"),
    ]

    @Test("each is 400 and ends the connection, and the cell gets nothing", arguments: refusals)
    func refused(_ refused: RefusedCase) throws { try refused.check() }
}
