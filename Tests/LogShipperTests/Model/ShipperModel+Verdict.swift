import TestSupport

@testable import LogShipper

/// What must have come of a run of the model.
extension ShipperModel {
    /// What happened in some runs, to see that the model is not idle.
    struct Tally {
        var lines = 0
        var kills = 0
        var events: [String: Int] = [:]

        mutating func add(_ other: Tally) {
            lines += other.lines
            kills += other.kills
            events.merge(other.events, uniquingKeysWith: +)
        }
    }

    /// Does so many things, lets everything settle, and says what is wrong then.
    static func problems(seed: UInt64, actions: Int, _ tally: inout Tally) throws -> [String] {
        let model = try ShipperModel(seed: seed)
        for _ in 0..<actions { try model.act() }
        let problems = try model.verdict()
        tally.add(model.tally)
        model.closeFiles()
        return problems
    }

    private var tally: Tally {
        var tally = Tally(lines: lines.lines.count, kills: kills, events: events)
        for destination in destinations {
            let arrivals = destination.arrivals.values.reduce(0) { $0 + $1.count }
            tally.events["arrived twice", default: 0] += arrivals - destination.arrivals.count
            tally.events["refused", default: 0] += destination.refused.count
        }
        return tally
    }

    private func verdict() throws -> [String] {
        lines.finishHalves()
        var problems: [String] = []
        if !settle() { problems.append("not settled") }
        for (index, destination) in destinations.enumerated() {
            let name = configuration.outputs[index].name
            let dead = try deadLetters(name)
            count("dead letters", dead.count)
            problems += check(destination, dead, name).map { "\(name) (\(destination.type)): \($0)" }
        }
        let before = destinations.map { $0.arrivals.values.reduce(0) { $0 + $1.count } }
        try kill()
        if !settle() { problems.append("not settled after the last start") }
        if before != destinations.map({ $0.arrivals.values.reduce(0) { $0 + $1.count } }) {
            problems.append("lines came again although everything was settled")
        }
        return self.problems + destinations.flatMap { $0.faults.prefix(3) } + problems
    }

    private func check(_ destination: ModelDestination, _ dead: Set<Int>, _ name: String) -> [String] {
        var problems: [String] = []
        let all = Set(lines.lines.indices)
        let missing = all.subtracting(destination.arrivals.keys).subtracting(dead).subtracting(destination.refused)
        let drops = plan.whenFull == .block ? 0 : dropped(name, ["spool_full"])
        if missing.count != drops {
            let first = missing.sorted().prefix(5).map { "\($0) (\(lines.lines[$0].tenant))" }
            problems.append("\(missing.count) of \(all.count) lines are missing, \(drops) dropped: \(first)")
        }
        problems += wrongOrder(destination, dead)
        for start in destination.bytesInBoth.keys where !startsWithSpool.contains("\(name) \(start)") {
            problems.append("lines were acknowledged and came again in start \(start), without a spool")
        }
        if !plan.disk { problems += tooManyTwice(destination) }
        let poison = all.filter { lines.lines[$0].isPoison }
        if poison.contains(where: { destination.arrivals[$0] != nil }) { problems.append("poison was stored") }
        return problems
    }

    /// A tenant's lines of a file first arrive in order, except where the destination decides line by line, and except for
    /// dead letters: a kill may make them come again.
    private func wrongOrder(_ destination: ModelDestination, _ dead: Set<Int>) -> [String] {
        guard destination.type != .elasticsearch else { return [] }
        var last: [String: Int] = [:]
        for number in destination.order where !dead.contains(number) {
            let line = lines.lines[number]
            let stream = "\(line.tenant) in file \(line.file)"
            if let before = last[stream], before > number { return ["\(number) came after \(before), \(stream)"] }
            last[stream] = number
        }
        return []
    }

    /// What arrived in a start and came again in a later one: that start's end is to blame.
    private func tooManyTwice(_ destination: ModelDestination) -> [String] {
        // What a spool and a file both have comes twice in the start after the kill.
        var bytes = Dictionary(uniqueKeysWithValues: destination.bytesInBoth.map { ($0 - 1, $1) })
        for (number, arrivals) in destination.arrivals {
            for start in Set(arrivals.map(\.start)).sorted().dropLast() {
                bytes[start, default: 0] += lines.lines[number].byteCount
            }
        }
        let longest = lines.lines.map(\.byteCount).max() ?? 0
        let limit = configuration.maxUnackedBytes + longest + Resumption.provingBytes
        return bytes.filter { $0.value > limit }.map {
            "\($0.value) bytes came again because of the end of start \($0.key)"
        }
    }

    private func deadLetters(_ output: String) throws -> Set<Int> {
        var numbers: Set<Int> = []
        let paths = DeadLetterPaths(stateDirectory: configuration.stateDirectory, output: output)
        for path in try paths.all() {
            let reader = try DeadLetterReader(path)
            while let (letter, _) = try reader.next() {
                let text = String(decoding: letter.line, as: UTF8.self)
                let number = text.split(separator: "~").compactMap { Int($0) }.first
                if let number { numbers.insert(number) }
            }
        }
        return numbers
    }
}
