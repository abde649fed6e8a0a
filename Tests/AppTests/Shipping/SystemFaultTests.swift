import Foundation
import Locking
import TestSupport
import Testing

/// `GATEHOUSE_FAULT_CALLS` says how many calls of each kind fail, one a run; `all` for every one (`scripts/soak`).
@Suite("The log-shipper when system calls fail")
struct SystemFaultTests {
    private typealias Fault = FaultLibrary.Fault

    @Test(
        "the n-th write, fsync, rename, open or connect fails: no line is lost, and nothing crashes",
        .enabled(if: FaultLibrary.compiler != nil, "there is no C compiler"), .timeLimit(.minutes(60)))
    func anyCall() throws {
        let clean = try FaultyRun(nil)
        try clean.finish()
        #expect(clean.problems.isEmpty)
        let counts = clean.counts
        let faults = FaultLibrary.Kind.allCases.flatMap { Self.faults($0, of: counts[$0] ?? 0) }
        #expect(FaultLibrary.Kind.allCases.allSatisfy { counts[$0] ?? 0 > 0 }, "\(counts)")
        let refusals = Locked(0)
        onThreads(2, count: faults.count) { index in
            let fault = faults[index]
            do {
                let run = try FaultyRun(fault)
                try run.finish()
                if run.refusedStart { refusals.withLock { $0 += 1 } }
                if !run.problems.isEmpty { Issue.record("\(fault): \(run.problems)") }
            } catch {
                Issue.record("\(fault): \(error)")
            }
        }
        let described = FaultLibrary.Kind.allCases.map { "\($0.rawValue) \(counts[$0] ?? 0)" }
        print(
            "calls of a run without faults: \(described.joined(separator: ", ")); \(faults.count) runs with one, of which "
                + "\(refusals.withLock { $0 }) refused to start and were started again")
    }

    /// A sample of the calls, the first ones always; all of them, also several in a row, where asked for.
    private static func faults(_ kind: FaultLibrary.Kind, of count: Int) -> [Fault] {
        let wanted = ProcessInfo.processInfo.environment["GATEHOUSE_FAULT_CALLS"]
        if wanted == "all" {
            return (1...(count + 2)).flatMap {
                [Fault(kind: kind, number: $0), Fault(kind: kind, number: $0, length: 4)]
            }
        }
        let sample = wanted.flatMap(Int.init) ?? 5
        let step = max(1, count / max(1, sample))
        return stride(from: 1, through: max(1, count), by: step).prefix(sample).map { Fault(kind: kind, number: $0) }
    }
}
