import Locking
import TestSupport

@testable import Gateway

/// A control plane without sockets: a clock that stands still, a governance centre that is a closure.
final class GovernanceFixture: Sendable {
    let now = Locked<Int64>(1_000_000)
    let applied = Locked<[[CellDefinition]]>([])
    let answer: Locked<Result<[UInt8], InvalidValue>>
    let health = Locked<[CellHealth]>([])
    let reported = Locked<[String?]>([])
    let audited = Locked<[String]>([])
    let directory: CellDirectory
    let admin = AdminGuard(token: "s3cret")
    let worker = Worker()
    let loop: IOLoop
    let api: AdminAPI

    static let cell = CellDefinition(
        name: "erp", upstreams: [UpstreamAddress(url: "http://127.0.0.1:9001", host: "127.0.0.1", port: 9_001)])

    init(
        _ mode: GovernanceSettings.Mode, answer: Result<[UInt8], InvalidValue> = .failure(InvalidValue("refused"))
    ) throws {
        loop = try IOLoop()
        let settings = GovernanceSettings(chosenMode: mode, maxCells: 2, maxUpstreams: 2)
        self.answer = Locked(answer)
        let box = Box()
        directory = CellDirectory(settings: settings, clock: { box.fixture?.now.withLock { $0 } ?? 0 }) { cells in
            box.fixture?.applied.withLock { $0.append(cells) }
        }
        let health: @Sendable () -> [CellHealth] = { box.fixture?.health.withLock { $0 } ?? [] }
        let remote = RemoteGovernance(
            settings: settings, directory: directory, worker: worker, clock: { 1_000_000 },
            fetch: { box.fixture?.answer.withLock { $0 } ?? .failure(InvalidValue("gone")) },
            answered: { problem in box.fixture?.reported.withLock { $0.append(problem) } })
        api = AdminAPI(
            directory: directory, admin: admin,
            governance: mode == .embedded
                ? GovernanceAPI(
                    directory: directory, admin: admin, settings: settings, health: health,
                    audit: AuditTrail { message, _, fields in
                        box.fixture?.audited.withLock { $0.append("\(message) \(fields["cell"] ?? "")") }
                    }) : nil,
            remote: mode == .remote ? remote : nil, health: health, patienceNanos: 950_000_000, timers: loop)
        box.fixture = self
    }

    deinit { loop.stop() }

    /// The closures are made before the fixture is.
    private final class Box: @unchecked Sendable {
        weak var fixture: GovernanceFixture?
    }

    /// Sends a request; nil when nobody serves the path.
    func send(
        _ method: String = "GET", _ path: String, token: String? = "s3cret", body: String = ""
    ) async -> LocalResponse? {
        let headers = token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []
        let request = LocalRequest(
            method: method, path: path, headers: headers, body: Array(body.utf8), requestID: "r1")
        return await Replies.from(api.handle, request)
    }

    /// The body of the health summary.
    func summary() async throws -> JSONValue {
        let response = await send("GET", AdminAPI.summaryPath)
        return try JSONReader.parse(response?.body ?? [])
    }
}
