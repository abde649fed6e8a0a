import CurlHTTP

/// Asks a running shipper for its status, through the ops listener that its configuration names.
public struct StatusRequest {
    /// Why there is no answer.
    public struct Failure: Error, CustomStringConvertible {
        /// What went wrong, with the address.
        public let description: String
    }

    private let url: String?

    /// The request for the shipper that runs with this configuration.
    public init(_ configuration: ShipperConfiguration) {
        url = ListenAddress(configuration.opsListen).map { address in
            let host = ["0.0.0.0", "::"].contains(address.host) ? "127.0.0.1" : address.host
            return "http://\(host.contains(":") ? "[\(host)]" : host):\(address.port)/status"
        }
    }

    /// The JSON document.
    public func send() throws(Failure) -> String {
        guard let url else { throw Failure(description: "the configuration has no ops listener") }
        do {
            var request = HTTPRequest(url: url, totalTimeoutMillis: 5000, maxBodyBytes: 64 << 20)
            request.proxy = .none
            let response = try CurlClient().perform(request)
            guard response.status == 200 else { throw Failure(description: "\(url) answered \(response.status)") }
            return String(decoding: response.body, as: UTF8.self)
        } catch let error as CurlError {
            throw Failure(description: "\(url): \(error)")
        } catch {
            throw Failure(description: "\(error)")
        }
    }
}
