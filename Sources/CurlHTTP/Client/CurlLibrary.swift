import CCurl

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Process-wide set-up of libcurl.
enum CurlLibrary {
    /// Whether libcurl is loaded and initialised; a lazy static does both exactly once, on the first use.
    static let isReady: Bool = gatehouse_curl_ready() == 1

    /// What is thrown where it isn't ready.
    static var unavailable: CurlError {
        let reason = gatehouse_curl_problem().map { String(cString: $0) } ?? ""
        return CurlError(kind: .other, message: reason.isEmpty ? "libcurl is out of memory" : reason)
    }

    /// Loopback never goes through a proxy; the rest is what `no_proxy` says, which setting the option replaces.
    static let noProxyHosts: String = {
        let given = getenv("no_proxy") ?? getenv("NO_PROXY")
        let loopback = "localhost,127.0.0.1,::1"
        guard let given else { return loopback }
        let text = String(cString: given)
        return text == "*" ? text : "\(text),\(loopback)"
    }()

    static let userAgent = "gatehouse/0.1"
}
