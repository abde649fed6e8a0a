import Foundation
import TestSupport
import Testing

/// `GATEHOUSE_MODEL_RUNS` says how many seeds, `GATEHOUSE_MODEL_FIRST` which is the first; `GATEHOUSE_SEED` repeats one.
@Suite("The whole shipper, simulated")
struct ShipperModelTests {
    private static let lanes = 4
    private static let actions = 70

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init)
    }

    private static func seeds(lane: Int) -> [UInt64] {
        if let seed = number("GATEHOUSE_SEED") { return lane == 0 ? [UInt64(seed)] : [] }
        let first = number("GATEHOUSE_MODEL_FIRST") ?? 1
        let count = number("GATEHOUSE_MODEL_RUNS") ?? 200
        return (first..<(first + count)).filter { $0 % lanes == lane }.map { UInt64($0) }
    }

    @Test(
        "random writes, rotations, truncations, kills, faults and clock jumps lose nothing, and the account balances",
        arguments: 0..<lanes)
    func random(lane: Int) throws {
        let seeds = Self.seeds(lane: lane)
        var tally = ShipperModel.Tally()
        for seed in seeds {
            let problems = try ShipperModel.problems(seed: seed, actions: Self.actions, &tally)
            if !problems.isEmpty {
                Issue.record("GATEHOUSE_SEED=\(seed): \(problems.prefix(6).joined(separator: "; "))")
            }
        }
        guard !seeds.isEmpty else { return }
        let events = tally.events.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        print(
            "\(seeds.count) runs of the model, GATEHOUSE_SEED from \(seeds.first ?? 0) to \(seeds.last ?? 0): "
                + "\(tally.lines) lines, \(tally.kills) starts, \(events.joined(separator: ", "))")
    }
}
