import Locking
import NIOHTTP1

/// The destination of the log-shipper: takes batches of lines and counts them per tenant.
final class LogReceiver: Sendable {
    /// What came in so far.
    struct Totals: Sendable {
        /// Distinct access lines by tenant.
        var accessByTenant: [String: Int] = [:]
        /// Distinct lines of every kind.
        var lines = 0
        var duplicates = 0
        /// Lines below the highest seq of their ring that did not come (yet).
        var missing = 0
        var batches = 0
        /// Lines that are no JSON object with run, loop and seq.
        var unreadable = 0
    }

    private struct State {
        var totals = Totals()
        var tracker = SequenceTracker()
    }

    /// A batch unpacks to at most so much.
    private static let maxBatchBytes = 67_108_864
    private let state = Locked(State())

    var totals: Totals {
        state.withLock { state in
            var totals = state.totals
            totals.lines = state.tracker.distinct
            totals.duplicates = state.tracker.duplicates
            totals.missing = state.tracker.missing
            return totals
        }
    }

    func handle(_ request: SmallRequest) -> SmallResponse {
        if request.path == "/stats" { return SmallResponse(body: stats()) }
        guard request.method == "POST" else {
            return SmallResponse(status: .methodNotAllowed, body: "{\"error\":\"POST batches of lines\"}\n")
        }
        do {
            take(try unpacked(request))
            return SmallResponse(body: "{}\n")
        } catch {
            return SmallResponse(status: .badRequest, body: "{\"error\":\"\(error.message)\"}\n")
        }
    }

    private func unpacked(_ request: SmallRequest) throws(GzipReader.Failure) -> [UInt8] {
        guard request.headers.first(name: "Content-Encoding")?.lowercased() == "gzip" else { return request.body }
        return try GzipReader.unpack(request.body, limit: LogReceiver.maxBatchBytes)
    }

    private func take(_ body: [UInt8]) {
        let lines = body.split(separator: 0x0A).map { JSONReader.parse($0) }
        state.withLock { state in
            state.totals.batches += 1
            for line in lines { LogReceiver.count(line, in: &state) }
        }
    }

    private static func count(_ line: JSONValue?, in state: inout State) {
        guard let line, let run = line["run"]?.text, let loop = line["loop"]?.integer, let seq = line["seq"]?.integer
        else {
            state.totals.unreadable += 1
            return
        }
        guard state.tracker.insert(run: run, loop: loop, seq: seq), line["event"]?.text == "access" else { return }
        state.totals.accessByTenant[line["tenant"]?.text ?? "", default: 0] += 1
    }

    private func stats() -> String {
        let totals = totals
        let tenants = totals.accessByTenant.sorted { $0.key < $1.key }.map { "\(jsonString($0.key)):\($0.value)" }
        return """
            {"lines":\(totals.lines),"duplicates":\(totals.duplicates),"missing":\(totals.missing),\
            "batches":\(totals.batches),"unreadable":\(totals.unreadable),\
            "tenants":{\(tenants.joined(separator: ","))}}

            """
    }
}
