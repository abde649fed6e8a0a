import TestSupport

@testable import Gateway

/// Sends a text both ways over a pair in pieces of random sizes.
struct TLSPump {
    /// One direction.
    private struct Flow {
        let from: TLSSession
        let to: TLSSession
        let text: [UInt8]
        var sent = 0
        var received: [UInt8] = []
        /// What a write that must be repeated had.
        var unfinished = 0
        var writeStops = 0
    }

    private var flows: [Flow]
    private var random: SeededGenerator
    private var buffer = [UInt8](repeating: 0, count: 70_000)

    init(_ pair: TLSPair, up: [UInt8], down: [UInt8], random: SeededGenerator) {
        flows = [
            Flow(from: pair.client, to: pair.server, text: up), Flow(from: pair.server, to: pair.client, text: down),
        ]
        self.random = random
    }

    /// How often a socket was full.
    var writeStops: Int { flows.reduce(0) { $0 + $1.writeStops } }

    /// Runs to the end.
    ///
    /// - Returns: Whether both texts arrived as they were sent.
    mutating func run() throws -> Bool {
        var steps = 0
        while flows.contains(where: { $0.received.count < $0.text.count }) {
            steps += 1
            guard steps < 1_000_000 else { throw Absent(what: "progress") }
            let index = random.int(0...1)
            if random.oneIn(2) { try write(index) } else { try read(index) }
        }
        return flows.allSatisfy { $0.received == $0.text }
    }

    private mutating func write(_ index: Int) throws {
        let left = flows[index].text.count - flows[index].sent
        guard left > 0 else { return }
        let wanted = max(flows[index].unfinished, random.oneIn(3) ? random.int(1...100) : random.int(1...60_000))
        let count = min(left, wanted)
        // At another address each time, as a queue that grows would have it.
        let piece = Array(flows[index].text[flows[index].sent..<flows[index].sent + count])
        switch flows[index].from.send(piece) {
        case .bytes(let taken):
            flows[index].sent += taken
            flows[index].unfinished = 0
        case .wantsWrite:
            flows[index].unfinished = count
            flows[index].writeStops += 1
        case .wantsRead, .closed, .failed: throw Absent(what: "a write that works")
        }
    }

    private mutating func read(_ index: Int) throws {
        let count = random.oneIn(3) ? random.int(1...100) : random.int(1...buffer.count)
        let reader = flows[index].to
        switch buffer.withUnsafeMutableBytes({ reader.read(into: .init(rebasing: $0[..<count])) }) {
        case .bytes(let taken): flows[index].received += buffer[..<taken]
        case .wantsRead: break
        case .wantsWrite, .closed, .truncated, .failed: throw Absent(what: "a read that works")
        }
    }
}
