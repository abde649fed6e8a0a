/// The upstream's side of an exchange: takes the request, brings the answer. One exchange at a time uses it.
protocol UpstreamLeg: AnyObject {
    var pool: UpstreamPool { get }
    /// It has carried a request before, so the upstream may have closed it meanwhile.
    var isReused: Bool { get }
    /// It takes more of the request's body.
    var isWritable: Bool { get }

    func writeHead(of exchange: Exchange)
    /// A piece of the request's body, or of a tunnel; used before the event that brought it has been handled.
    func write(body: UnsafeRawBufferPointer)
    /// The request is complete.
    func endBody()
    /// The client takes more of the answer.
    func resume()
    /// The exchange does not need it any more: what is still to come of the answer is of no use.
    func abandon()
}
