/// The answer of `GET /api/admin/health-summary` (ARCHITECTURE.md, the gateway's contract).
struct HealthSummary: Sendable, Equatable {
    var governance: GovernanceSettings.Mode
    /// False when a remote centre did not answer; the cells are then the last known ones.
    var isGovernanceReachable: Bool
    var cells: [CellReport]

    /// Degraded when the centre or a cell is down.
    var isDegraded: Bool { !isGovernanceReachable || cells.contains { $0.status == .down } }

    var json: JSONValue {
        .object([
            "gateway": .string("up"),
            "status": .string(isDegraded ? "degraded" : "ok"),
            "governance": .string(governance.rawValue),
            "cells": .array(cells.map(\.json)),
        ])
    }
}
