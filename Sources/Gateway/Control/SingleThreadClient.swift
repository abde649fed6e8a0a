import CurlHTTP
import Locking

/// A libcurl handle with its kept connections, for callers that are known to come one after the other; a lock makes
/// sure of it.
final class SingleThreadClient: Sendable {
    private struct Box: @unchecked Sendable {
        let client = CurlClient()
    }

    private let box = Locked(Box())

    /// Blocking.
    func perform(_ request: HTTPRequest) -> Result<HTTPResponse, InvalidValue> {
        box.withLock { box in
            do {
                return .success(try box.client.perform(request))
            } catch {
                return .failure(InvalidValue("\(request.url): \(error)"))
            }
        }
    }
}
