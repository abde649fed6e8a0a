import TestSupport
import Testing

@testable import Gateway

/// Messages damaged at random: the codec may refuse them, but never traps, and splitting changes nothing.
@Suite struct MutationTests {
    private static let seeds = [
        "GET /api/v1/erp/x?y=z HTTP/1.1\r\nHost: h:80\r\nX-Tenant-Id: a\r\nConnection: close, te\r\nTE: trailers\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nA: b\r\n\r\n",
        "PUT http://h/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n",
    ]

    private static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello",
        "HTTP/1.1 103 x\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n",
    ]

    @Test func `damaged requests never trap and mean the same in pieces`() {
        var random = SeededGenerator.forTest(seed: 7)
        for _ in 0..<4_000 {
            let bytes = mutate(Self.seeds[random.int(0...Self.seeds.count - 1)], &random)
            let whole = RequestReader.read([bytes])
            let pieces = RequestReader.read(bytes.chunked(random.int(1...9)))
            #expect(whole.error == pieces.error)
            #expect(whole.requests == pieces.requests)
        }
    }

    @Test func `damaged responses never trap and mean the same in pieces`() {
        var random = SeededGenerator.forTest(seed: 8)
        for _ in 0..<4_000 {
            let bytes = mutate(Self.answers[random.int(0...Self.answers.count - 1)], &random)
            let whole = ResponseReader.read([bytes])
            let pieces = ResponseReader.read(bytes.chunked(random.int(1...9)))
            #expect(whole.error == pieces.error)
            #expect(whole.body == pieces.body)
        }
    }

    private func mutate(_ text: String, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = Array(text.utf8)
        let special: [UInt8] = [0, 9, 10, 13, 32, 44, 58, 59, 95, 127, 128, 255]
        for _ in 0..<random.int(1...4) {
            let place = random.int(0...bytes.count - 1)
            switch random.int(0...4) {
            case 0: bytes[place] = special[random.int(0...special.count - 1)]
            case 1: bytes.insert(special[random.int(0...special.count - 1)], at: place)
            case 2: if bytes.count > 1 { bytes.remove(at: place) }
            case 3: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            default:
                let end = min(bytes.count, place + random.int(1...20))
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: random.int(0...bytes.count - 1))
            }
        }
        return bytes
    }
}
