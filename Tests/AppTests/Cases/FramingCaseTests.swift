import Testing

/// Two ways to say where a body ends are two requests to whoever reads the other one.
@Suite("Cases of framing, at the running gateway", .serialized, .gateway())
struct FramingCaseTests {
    private static let refusals: [RefusedCase] = [
        .post(
            "case 1: Content-Length and Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding: chunked",
            reason: "framing"),
        .post(
            "case 2: Transfer-Encoding before Content-Length", "Transfer-Encoding: chunked\r\nContent-Length: 5",
            body: "0\r\n\r\n", reason: "framing"),
        .post("case 3: two different lengths", "Content-Length: 5\r\nContent-Length: 6", reason: "framing"),
        .post("case 4: two equal lengths", "Content-Length: 5\r\nContent-Length: 5", reason: "framing"),
        .post("case 5: a list of lengths", "Content-Length: 5,5", reason: "framing"),
        .post("case 6: a length with a plus", "Content-Length: +5", reason: "framing"),
        .post("case 7: a negative length", "Content-Length: -1", reason: "framing"),
        .post("case 8: a hexadecimal length", "Content-Length: 0x5", reason: "framing"),
        .post("case 9: an empty length", "Content-Length:", reason: "framing"),
        .post("case 10: a length of 2^64", "Content-Length: 18446744073709551616", reason: "framing"),
        .post("case 11: a space before the colon of Content-Length", "Content-Length : 5", reason: "header"),
        .post(
            "case 12: a space before the colon of Transfer-Encoding", "Transfer-Encoding : chunked",
            body: "0\r\n\r\n", reason: "header"),
        .post(
            "case 13: another transfer coding", "Transfer-Encoding: xchunked", body: "0\r\n\r\n", reason: "framing"),
        .post(
            "case 14: chunked, identity", "Transfer-Encoding: chunked, identity", body: "0\r\n\r\n",
            reason: "framing"),
        .post(
            "case 15: Transfer-Encoding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            body: "0\r\n\r\n", reason: "framing"),
        .post(
            "case 16: an empty element before chunked", "Transfer-Encoding: ,chunked", body: "0\r\n\r\n",
            reason: "framing"),
        .post(
            "case 17: a vertical tab before chunked", "Transfer-Encoding: \u{B}chunked", body: "0\r\n\r\n",
            reason: "header"),
        RefusedCase(
            "case 18: Transfer-Encoding in HTTP/1.0",
            "POST /api/v1/rec/x HTTP/1.0\r\nX-Tenant-Id: acme\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            reason: "framing"),
    ]

    @Test("each is 400 and ends the connection, and the cell gets nothing", arguments: refusals)
    func refused(_ refused: RefusedCase) throws { try refused.check() }

    private static let accepted: [ServedCase] = [
        .get("case 19: Transfer_Encoding is not forwarded", "Transfer_Encoding: chunked\r\n")
            .without("transfer_encoding", "transfer-encoding"),
        .get("case 19: Content_Length is not forwarded", "Content_Length: 5\r\n")
            .without("content_length", "content-length"),
    ]

    @Test("what only looks like framing is dropped", arguments: accepted)
    func served(_ served: ServedCase) throws { try served.check() }
}
