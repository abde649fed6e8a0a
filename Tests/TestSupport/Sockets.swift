import Foundation
import Locking

/// Plain loopback sockets for tests that must control every byte.
public enum Loopback {
    /// A TCP port that nothing listens on, for programs that can't bind port 0 and say what they got, or that must come
    /// back on the same port.
    ///
    /// It lies below Linux's range for ephemeral ports, so that no connection and no bind to port 0 takes it while its
    /// program is down, and one process never gives the same port twice.
    public static func freePort() throws -> Int {
        for _ in fixedPorts {
            let number = next.withLock { value in
                defer { value = (value + 1) % fixedPorts.count }
                return value
            }
            guard let (descriptor, port) = try? listen(port: fixedPorts.lowerBound + number, backlog: 1) else {
                continue
            }
            close(descriptor)
            return port
        }
        throw Absent(what: "no port of \(fixedPorts) is free on 127.0.0.1")
    }

    private static let fixedPorts = 20_000..<32_000
    /// Starts anywhere, so that two processes seldom meet.
    private static let next = Locked(Int.random(in: 0..<fixedPorts.count))

    /// A listening socket on 127.0.0.1 and its port.
    public static func listen(port: Int = 0, backlog: Int32 = 128) throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = ipv4(port: port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && Glibc.listen(descriptor, backlog) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard status else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw Absent(what: "can't listen on 127.0.0.1:\(port): \(reason)")
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// A connected socket to 127.0.0.1; reads and writes give up after `timeoutSeconds`.
    public static func connect(port: Int, timeoutSeconds: Int = 10) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        setTimeouts(descriptor, seconds: timeoutSeconds)
        var address = ipv4(port: port)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw Absent(what: "can't connect to 127.0.0.1:\(port): \(reason)")
        }
        return descriptor
    }

    /// Bounds every later read and write of a socket.
    public static func setTimeouts(_ descriptor: Int32, seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Makes closing a socket reset its connection instead of ending it in order.
    public static func resetOnClose(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Writes all bytes; false when the peer is gone or the time is up.
    @discardableResult
    public static func send(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + offset }, bytes.count - offset, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    /// What a read gives: some bytes, or empty at the end, on an error or when the time is up.
    public static func receive(_ descriptor: Int32, atMost limit: Int = 65_536) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        var count = recv(descriptor, &buffer, limit, 0)
        while count < 0 && errno == EINTR { count = recv(descriptor, &buffer, limit, 0) }
        return count > 0 ? Array(buffer.prefix(count)) : []
    }

    /// Everything until the peer closes, an error, the time or `limit` ends it.
    public static func receiveAll(_ descriptor: Int32, atMost limit: Int = 64 << 20) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < limit {
            let part = receive(descriptor)
            if part.isEmpty { break }
            all += part
        }
        return all
    }

    private static func ipv4(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
