import TestSupport
import Testing

@testable import Gateway

struct HTTP2TableTests {
    /// The table is not copyable; assertions want something that is.
    private final class Table {
        var streams = HTTP2StreamTable()

        func insert(_ id: UInt32) {
            var stream = HTTP2Stream()
            stream.id = id
            stream.sendWindow = Int(id)
            streams.insert(stream)
        }

        func remove(_ id: UInt32) {
            if let place = streams.find(id) { streams.remove(place) }
        }

        func window(_ id: UInt32) -> Int? { streams.find(id).map { streams[$0].sendWindow } }
    }

    @Test("The stream table does what a dictionary does", arguments: 0..<4 as Range<UInt64>)
    func followsModel(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let table = Table()
        var model: [UInt32: Int] = [:]
        var next: UInt32 = 1
        for _ in 0..<5_000 {
            if random.oneIn(2), model.count < 100 {
                next += 2 * UInt32(random.int(1...40))
                table.insert(next)
                model[next] = Int(next)
            } else if let id = model.keys.sorted().randomElement(using: &random) {
                table.remove(id)
                model[id] = nil
            }
            let probe = UInt32(random.int(0...Int(next)))
            #expect(table.window(probe) == model[probe])
            #expect(table.streams.count == model.count)
        }
        #expect(table.streams.invariants == true)
        for (id, window) in model { #expect(table.window(id) == window) }
    }

    @Test("Closed streams are remembered as a list would, for the last 512 identifiers")
    func remembersEnds() {
        var random = SeededGenerator(seed: 9)
        var closed = HTTP2ClosedStreams()
        var model: [UInt32: HTTP2ClosedStreams.End] = [:]
        var last: UInt32 = 0
        for _ in 0..<3_000 {
            let step = random.oneIn(50) ? random.int(300...900) : random.int(1...3)
            let id = last == 0 ? UInt32(2 * step - 1) : last + UInt32(2 * step)
            var between = last == 0 ? 1 : last + 2
            while between < id {
                model[between] = .skipped
                between += 2
            }
            closed.open(id)
            model[id] = .complete
            last = id
            let end: HTTP2ClosedStreams.End = random.oneIn(2) ? .resetByUs : .resetByPeer
            if random.oneIn(3), id > 20 {
                let old = id - 2 * UInt32(random.int(0...10))
                closed.close(old, end)
                model[old] = end
            }
            let probe = last - min(last - 1, 2 * UInt32(random.int(0...700)))
            let expected = (last - probe) / 2 < HTTP2ClosedStreams.remembered ? model[probe] : nil
            #expect(closed.end(probe) == expected)
        }
    }

    @Test("A rate is counted within its span and starts anew after it")
    func countsRate() {
        var window = HTTP2RateWindow()
        for second in 1...3 as ClosedRange<UInt64> {
            for count in 1...5 {
                let isAdmitted = window.admit(limit: 4, spanNanos: 1_000, nowNanos: second * 1_000)
                #expect(isAdmitted == (count <= 4))
            }
        }
    }
}
