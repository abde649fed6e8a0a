import Foundation
import Locking
import TestSupport
import Testing

@Suite("Cases of the chunked coding, at the running gateway", .serialized, .gateway())
struct ChunkCaseTests {
    private static func chunked(
        _ description: String, _ chunks: String, reason: String = "chunk"
    ) -> RefusedCase {
        .post(description, "Transfer-Encoding: chunked", body: chunks, reason: reason).begun
    }

    private static let refusals: [RefusedCase] = [
        chunked("case 20: an underscore in the size", "0_5\r\nhello\r\n0\r\n\r\n"),
        chunked("case 20: a plus in the size", "+5\r\nhello\r\n0\r\n\r\n"),
        chunked("case 20: 0x in the size", "0x5\r\nhello\r\n0\r\n\r\n"),
        chunked("case 21: a size of 17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n"),
        chunked("case 21: a size of 17 digits that overflows", "F0000000000000005\r\nhello\r\n0\r\n\r\n"),
        chunked("case 21: a size beyond a signed integer", "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"),
        chunked("case 22: a bare line feed after the size", "5\nhello\r\n0\r\n\r\n"),
        chunked("case 22: a bare line feed after the data", "5\r\nhello\n0\r\n\r\n"),
        chunked("case 23: data longer than its size", "5\r\nhelloworld\r\n0\r\n\r\n"),
        chunked("case 25: an extension of 20 KiB", "5;\(String(repeating: "a", count: 20_480))\r\nhello\r\n0\r\n\r\n"),
        chunked(
            "case 25: extensions of 20 KiB in small parts",
            String(repeating: "1;\(String(repeating: "a", count: 500))\r\nb\r\n", count: 41) + "0\r\n\r\n"),
        chunked("case 26: a bare carriage return in an extension", "5;a=b\rc\r\nhello\r\n0\r\n\r\n"),
        chunked("case 29: Content-Length as a trailer", "5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n"),
        chunked("case 29: Transfer-Encoding as a trailer", "5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        chunked(
            "case 30: one trailer of 1 MB", "5\r\nhello\r\n0\r\nA: \(String(repeating: "a", count: 1_000_000))\r\n\r\n",
            reason: "header_overflow"
        ).answered(431, "HEADERS_TOO_LARGE"),
        chunked(
            "case 30: many trailers of 1 MB together",
            "5\r\nhello\r\n0\r\n\(String(repeating: "Abcdef: ghijklmn\r\n", count: 55_000))\r\n",
            reason: "header_overflow"
        ).answered(431, "HEADERS_TOO_LARGE"),
    ]

    @Test("each is refused and ends the connection, and the cell never gets a whole message", arguments: refusals)
    func refused(_ refused: RefusedCase) throws { try refused.check() }

    private static let accepted: [ServedCase] = [
        .chunked("case 28: a tenant as a trailer is no header", "5\r\nhello\r\n0\r\nX-Tenant-Id: evil\r\n\r\n"),
        .chunked(
            "case 28: other trailers are no headers either",
            "5\r\nhello\r\n0\r\nX-Forwarded-For: 1.2.3.4\r\nAuthorization: Basic eA==\r\nX-A: b\r\n\r\n"
        ).with("x-forwarded-for", "127.0.0.1").without("authorization", "x-a"),
        .chunked("case 25: extensions of a few bytes are dropped", "3;a=b\r\nhel\r\n2;c=\"d\"\r\nlo\r\n0\r\n\r\n"),
    ]

    @Test("what a chunked body carries besides the body goes no further", arguments: accepted)
    func served(_ served: ServedCase) throws { try served.check() }

    @Test("case 27: a million chunks of one byte are served in bounded memory")
    func manyChunks() throws {
        let received = Locked(0)
        let upstream = try RecordingUpstream { peer in
            peer.isRecording = false
            guard peer.head() != nil else { return }
            var last: [UInt8] = []
            while !last.elementsEqual("\r\n0\r\n\r\n".utf8) {
                let bytes = peer.some()
                if bytes.isEmpty { return }
                received.withLock { $0 += bytes.count { $0 == UInt8(ascii: "z") } }
                last = (last + bytes).suffix(7)
            }
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        let gateway = try GatewayProcess(CaseBench.defaults + GatewayProcess.cells(["rec": upstream.port]))
        let connection = try HTTPConnection(port: gateway.port, timeoutSeconds: 60)
        let before = try gateway.residentBytes()
        let head = "POST /api/v1/rec/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.send(head)
        let piece = Array(String(repeating: "1\r\nz\r\n", count: 10_000).utf8)
        for _ in 0..<100 { #expect(connection.send(piece)) }
        connection.send("0\r\n\r\n")
        #expect(connection.receive()?.status == 200)
        #expect(received.withLock { $0 } == 1_000_000)
        #expect(try gateway.residentBytes() - before < 16 << 20)
        #expect(eventually { gateway.accessLines.contains { $0.requestBytes == 1_000_000 && $0.status == 200 } })
    }
}
