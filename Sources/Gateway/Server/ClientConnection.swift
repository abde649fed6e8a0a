/// A client's connection, whatever it speaks.
protocol ClientConnection: AnyObject {
    /// Answers what is in flight, and ends after that.
    func drain()
    /// Ends what is in flight as well as that can be done at once, and the connection.
    func cutOff()
}

extension TLSAcceptor: ClientConnection {
    func drain() {}

    func cutOff() { end() }
}

extension HTTP1Client: ClientConnection {}
