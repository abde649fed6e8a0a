import GatewayMetrics
import Logging

/// What a sender does with lines that the destination refuses.
extension Sender {
    /// Refused lines go to the dead-letter file; only then they are settled.
    func bury(_ lines: [TenantQueue.DeadLine], of unit: Unit) {
        let wallNanos = outside.wallNanos()
        let letters = lines.map { dead in
            let source = unit.batch.lines[dead.line]
            let origin = lane.deadLetters.origin(pathOf(source.file), source.fileOffset)
            return DeadLetterFile.Letter(
                tenant: unit.batch.tenantName, path: origin.path, offset: origin.offset,
                status: dead.status, reason: dead.reason, wallNanos: wallNanos, line: unit.batch.line(dead.line))
        }
        var isWritten = true
        do {
            try lane.deadLetters.append(letters)
        } catch {
            isWritten = false
            complain("a dead letter could not be written", "\(error)")
            health.refused("a dead letter could not be written: \(error)", wallNanos: wallNanos)
            isStatusStale = true
        }
        let removed = lane.deadLetters.takeRemoved()
        if removed > 0 {
            metrics.removedDeadLetters.bind([lane.configuration.name]).increment(by: UInt64(removed))
        }
        let now = outside.monotonicNanos()
        follow(lane.plan.buried(unit.batch, isWritten: isWritten, nowNanos: now, random: &random), unit)
    }
}
