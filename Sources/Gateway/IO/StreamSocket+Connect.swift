extension StreamSocket {
    /// Begins to connect to the first of the addresses that can be tried, and leaves those behind it.
    static func connect(
        _ loop: IOLoop, _ addresses: inout ArraySlice<InternetAddress>, _ security: StreamSecurity
    ) throws(SystemFault) -> StreamSocket {
        var fault = SystemFault("connect", 0)
        while let address = addresses.popFirst() {
            do throws(SystemFault) {
                return try StreamSocket(loop: loop, connectingTo: address, security: security)
            } catch {
                fault = error
            }
        }
        throw fault
    }
}
