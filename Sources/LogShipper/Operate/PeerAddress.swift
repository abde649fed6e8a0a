#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Who is at the other end of a connection.
enum PeerAddress {
    /// 127.0.0.0/8, ::1, or the former written as the latter; false where it cannot be told.
    static func isLoopback(_ descriptor: Int32) -> Bool {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.baseAddress.map { getpeername(descriptor, $0.assumingMemoryBound(to: sockaddr.self), &length) } ?? -1
        }
        guard code == 0 else { return false }
        let family = Int32(address.ss_family)
        return withUnsafeBytes(of: &address) { bytes in
            switch family {
            // Family and port stand before the address.
            case AF_INET: bytes[4] == 127
            case AF_INET6: isLoopback(v6: Array(bytes[8..<24]))
            default: false
            }
        }
    }

    static func isLoopback(v6 bytes: [UInt8]) -> Bool {
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        return (isMapped && bytes[12] == 127) || (bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1)
    }
}
