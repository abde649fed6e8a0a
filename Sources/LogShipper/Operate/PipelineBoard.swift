import GatewayMetrics
import Locking

/// What one output's pipeline tells about itself, about once a second.
struct PipelineNumbers: Sendable, Equatable {
    var lagBytes = 0.0
    var lagSeconds = 0.0
    var bufferedBytes = 0.0
    var unackedBytes = 0.0
    var tenantsBehind = 0.0
    var checkpointAgeSeconds = 0.0
    var openFiles = 0.0
    var spoolBytes = 0.0
    var files = 0.0
}

/// Keeps the gauges that stand for all pipelines together: sums where they add up, else the worst one.
final class PipelineBoard: Sendable {
    private let metrics: ShipperMetrics
    private let numbers = Locked<[String: PipelineNumbers]>([:])

    init(_ metrics: ShipperMetrics) {
        self.metrics = metrics
    }

    /// Any thread.
    func publish(_ output: String, _ new: PipelineNumbers) {
        show(
            numbers.withLock { numbers in
                numbers[output] = new
                return Array(numbers.values)
            })
    }

    /// The pipeline has ended.
    func remove(_ output: String) {
        show(
            numbers.withLock { numbers in
                numbers[output] = nil
                return Array(numbers.values)
            })
    }

    private func show(_ all: [PipelineNumbers]) {
        func worst(_ value: (PipelineNumbers) -> Double) -> Double { all.map(value).max() ?? 0 }
        func sum(_ value: (PipelineNumbers) -> Double) -> Double { all.reduce(0) { $0 + value($1) } }
        metrics.lagBytes.set(worst(\.lagBytes))
        metrics.lagSeconds.set(worst(\.lagSeconds))
        metrics.tenantsBehind.set(worst(\.tenantsBehind))
        metrics.checkpointAge.set(worst(\.checkpointAgeSeconds))
        metrics.memoryBytes.set(sum(\.bufferedBytes))
        metrics.unackedBytes.set(sum(\.unackedBytes))
        metrics.openFiles.set(sum(\.openFiles))
        metrics.spoolBytes.set(sum(\.spoolBytes))
        metrics.files.set(worst(\.files))
    }
}
