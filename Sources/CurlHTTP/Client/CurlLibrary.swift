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
    /// `curl_global_init` must run once before any handle; a lazy static runs exactly once, on the first use.
    static let isReady: Bool = gatehouse_global_init() == CURLE_OK

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
