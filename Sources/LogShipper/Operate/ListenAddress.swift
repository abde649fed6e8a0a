#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// `host:port`, where the host is a literal address or `localhost`.
struct ListenAddress: Sendable, Equatable {
    var host: String
    var port: UInt16

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        self.host = host == "localhost" ? "127.0.0.1" : host
        self.port = port
    }

    /// A listening, non-blocking socket and the port it got.
    func listen() throws(SystemError) -> (descriptor: OpenDescriptor, port: UInt16) {
        try withSocket(Int32(SOCK_NONBLOCK.rawValue)) { descriptor, info throws(SystemError) in
            let number = descriptor.number
            var one: Int32 = 1
            setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
            guard bind(number, info.ai_addr, info.ai_addrlen) == 0, systemListen(number, 64) == 0 else {
                throw SystemError("ops.listen: cannot listen on", "\(host):\(port)")
            }
            return (descriptor, try boundPort(number))
        }
    }

    /// A blocking connection whose reads and writes give up after some seconds.
    func connect(patienceSeconds: Int) throws(SystemError) -> OpenDescriptor {
        try withSocket(0) { descriptor, info throws(SystemError) in
            var patience = timeval(tv_sec: patienceSeconds, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                setsockopt(
                    descriptor.number, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
            }
            guard retryingInterrupts({ systemConnect(descriptor.number, info.ai_addr, info.ai_addrlen) }) == 0 else {
                throw SystemError("connect", "\(host):\(port)")
            }
            return descriptor
        }
    }

    private func withSocket<Result>(
        _ flags: Int32, _ body: (OpenDescriptor, addrinfo) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let info = found else {
            throw SystemError("resolve", host, code: EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(found) }
        let number = socket(
            info.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue) | flags, 0)
        guard number >= 0 else { throw SystemError("socket", host) }
        return try body(OpenDescriptor(number), info.pointee)
    }

    private func boundPort(_ number: Int32) throws(SystemError) -> UInt16 {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.baseAddress.map { getsockname(number, $0.assumingMemoryBound(to: sockaddr.self), &length) } ?? -1
        }
        guard code == 0 else { throw SystemError("getsockname", host) }
        // The port stands at the same place in IPv4 and IPv6 addresses, in network order.
        return withUnsafeBytes(of: &address) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
    }
}
