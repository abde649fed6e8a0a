#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why the program cannot start: one line for standard error.
public struct StartError: Error, Equatable, CustomStringConvertible {
    /// What, where and what to do.
    public let description: String

    /// An explanation.
    public init(_ description: String) {
        self.description = description
    }

    /// Why a listener could not be opened.
    static func listening(_ key: String, _ endpoint: SocketEndpoint, _ error: any Error) -> StartError {
        let reason: String
        switch error {
        case let error as SystemFault where error.code == EADDRINUSE: reason = "the port is in use by another program"
        case let error as SystemFault where error.code == EACCES:
            reason = "not allowed; ports below 1024 need a privilege"
        case let error as SystemFault where error.code == EADDRNOTAVAIL: reason = "this machine has no such address"
        default: reason = "\(error)"
        }
        return StartError("\(key): cannot listen on \(endpoint): \(reason)")
    }
}
