/// A fault and how far it reaches.
struct HTTP2Failure: Error, Equatable {
    var fault: HTTP2Fault
    /// 0 ends the connection (RFC 9113 section 5.4.1), anything else only that stream (section 5.4.2).
    var stream: UInt32

    init(_ fault: HTTP2Fault, stream: UInt32 = 0) {
        self.fault = fault
        self.stream = stream
    }
}
