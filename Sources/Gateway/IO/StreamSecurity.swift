/// How a ``StreamSocket`` is made secure once it is connected.
enum StreamSecurity {
    case none
    case server(TLSServerContext)
    case client(TLSClientContext, serverName: String)

    /// The session on a connected descriptor; nil without security.
    func session(_ descriptor: Int32) throws(TLSError) -> TLSSession? {
        switch self {
        case .none: nil
        case .server(let context): try context.session(descriptor: descriptor)
        case .client(let context, let name): try context.session(descriptor: descriptor, serverName: name)
        }
    }
}
