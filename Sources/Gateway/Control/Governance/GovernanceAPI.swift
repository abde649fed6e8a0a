/// The governance centre's API where the registry is embedded (ARCHITECTURE.md, the gateway's contract).
struct GovernanceAPI: Sendable {
    static let prefix = "/api/governance/cells"

    let directory: CellDirectory
    let admin: AdminGuard
    let settings: GovernanceSettings
    let health: @Sendable () -> [CellHealth]
    let audit: AuditTrail

    func serves(_ path: String) -> Bool { path == Self.prefix || path.hasPrefix(Self.prefix + "/") }

    /// Nil for other paths.
    func handle(_ request: LocalRequest) -> LocalResponse? {
        guard serves(request.path) else { return nil }
        let rest = request.path.dropFirst(Self.prefix.count)
        if rest.isEmpty { return list(request) }
        let name = String(rest.dropFirst())
        guard CellDefinition.isValidName(name.utf8) else {
            return .failure(
                .badRequest, message: "a cell name is 1 to 63 of a-z 0-9 -", requestID: request.requestID)
        }
        switch request.method {
        case "GET", "HEAD": return show(name, request)
        case "PUT": return admin.admits(request) ? register(name, request) : admin.refusal(request)
        case "DELETE": return admin.admits(request) ? remove(name, request) : admin.refusal(request)
        default: return .methodNotAllowed(request, allow: "GET, HEAD, PUT, DELETE")
        }
    }

    private func reports() -> [CellReport] {
        CellReport.all(directory.governedCells(), health: health())
    }

    private func list(_ request: LocalRequest) -> LocalResponse {
        guard request.method == "GET" || request.method == "HEAD" else {
            return .methodNotAllowed(request, allow: "GET, HEAD")
        }
        return .json(.object(["cells": .array(reports().map(\.json))]))
    }

    private func show(_ name: String, _ request: LocalRequest) -> LocalResponse {
        guard let report = reports().first(where: { $0.name == name }) else {
            return .failure(.notFound, message: "no cell '\(name)' is registered", requestID: request.requestID)
        }
        return .json(report.json)
    }

    private func register(_ name: String, _ request: LocalRequest) -> LocalResponse {
        let registration: CellRegistration
        do {
            registration = try CellRegistration(request.body, maxUpstreams: settings.maxUpstreams)
        } catch {
            return .failure(.badRequest, message: error.message, requestID: request.requestID)
        }
        switch directory.register(name, registration) {
        case .renewed: return show(name, request)
        case .changed:
            let upstreams = registration.upstreams.map(\.url).joined(separator: " ")
            audit.write("cell registered", request, ["cell": name, "upstreams": upstreams])
            return show(name, request)
        case .configured: return configured(name, request)
        case .full:
            return .failure(
                .overloaded, message: "the registry is full: \(settings.maxCells) cells",
                requestID: request.requestID)
        }
    }

    private func remove(_ name: String, _ request: LocalRequest) -> LocalResponse {
        if directory.isConfigured(name) { return configured(name, request) }
        guard directory.remove(name) else {
            return .failure(.notFound, message: "no cell '\(name)' is registered", requestID: request.requestID)
        }
        audit.write("cell removed", request, ["cell": name])
        return LocalResponse(status: 204, contentType: "")
    }

    private func configured(_ name: String, _ request: LocalRequest) -> LocalResponse {
        .failure(
            .forbidden, message: "cell '\(name)' is defined by the gateway's configuration",
            requestID: request.requestID)
    }
}

extension CellReport {
    /// Every cell with what the gateway's own checks found.
    static func all(_ cells: [GovernedCell], health: [CellHealth]) -> [CellReport] {
        let byName = Dictionary(health.map { ($0.name, $0) }) { first, _ in first }
        return cells.map { CellReport($0, health: byName[$0.name]) }
    }
}
