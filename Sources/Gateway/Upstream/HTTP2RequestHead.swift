/// A request's head for an upstream that speaks HTTP/2: the same fields as in HTTP/1.1, which write them once for both.
struct HTTP2RequestHead {
    private let exchange: Exchange
    private let pool: UpstreamPool

    init(_ exchange: Exchange, _ pool: UpstreamPool) {
        self.exchange = exchange
        self.pool = pool
    }

    /// Adds all fields to the stream that has been opened.
    func add(to machine: inout HTTP2Connection) {
        guard let cell = exchange.state.cell, let peer = exchange.peer else { return }
        let request = ForwardedRequest(
            stripPrefix: cell.stripPrefix, upstreamHost: pool.label.bytes, tenant: exchange.state.tenant, peer: peer)
        var text = ByteQueue()
        text.commit(
            request.write(
                exchange.parser.head, exchange.identity, exchange.headBytes,
                to: text.reserve(request.bound(exchange.parser.head))))
        addStart(text.readable, &machine)
        addFields(text.readable, &machine)
    }

    /// `GET /path HTTP/1.1`.
    private func addStart(_ raw: UnsafeRawBufferPointer, _ machine: inout HTTP2Connection) {
        let end = raw.firstIndex(of: 0x0D) ?? 0
        let first = raw[..<end].firstIndex(of: 0x20) ?? 0
        let last = raw[..<end].lastIndex(of: 0x20) ?? first
        machine.add(":method", raw.part(0, first))
        if case .none = pool.security {
            machine.add(":scheme", "http")
        } else {
            machine.add(":scheme", "https")
        }
        machine.add(":authority", pool.label.bytes)
        machine.add(":path", raw.part(min(first + 1, last), last))
    }

    private func addFields(_ raw: UnsafeRawBufferPointer, _ machine: inout HTTP2Connection) {
        var at = (raw.firstIndex(of: 0x0A) ?? raw.count - 1) + 1
        while case .line(let line, let next)? = try? FieldLine.read(raw.bytes.span, at) {
            at = next
            switch line.known {
            case .host, .connection, .transferEncoding, .upgrade: continue
            default:
                machine.add(raw.part(line.name.lower, line.name.upper), raw.part(line.value.lower, line.value.upper))
            }
        }
    }
}

extension HeaderBlock {
    /// As heads of HTTP/1.1 are; slices count from ``readable``.
    func responseHead(hasBody: Bool, toHead: Bool) -> ResponseHead {
        var head = ResponseHead()
        head.status = pseudo.status
        head.byteCount = readable.count + 16 * fields.count
        for field in regular {
            let line = FieldLine(name: field.name, value: field.value, known: field.known)
            try? head.fields.append(line, readable.bytes.span, limit: .max)
        }
        head.declaredLength = contentLength
        if toHead || head.status < 200 || head.status == 204 || head.status == 304 {
            head.framing = .none
        } else if let contentLength {
            head.framing = .length(contentLength)
        } else {
            head.framing = hasBody ? .chunked : .length(0)
        }
        return head
    }
}
