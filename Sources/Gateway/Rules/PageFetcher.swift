import CurlHTTP

/// Reads several pages at once on the calling thread, so that a dead one costs its timeout only once.
final class PageFetcher {
    private var multi: CurlMulti?
    private let timeoutMillis: Int
    private let sampleLimit: Int
    private let isCancelled: () -> Bool
    /// How often a wait looks whether it was cancelled.
    private static let sliceMillis = 100

    init(timeoutNanos: Int64, sampleLimit: Int, isCancelled: @escaping () -> Bool = { false }) {
        self.isCancelled = isCancelled
        timeoutMillis = Int(clamping: max(1, timeoutNanos / 1_000_000))
        self.sampleLimit = sampleLimit
    }

    /// One result for each URL, in their order. Blocks for the timeout at most.
    func fetch(_ urls: [HTTPURL]) -> [ScrapeTarget.Page] {
        guard !urls.isEmpty else { return [] }
        var pages = [ScrapeTarget.Page](repeating: .failure(InvalidValue("no answer")), count: urls.count)
        do {
            let multi = try takeMulti()
            var waiting = 0
            for (index, url) in urls.enumerated() {
                do {
                    try multi.add(request(url), id: UInt64(index))
                    waiting += 1
                } catch {
                    pages[index] = .failure(InvalidValue("\(error)"))
                }
            }
            while waiting > 0 {
                if isCancelled() {
                    for index in urls.indices { multi.cancel(id: UInt64(index)) }
                    break
                }
                for completion in multi.poll(timeoutMillis: Self.sliceMillis) {
                    waiting -= 1
                    guard let index = Int(exactly: completion.id), pages.indices.contains(index) else { continue }
                    pages[index] = page(completion.result)
                }
            }
        } catch {
            return urls.map { _ in .failure(InvalidValue("\(error)")) }
        }
        return pages
    }

    private func page(_ result: Result<HTTPResponse, CurlError>) -> ScrapeTarget.Page {
        switch result {
        case .success(let response): MetricsPage.samples(response, limit: sampleLimit)
        case .failure(let error): .failure(InvalidValue("\(error)"))
        }
    }

    private func request(_ url: HTTPURL) -> HTTPRequest {
        var request = HTTPRequest(url: url.text, headers: [("Accept", MetricsPage.accept)])
        request.totalTimeoutMillis = timeoutMillis
        request.connectTimeoutMillis = timeoutMillis
        request.maxBodyBytes = MetricsPage.maxBodyBytes
        request.acceptsCompressed = true
        return request
    }

    private func takeMulti() throws(CurlError) -> CurlMulti {
        if let multi { return multi }
        let new = try CurlMulti()
        multi = new
        return new
    }
}
