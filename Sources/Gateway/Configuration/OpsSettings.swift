/// The operations listener.
public struct OpsSettings: Sendable, Equatable {
    /// Where `/metrics`, the probes and the status page are served; not for the outside.
    public var listen: SocketEndpoint
    /// Seconds after which the status page loads itself again.
    public var refreshSeconds: Int

    /// 127.0.0.1:9464, every five seconds.
    public init(
        listen: SocketEndpoint = SocketEndpoint(host: "127.0.0.1", port: 9_464), refreshSeconds: Int = 5
    ) {
        self.listen = listen
        self.refreshSeconds = refreshSeconds
    }
}
