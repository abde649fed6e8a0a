@testable import Gateway

/// A handler's answer, waited for.
enum Replies {
    /// Nil when the handler does not serve the request.
    static func from(
        _ handle: (LocalRequest, @escaping LocalHandler.Reply) -> Bool, _ request: LocalRequest
    ) async -> LocalResponse? {
        await withCheckedContinuation { continuation in
            let isServed = handle(request) { continuation.resume(returning: $0) }
            if !isServed { continuation.resume(returning: nil) }
        }
    }
}

extension RenderQueue {
    /// A page, waited for; nil when the program is ending.
    func page(_ name: String, _ render: @escaping @Sendable () -> [UInt8]) async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            page(name, render) { continuation.resume(returning: $0) }
        }
    }
}
