/// A host and a TCP port, as configuration writes them (`0.0.0.0:8080`, `[::1]:9464`).
public struct SocketEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address, IPv6 without brackets.
    public var host: String
    /// 0 asks the kernel for a free port.
    public var port: Int

    /// A host and a port between 0 and 65535.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, an IPv6 address in brackets.
    public var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
