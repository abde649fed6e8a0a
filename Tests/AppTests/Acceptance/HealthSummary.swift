import Foundation
import TestSupport

/// The answer of `GET /api/admin/health-summary`.
struct HealthSummary: Decodable, Equatable {
    struct Upstream: Decodable, Equatable {
        var url: String
        var status: String
    }

    struct Cell: Decodable, Equatable {
        var name: String
        var status: String
        var upstreams: [Upstream]
    }

    var gateway: String
    var status: String
    var governance: String
    var cells: [Cell]

    static let path = "/api/admin/health-summary"
    static let token = "s3cret-admin-token"
    static let authorization = [("Authorization", "Bearer \(token)")]
    static let environment = ["GATEWAY_ADMIN_TOKEN": token]
}

/// A governance centre that answers what it is told, or stays silent.
final class GovernanceCentre: Sendable {
    static let unknownFieldsAreIgnored = """
        {"cells":[{"name":"erp","status":"up","upstreams":[{"url":"UPSTREAM","status":"up","zone":"b"}],
        "checked_at":"2026-01-02T03:04:05Z","since":17},
        {"name":"crm","status":"down","upstreams":[{"url":"http://127.0.0.1:9","status":"down"}],
        "checked_at":"2026-01-02T03:04:05Z"}],"version":3}
        """

    let stub: HTTPStub

    init(upstream: String) throws {
        let body = Self.unknownFieldsAreIgnored.replacingOccurrences(of: "UPSTREAM", with: upstream)
        stub = try HTTPStub { request in
            request.target.hasPrefix("/api/governance/cells")
                ? .status(200, headers: [("Content-Type", "application/json")], body: Array(body.utf8))
                : .status(404)
        }
    }
}
