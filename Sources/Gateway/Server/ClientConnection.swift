/// A client's connection, whatever it speaks.
protocol ClientConnection: AnyObject {
    /// Answers what is in flight, and ends after that.
    func drain()
    /// Ends without regard for what is in flight.
    func abort()
}

extension TLSAcceptor: ClientConnection {
    func drain() {}

    func abort() { end() }
}

extension HTTP1Client: ClientConnection {}
