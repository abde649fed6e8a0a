/// The administration API of the data listener: the health summary, and everything of the embedded registry.
struct AdminAPI: Sendable {
    static let summaryPath = "/api/admin/health-summary"

    let directory: CellDirectory
    let admin: AdminGuard
    let governance: GovernanceAPI?
    let remote: RemoteGovernance?
    let health: @Sendable () -> [CellHealth]
    /// How long a summary waits for the remote centre; below the contract's second.
    let patienceNanos: Int64
    /// For the wait.
    let timers: IOLoop

    func serves(_ path: String) -> Bool { path == Self.summaryPath || governance?.serves(path) == true }

    /// Only of who may change something.
    func wantsBody(_ request: LocalRequest) -> Bool { admin.admits(request) }

    /// The handler for the data plane; false for paths of others.
    func handle(_ request: LocalRequest, _ reply: @escaping LocalHandler.Reply) -> Bool {
        if request.path == Self.summaryPath {
            summary(request, reply)
            return true
        }
        guard let response = governance?.handle(request) else { return false }
        reply(response)
        return true
    }

    private func summary(_ request: LocalRequest, _ reply: @escaping LocalHandler.Reply) {
        guard request.method == "GET" || request.method == "HEAD" else {
            return reply(.methodNotAllowed(request, allow: "GET, HEAD"))
        }
        guard admin.admits(request) else { return reply(admin.refusal(request)) }
        guard let remote else { return reply(answer(inTime: true)) }
        waitForCentre(remote) { reply(answer(inTime: $0)) }
    }

    /// Says whether the centre was asked to the end before the deadline.
    private func waitForCentre(_ remote: RemoteGovernance, _ ended: @escaping @Sendable (Bool) -> Void) {
        let isFirst = OnceFlag()
        let deadline = timers.schedule(afterNanos: patienceNanos) { if isFirst.claim() { ended(false) } }
        remote.refresh {
            deadline.cancel()
            if isFirst.claim() { ended(true) }
        }
    }

    private func answer(inTime: Bool) -> LocalResponse {
        let summary = HealthSummary(
            governance: directory.mode, isGovernanceReachable: inTime && directory.isSourceUp,
            cells: CellReport.all(directory.governedCells(), health: health()))
        return .json(summary.json)
    }
}
