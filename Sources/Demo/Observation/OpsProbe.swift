import CurlHTTP

/// Asks an ops listener; one thread. Everything that fails is `nil`: the view shows what it has.
final class OpsProbe {
    private let client = CurlClient()
    private let url: String

    init(url: String) {
        self.url = url
    }

    var isReady: Bool {
        let answer = get("/readyz")
        return answer?.status == 200
    }

    func alerts() -> [AlertView]? {
        guard let response = get("/api/alerts"), response.status == 200 else { return nil }
        return JSONReader.parse(response.body).map(AlertView.list)
    }

    func metrics() -> String? {
        guard let response = get("/metrics"), response.status == 200 else { return nil }
        return String(decoding: response.body, as: UTF8.self)
    }

    private func get(_ path: String) -> HTTPResponse? {
        var request = HTTPRequest(
            url: url + path, connectTimeoutMillis: 300, totalTimeoutMillis: 1000, maxBodyBytes: 16 << 20)
        request.proxy = .none
        return try? client.perform(request)
    }
}
