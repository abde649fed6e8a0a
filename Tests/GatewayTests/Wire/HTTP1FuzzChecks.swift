@testable import Gateway

/// What must hold for any bytes that a client or an upstream sends; a fuzzer's entry. Traps when it does not.
enum HTTP1FuzzChecks {
    /// Bytes of a client: cut in pieces they mean the same, and what is forwarded of each request is one request that
    /// says the same.
    static func request(_ bytes: [UInt8]) {
        let whole = RequestReader.read([bytes])
        let pieces = RequestReader.read(bytes.chunked(1 + Int(bytes.last ?? 0) % 9))
        precondition(whole.requests == pieces.requests && whole.error == pieces.error, "pieces mean something else")
        for (request, head) in zip(whole.requests, whole.heads) {
            for isTrusted in [false, true] {
                guard let head = forwarded(head, isTrusted) else { continue }
                check(request, forwarded: head)
            }
        }
    }

    /// Bytes of an upstream: cut in pieces they mean the same, and what the client gets of the answer is one answer that
    /// says the same.
    static func response(_ bytes: [UInt8]) {
        for toHead in [false, true] {
            let whole = ResponseReader.read([bytes], toHead: toHead)
            let pieces = ResponseReader.read(bytes.chunked(1 + Int(bytes.last ?? 0) % 9), toHead: toHead)
            precondition(whole.status == pieces.status && whole.error == pieces.error, "pieces mean something else")
            precondition(whole.body == pieces.body && whole.isComplete == pieces.isComplete, "other pieces, other body")
            guard whole.error == nil, let status = whole.status, status != 101 else { continue }
            for version in [HTTPVersion.http10, .http11] { check(whole, toHead: toHead, to: version) }
        }
    }

    // MARK: - Requests

    private static func forwarded(_ head: [UInt8], _ isTrusted: Bool) -> [UInt8]? {
        var parser = RequestHeadParser(limits: MessageLimits(), tenantHeader: "X-Tenant-Id")
        guard (try? parser.parse(head.span)) == true, PathPolicy.fault(head.span, parser.head.path) == nil,
            !parser.head.isAsterisk, parser.head.method != .other
        else { return nil }
        var random = FastRandom(seed: 1, 2)
        var identity = RequestIdentity()
        identity.adopt(head.span, parser.head.fields, &random)
        var tenant: ByteSlice?
        switch TenantRule.judge(head.span, parser.head.fields) {
        case .named(let id): tenant = id
        case .absent: break
        case .refused: return nil
        }
        let forwarded = ForwardedRequest(
            stripPrefix: 0, upstreamHost: ClientPeer.upstream, tenant: tenant,
            peer: ClientPeer(trusted: isTrusted))
        return bytes(atMost: forwarded.bound(parser.head)) { room in
            head.withUnsafeBytes { forwarded.write(parser.head, identity, $0, to: room) }
        }
    }

    private static func check(_ request: DecodedRequest, forwarded head: [UInt8]) {
        // The gateway's own fields come on top of the client's.
        let limits = MessageLimits(headBytes: 1 << 20, fieldBytes: 1 << 20, fields: 1_000, uriBytes: 1 << 20)
        let body = request.isChunked ? chunked(request.body) : request.body
        let seen = RequestReader.read([head + body], limits: limits)
        precondition(seen.error == nil && !seen.isInside, "what is forwarded is no request: \(text(head))")
        precondition(seen.requests.count == 1, "what is forwarded is more than a request: \(text(head))")
        guard let copy = seen.requests.first else { return }
        precondition(copy.method == request.method && copy.body == request.body, "another request: \(text(head))")
        precondition(copy.isNew && copy.keepAlive && copy.isChunked == request.isChunked, "\(text(head))")
        for name in ["host", "x-tenant-id", "x-request-id", "traceparent", "content-length", "transfer-encoding"] {
            let count = copy.fields.count { $0.lowercased().hasPrefix(name + ":") }
            precondition(count <= 1, "\(name) more than once: \(text(head))")
        }
    }

    private static func chunked(_ body: [UInt8]) -> [UInt8] {
        let size = body.isEmpty ? [] : Array((String(body.count, radix: 16) + "\r\n").utf8) + body + Array("\r\n".utf8)
        return size + Array("0\r\n\r\n".utf8)
    }

    // MARK: - Responses

    private static func check(_ answer: ResponseReader, toHead: Bool, to version: HTTPVersion) {
        let delivery = HTTP1Client.delivery(of: answer.parser.head, isOld: version == .http10)
        let response = ForwardedResponse(delivery: delivery, clientVersion: version, keepAlive: true, rate: nil)
        let id = ClientPeer.upstream
        let forwarded = bytes(atMost: response.bound(answer.parser.head, id)) { room in
            answer.headBytes.withUnsafeBytes { response.write(answer.parser.head, id, $0, to: room) }
        }
        guard answer.isComplete || delivery == .untilClose else { return }
        let body = delivery == .chunked ? chunked(answer.body) : answer.body
        let copy = ResponseReader.read([forwarded + body], toHead: toHead)
        precondition(copy.error == nil && copy.status == answer.status, "another answer: \(text(forwarded))")
        precondition(copy.body == answer.body, "another body: \(text(forwarded))")
        let isWhole = copy.isComplete && copy.leftover == 0
        precondition(
            isWhole || delivery == .untilClose || answer.status == 204 || answer.status == 304, text(forwarded))
    }

    // MARK: - Both

    private static func bytes(atMost count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { room, written in
            written = write(UnsafeMutableRawBufferPointer(start: room.baseAddress, count: count))
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
