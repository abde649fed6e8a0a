import GatewayMetrics

/// A body that is sent as it is made.
enum OpsStream {
    case scrape(ScrapeReader)
    case tap(TapStream)

    enum Step {
        /// Nothing yet; the closure will be called.
        case wait
        case piece([UInt8])
        case end
        case failed(any Error)
    }

    func head(_ framing: ScrapeFraming) -> [UInt8] {
        switch self {
        case .scrape(let reader): framing.head(reader.plan)
        case .tap(let stream): framing.head(contentType: stream.contentType)
        }
    }

    func next(orCall wake: @escaping @Sendable () -> Void) -> Step {
        switch self {
        case .scrape(let reader):
            switch reader.next(orCall: wake) {
            case .wait: return .wait
            case .piece(let bytes): return .piece(bytes)
            case .end: return .end
            case .failed(let error): return .failed(error)
            }
        case .tap(let stream):
            switch stream.next(orCall: wake) {
            case .wait: return .wait
            case .piece(let bytes): return .piece(bytes)
            case .end:
                stream.cancel()
                return .end
            }
        }
    }

    func cancel() {
        switch self {
        case .scrape(let reader): reader.cancel()
        case .tap(let stream): stream.cancel()
        }
    }

    /// Whether nothing may come for long, so that it is worth knowing at once that the client has gone.
    var isEndless: Bool { if case .tap = self { true } else { false } }
}
