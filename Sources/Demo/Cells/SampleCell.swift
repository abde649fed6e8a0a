import Locking
import NIOCore
import NIOHTTP1

/// A business service to play with: answers everything, and fails as it is told.
///
/// `POST /fault?error_rate=0.5&latency_ms=200` turns a fault on, `POST /fault` without parameters turns it off.
/// `GET /health` always answers, so that a cell with errors stays in rotation; `GET /metrics` counts.
final class SampleCell: Sendable {
    struct Fault: Sendable, Equatable {
        var errorRate = 0.0
        var latencyMillis = 0
    }

    private struct State {
        var fault = Fault()
        var answered = 0
        var failed = 0
        /// Errors are spread evenly: one is due whenever this passes 1.
        var debt = 0.0
    }

    let name: String
    private let state = Locked(State())

    init(name: String) {
        self.name = name
    }

    func set(_ fault: Fault) {
        state.withLock { $0.fault = fault }
    }

    func handle(_ request: SmallRequest) -> SmallResponse {
        switch request.path {
        case "/health": return SmallResponse(body: "{\"status\":\"up\"}\n")
        case "/metrics": return metrics()
        case "/fault": return changeFault(request)
        default: return serve(request)
        }
    }

    private func serve(_ request: SmallRequest) -> SmallResponse {
        let (fault, fails) = state.withLock { state in
            state.debt += state.fault.errorRate
            let fails = state.debt >= 1
            if fails { state.debt -= 1 }
            state.answered += 1
            state.failed += fails ? 1 : 0
            return (state.fault, fails)
        }
        let tenant = request.headers.first(name: "X-Tenant-Id") ?? ""
        let safe = tenant.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) } ? tenant : ""
        var response = SmallResponse(body: "{\"cell\":\"\(name)\",\"tenant\":\"\(safe)\"}\n")
        if fails {
            response.status = .internalServerError
            response.body = "{\"cell\":\"\(name)\",\"error\":\"told to fail\"}\n"
        }
        response.delay = .milliseconds(Int64(fault.latencyMillis))
        return response
    }

    private func changeFault(_ request: SmallRequest) -> SmallResponse {
        guard request.method == "POST" || request.method == "PUT" else {
            return SmallResponse(status: .methodNotAllowed, body: "{\"error\":\"POST changes the fault\"}\n")
        }
        let rate = request.value("error_rate").map { Double($0) } ?? 0
        let latency = request.value("latency_ms").map { Int($0) } ?? 0
        guard let rate, let latency, (0...1).contains(rate), (0...60_000).contains(latency) else {
            return SmallResponse(
                status: .badRequest, body: "{\"error\":\"error_rate is 0…1, latency_ms is 0…60000\"}\n")
        }
        set(Fault(errorRate: rate, latencyMillis: latency))
        return SmallResponse(body: "{\"error_rate\":\(rate),\"latency_ms\":\(latency)}\n")
    }

    private func metrics() -> SmallResponse {
        let (answered, failed) = state.withLock { ($0.answered, $0.failed) }
        let text = """
            # HELP sample_cell_requests_total Requests that the sample cell answered.
            # TYPE sample_cell_requests_total counter
            sample_cell_requests_total{code="200"} \(answered - failed)
            sample_cell_requests_total{code="500"} \(failed)

            """
        return SmallResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: text)
    }
}
