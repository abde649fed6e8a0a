import NIOCore

/// The administration API of the data listener: the health summary, and everything of the embedded registry.
struct AdminAPI: Sendable {
    static let summaryPath = "/api/admin/health-summary"

    let directory: CellDirectory
    let admin: AdminGuard
    let governance: GovernanceAPI?
    let remote: RemoteGovernance?
    let health: @Sendable () -> [CellHealth]
    /// How long a summary waits for the remote centre; below the contract's second.
    let patience: TimeAmount

    func serves(_ path: String) -> Bool { path == Self.summaryPath || governance?.serves(path) == true }

    /// The handler for the data plane; nil for paths of others.
    func handle(_ request: LocalRequest, on loop: any EventLoop) -> EventLoopFuture<LocalResponse>? {
        if request.path == Self.summaryPath { return summary(request, on: loop) }
        return governance?.handle(request).map(loop.makeSucceededFuture)
    }

    private func summary(_ request: LocalRequest, on loop: any EventLoop) -> EventLoopFuture<LocalResponse> {
        guard request.method == "GET" || request.method == "HEAD" else {
            return loop.makeSucceededFuture(.methodNotAllowed(request, allow: "GET, HEAD"))
        }
        guard admin.admits(request) else { return loop.makeSucceededFuture(admin.refusal(request)) }
        guard let remote else { return loop.makeSucceededFuture(answer(inTime: true)) }
        return waitForCentre(remote, on: loop).map { answer(inTime: $0) }
    }

    /// Whether the centre was asked to the end before the deadline.
    private func waitForCentre(_ remote: RemoteGovernance, on loop: any EventLoop) -> EventLoopFuture<Bool> {
        let promise = loop.makePromise(of: Bool.self)
        let deadline = loop.scheduleTask(in: patience) { promise.succeed(false) }
        remote.refresh(on: loop).whenComplete { _ in
            deadline.cancel()
            promise.succeed(true)
        }
        return promise.futureResult
    }

    private func answer(inTime: Bool) -> LocalResponse {
        let summary = HealthSummary(
            governance: directory.mode, isGovernanceReachable: inTime && directory.isSourceUp,
            cells: CellReport.all(directory.governedCells(), health: health()))
        return .json(summary.json)
    }
}
