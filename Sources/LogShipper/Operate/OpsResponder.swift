import GatewayMetrics

/// What the ops listener answers to each path.
struct OpsResponder: Sendable {
    let feed: ScrapeFeed
    let tap: TapHub
    /// After how long of failing requests an output makes the shipper not ready; 0 for never.
    let failingAfterNanos: @Sendable () -> Int64
    let pipelines: @Sendable () -> [PipelineStatus]

    func answer(_ request: OpsRequest) -> OpsAnswer {
        switch request.path {
        case "/metrics": Shipper.scrape(request, feed)
        case "/livez": .whole(verdict(pipelines().flatMap(\.deadness)))
        case "/readyz": .whole(verdict(reasons(pipelines(), Clock.monotonicNanos())))
        case "/status": .whole(status(asTable: request.query == "format=table"))
        case "/tap": tap(request)
        default: .whole(OpsResponse(status: 404, body: Array("not found\n".utf8)))
        }
    }

    private func reasons(_ pipelines: [PipelineStatus], _ now: Int64) -> [String] {
        pipelines.flatMap { $0.unreadiness(nowNanos: now, failingAfterNanos: failingAfterNanos()) }
    }

    private func verdict(_ reasons: [String]) -> OpsResponse {
        let text = reasons.isEmpty ? "ok" : reasons.joined(separator: "\n")
        return OpsResponse(status: reasons.isEmpty ? 200 : 503, body: Array("\(text)\n".utf8))
    }

    private func status(asTable: Bool) -> OpsResponse {
        let now = Clock.monotonicNanos()
        let pipelines = pipelines()
        let reasons = reasons(pipelines, now)
        guard asTable else {
            return OpsResponse(
                status: 200, contentType: "application/json",
                body: StatusDocument.encode(pipelines, reasons: reasons, nowNanos: now))
        }
        let lines = StatusTable.lines(pipelines, reasons: reasons, nowNanos: now)
        return OpsResponse(status: 200, body: Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// Log lines leave only to whoever is on this machine, also where the listener is open to others.
    private func tap(_ request: OpsRequest) -> OpsAnswer {
        guard request.isLocal else {
            return .whole(OpsResponse(status: 403, body: Array("only for clients on loopback\n".utf8)))
        }
        guard let filter = TapFilter(query: request.query) else {
            let keys = "tenant, output, grep, format (text or json), limit"
            return .whole(OpsResponse(status: 400, body: Array("the query may have: \(keys)\n".utf8)))
        }
        let outputs = pipelines().map(\.output.name)
        if let output = filter.output, !outputs.contains(output) {
            let names = outputs.joined(separator: ", ")
            return .whole(OpsResponse(status: 400, body: Array("there is no such output; there are: \(names)\n".utf8)))
        }
        guard !request.isHead else { return .whole(OpsResponse(status: 200, body: [])) }
        guard let stream = tap.open(filter) else {
            return .whole(OpsResponse(status: 503, body: Array("\(TapHub.maxStreams) others watch already\n".utf8)))
        }
        return .tap(stream)
    }
}
