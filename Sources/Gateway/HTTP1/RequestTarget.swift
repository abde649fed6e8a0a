/// The request target's four forms (RFC 9112 section 3.2) and the `Host` that belongs to it.
enum RequestTarget {
    /// Fills in path, query and host.
    static func resolve(_ bytes: Span<UInt8>, _ head: inout RequestHead) throws(GatewayError) {
        try resolveHost(bytes, &head)
        head.isAsterisk = false
        let target = head.target
        if head.method == .connect {
            throw GatewayError(.methodNotAllowed, .method, "CONNECT is not served")
        }
        if bytes[target.lower] == 0x2F {
            try split(bytes, target.lower, target.upper, &head)
        } else if target.count == 1, bytes[target.lower] == 0x2A, head.method == .options {
            head.isAsterisk = true
            head.path = ByteSlice()
            head.query = ByteSlice()
            head.hasQuery = false
        } else {
            try resolveAbsolute(bytes, &head)
        }
    }

    /// Path and query; a fragment never belongs into a request.
    static func split(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ head: inout RequestHead
    ) throws(GatewayError) {
        var mark = end
        var at = start
        while at < end {
            let byte = bytes[at]
            if byte == 0x23 { throw GatewayError(.badRequest, .target, "fragment in the request target") }
            if byte == 0x3F, mark == end { mark = at }
            at += 1
        }
        head.path = ByteSlice(start, mark)
        head.hasQuery = mark < end
        head.query = mark < end ? ByteSlice(mark + 1, end) : ByteSlice()
    }

    /// `http://authority/path`: the authority takes the place of `Host` (RFC 9112 section 3.2.2).
    private static func resolveAbsolute(_ bytes: Span<UInt8>, _ head: inout RequestHead) throws(GatewayError) {
        let target = head.target
        var at = target.lower
        if target.count > 7, bytes.equals(ByteSlice(at, at + 4), "http"), bytes[at + 4] == 0x3A {
            at += 5
        } else if target.count > 8, bytes.equals(ByteSlice(at, at + 5), "https"), bytes[at + 5] == 0x3A {
            at += 6
        } else {
            throw GatewayError(.badRequest, .target, "the request target must begin with /")
        }
        guard at + 1 < target.upper, bytes[at] == 0x2F, bytes[at + 1] == 0x2F else {
            throw GatewayError(.badRequest, .target, "the request target must begin with /")
        }
        at += 2
        let start = at
        while at < target.upper, bytes[at] != 0x2F, bytes[at] != 0x3F, bytes[at] != 0x23 { at += 1 }
        let authority = ByteSlice(start, at)
        guard isValidHost(bytes, authority) else {
            throw GatewayError(.badRequest, .target, "malformed authority in the request target")
        }
        head.host = authority
        try split(bytes, at, target.upper, &head)
    }

    private static func resolveHost(_ bytes: Span<UInt8>, _ head: inout RequestHead) throws(GatewayError) {
        head.host = ByteSlice()
        switch head.fields.count(.host) {
        case 0:
            if head.version == .http11 { throw GatewayError(.badRequest, .host, "Host is missing") }
        case 1:
            let value = head.fields.first(.host)?.value ?? ByteSlice()
            guard isValidHost(bytes, value) else { throw GatewayError(.badRequest, .host, "malformed Host") }
            head.host = value
        default:
            throw GatewayError(.badRequest, .host, "Host must not be repeated")
        }
    }

    /// `uri-host [":" port]` (RFC 9110 section 7.2), not empty, without the comma that a list would have.
    static func isValidHost(_ bytes: Span<UInt8>, _ host: ByteSlice) -> Bool {
        guard !host.isEmpty else { return false }
        var at = host.lower
        let end = host.upper
        if bytes[at] == 0x5B {
            at += 1
            let start = at
            while at < end, ByteClass.hexValue(bytes[at]) != nil || bytes[at] == 0x3A || bytes[at] == 0x2E { at += 1 }
            guard at > start + 1, at < end, bytes[at] == 0x5D else { return false }
            at += 1
        } else {
            let start = at
            while at < end, isRegisteredName(bytes[at]) { at += 1 }
            guard at > start else { return false }
        }
        guard at < end else { return true }
        guard bytes[at] == 0x3A else { return false }
        let port = ByteSlice(at + 1, end)
        if port.isEmpty { return true }
        guard port.count <= 5, let number = DecimalNumber.parse(bytes, port) else { return false }
        return number <= 65_535
    }

    /// RFC 3986 `reg-name` without the comma.
    @inline(__always)
    private static func isRegisteredName(_ byte: UInt8) -> Bool {
        if ByteClass.isIdentifier(byte) { return true }
        switch byte {
        case 0x7E, 0x21, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x3B, 0x3D: return true
        default: return false
        }
    }
}
