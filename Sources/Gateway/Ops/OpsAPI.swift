import GatewayMetrics

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

    /// The handler of the listener; false for unknown paths.
    func handle(_ request: LocalRequest, _ reply: @escaping LocalHandler.Reply) -> Bool {
        guard serves(request.path) else { return false }
        if request.path == "/api/reload" {
            reload(request, reply)
            return true
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            reply(.methodNotAllowed(request, allow: "GET, HEAD"))
            return true
        }
        switch request.path {
        case "/metrics": metrics(request, reply)
        case "/livez": reply(.text("ok\n"))
        case "/readyz": reply(readiness.answer(notes: notes()))
        case "/api/alerts": reply(.json(rules().json))
        default: statusPage(request, reply)
        }
        return true
    }

    private func metrics(_ request: LocalRequest, _ reply: @escaping LocalHandler.Reply) {
        let scrape = ScrapeRequest(
            accept: request.list("accept"), acceptEncoding: request.list("accept-encoding"), query: request.query,
            timeoutHeader: request.header("x-prometheus-scrape-timeout-seconds"))
        guard request.method != "HEAD" else { return reply(ScrapeBody.response(scrapes.plan(scrape), EmptyBody())) }
        let requestID = request.requestID
        do {
            let reader = try scrapes.open(scrape)
            // The status is still open until the first bytes are there.
            reader.whenBegun { reply(ScrapeBody(reader).begin(requestID: requestID)) }
        } catch {
            reply(ScrapeBody.refusal(error, requestID: requestID))
        }
    }

    private func statusPage(_ request: LocalRequest, _ reply: @escaping LocalHandler.Reply) {
        renderQueue.page("status") { [registry, rules, status] in
            var page = status()
            page.rules = rules()
            page.traffic = TenantTraffic.read(registry)
            return Array(page.html().utf8)
        } to: { body in
            guard let body else { return reply(Self.stopping(request)) }
            let headers = [("Cache-Control", "no-store")] + StatusPage.securityHeaders
            reply(LocalResponse(contentType: "text/html; charset=utf-8", headers: headers, body: body))
        }
    }

    private static func stopping(_ request: LocalRequest) -> LocalResponse {
        .failure(.overloaded, message: "the gateway is shutting down", requestID: request.requestID)
    }

    private func reload(_ request: LocalRequest, _ reply: @escaping LocalHandler.Reply) {
        guard request.method == "POST" else { return reply(.methodNotAllowed(request, allow: "POST")) }
        // A web page that is open on this host may send requests from here, too; browsers name it.
        let isLocal = request.isLoopback && request.header("origin") == nil
        guard isLocal || admin.admits(request) else { return reply(admin.refusal(request)) }
        let isSubmitted = reloadWorker.submit {
            let result = reload()
            if case .success(let outcome) = result {
                audit.write(
                    "configuration reloaded", request, ["applied": outcome.applied.joined(separator: " ")])
            }
            reply(Self.answer(result, requestID: request.requestID))
        } cancelled: {
            reply(Self.stopping(request))
        }
        if !isSubmitted { reply(Self.stopping(request)) }
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
