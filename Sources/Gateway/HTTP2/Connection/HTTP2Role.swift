/// Which side of a connection a machine is.
enum HTTP2Role: UInt8 {
    case client
    case server
}
