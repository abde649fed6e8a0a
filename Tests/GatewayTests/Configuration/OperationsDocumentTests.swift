import Foundation
import TestSupport
import Testing

@testable import Gateway

/// Holds docs/OPERATIONS.md and deploy/gateway against the program.
@Suite struct OperationsDocumentTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Places.packageRoot)/\(path)", encoding: .utf8)
    }

    @Test func `every value of the labels, and every message about upstreams, is explained`() throws {
        let text = try Self.text("docs/OPERATIONS.md")
        let reasons = RejectReason.allCases.filter { $0 != .none }.map(\.label)
        let outcomes = UpstreamOutcome.allCases.map(\.label)
        let failures = TLSFailure.Kind.allCases.map(\.rawValue)
        let messages = UpstreamEvent.Kind.allCases.map(\.rawValue)
        for name in reasons + outcomes + failures + messages + HedgeMeters.results + CellMeters.retryResults {
            #expect(text.contains("`\(name)`"), "\(name)")
        }
    }

    @Test func `the configuration to begin with is good, and the unit waits longer than it drains`() throws {
        let file = "\(Places.packageRoot)/deploy/gateway/gateway.yaml"
        let configuration = try GatewayConfiguration.load(path: file, environment: [:])
        #expect(configuration.warnings.isEmpty)
        let timeouts = configuration.dataPlane.timeouts
        let unit = try Self.text("deploy/gateway/gateway.service")
        let patience = unit.split(separator: "\n").first { $0.hasPrefix("TimeoutStopSec=") }.flatMap {
            Int64($0.dropFirst(15))
        }
        #expect((patience ?? 0) * 1_000_000_000 > timeouts.drainDelayNanos + timeouts.drainNanos)
        let socket = try Self.text("deploy/gateway/gateway.socket")
        #expect(socket.contains("ListenStream=\(configuration.dataPlane.listen)\n"))
    }
}
