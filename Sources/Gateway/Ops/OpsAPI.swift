import GatewayMetrics
import NIOCore

/// The operations listener: metrics, probes, alerts, reload and the status page.
struct OpsAPI: Sendable {
    let registry: MetricsRegistry
    let scrapes: ScrapeFeed
    /// Of the status page.
    let renderQueue: RenderQueue
    let readiness: Readiness
    let admin: AdminGuard
    /// What an operator should know but what does not keep traffic away.
    let notes: @Sendable () -> [String]
    let rules: @Sendable () -> RulesReport
    /// The page's content besides rules and traffic. Any thread.
    let status: @Sendable () -> StatusPage
    /// Blocking: reads files.
    let reload: @Sendable () -> Result<ReloadOutcome, InvalidValue>
    let reloadWorker: Worker
    let audit: AuditTrail

    func serves(_ path: String) -> Bool { Self.paths.contains(path) }

    private static let paths: Set = ["/", "/metrics", "/livez", "/readyz", "/api/alerts", "/api/reload"]

    /// The handler of the listener; nil for unknown paths.
    func handle(_ request: LocalRequest, on loop: any EventLoop) -> EventLoopFuture<LocalResponse>? {
        if request.path == "/api/reload" { return reload(request, on: loop) }
        guard let page = page(request, on: loop) else { return nil }
        guard request.method == "GET" || request.method == "HEAD" else {
            return loop.makeSucceededFuture(.methodNotAllowed(request, allow: "GET, HEAD"))
        }
        return page()
    }

    private typealias Page = () -> EventLoopFuture<LocalResponse>

    private func page(_ request: LocalRequest, on loop: any EventLoop) -> Page? {
        switch request.path {
        case "/metrics": { metrics(request, on: loop) }
        case "/livez": { loop.makeSucceededFuture(.text("ok\n")) }
        case "/readyz": { loop.makeSucceededFuture(readiness.answer(notes: notes())) }
        case "/api/alerts": { loop.makeSucceededFuture(.json(rules().json)) }
        case "/": { statusPage(request, on: loop) }
        default: nil
        }
    }

    private func metrics(_ request: LocalRequest, on loop: any EventLoop) -> EventLoopFuture<LocalResponse> {
        let scrape = ScrapeRequest(
            accept: request.list("accept"), acceptEncoding: request.list("accept-encoding"), query: request.query,
            timeoutHeader: request.header("x-prometheus-scrape-timeout-seconds"))
        guard request.method != "HEAD" else {
            return loop.makeSucceededFuture(ScrapeBody.response(scrapes.plan(scrape), EmptyBody()))
        }
        let requestID = request.requestID
        do {
            let reader = try scrapes.open(scrape)
            let promise = loop.makePromise(of: LocalResponse.self)
            // The status is still open until the first bytes are there.
            reader.whenBegun { promise.succeed(ScrapeBody(reader).begin(requestID: requestID)) }
            return promise.futureResult
        } catch {
            return loop.makeSucceededFuture(ScrapeBody.refusal(error, requestID: requestID))
        }
    }

    private func statusPage(_ request: LocalRequest, on loop: any EventLoop) -> EventLoopFuture<LocalResponse> {
        answer(
            renderQueue.page("status", on: loop) { [registry, rules, status] in
                var page = status()
                page.rules = rules()
                page.traffic = TenantTraffic.read(registry)
                return Array(page.html().utf8)
            }, contentType: "text/html; charset=utf-8", request: request)
    }

    private func answer(
        _ page: EventLoopFuture<[UInt8]>, contentType: String, request: LocalRequest
    ) -> EventLoopFuture<LocalResponse> {
        page.map { body in
            var response = LocalResponse(contentType: contentType, headers: [("Cache-Control", "no-store")], body: body)
            if contentType.hasPrefix("text/html") { response.headers += StatusPage.securityHeaders }
            return response
        }.recover { _ in
            .failure(.overloaded, message: "the gateway is shutting down", requestID: request.requestID)
        }
    }

    private func reload(_ request: LocalRequest, on loop: any EventLoop) -> EventLoopFuture<LocalResponse> {
        guard request.method == "POST" else {
            return loop.makeSucceededFuture(.methodNotAllowed(request, allow: "POST"))
        }
        guard request.isLoopback || admin.admits(request) else {
            return loop.makeSucceededFuture(admin.refusal(request))
        }
        let promise = loop.makePromise(of: LocalResponse.self)
        let stopping = LocalResponse.failure(
            .overloaded, message: "the gateway is shutting down", requestID: request.requestID)
        let isSubmitted = reloadWorker.submit {
            let result = reload()
            if case .success(let outcome) = result {
                audit.write(
                    "configuration reloaded", request, ["applied": outcome.applied.joined(separator: " ")])
            }
            promise.succeed(Self.answer(result, requestID: request.requestID))
        } cancelled: {
            promise.succeed(stopping)
        }
        if !isSubmitted { promise.succeed(stopping) }
        return promise.futureResult
    }

    private static func answer(_ result: Result<ReloadOutcome, InvalidValue>, requestID: String) -> LocalResponse {
        switch result {
        case .success(let outcome): .json(outcome.json)
        case .failure(let error):
            .failure(
                .internalError, message: "the old configuration stays in force: \(error.message)",
                requestID: requestID)
        }
    }
}
