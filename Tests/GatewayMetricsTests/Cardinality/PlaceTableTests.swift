import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Places under a bounded label")
struct PlaceTableTests {
    private static let minute: UInt64 = 60_000_000_000

    private func table(provisioned: [String] = [], places: Int, frozen: Int? = nil) -> PlaceTable {
        var policy = LabelPolicy(provisioned: provisioned, places: places, frozenPlaces: frozen)
        policy.counters = 64
        policy.windowNanos = Self.minute
        return PlaceTable(policy.clamped, nowNanos: 0)
    }

    /// All places taken by `t0`, `t1`, …, each with `busy` requests in each of the last windows.
    private func fullTable(places: Int, frozen: Int? = nil, busy: Int) -> PlaceTable {
        var table = table(places: places, frozen: frozen)
        for number in 0..<places { table.requests("t\(number)", times: 200) }
        for window in 1...3 {
            table.advance(to: UInt64(window) * Self.minute)
            for number in 0..<places { table.requests("t\(number)", times: busy) }
        }
        #expect(table.placed == places && table.brokenInvariant == nil)
        return table
    }

    @Test("provisioned values always count by name, whatever else comes")
    func provisioned() throws {
        var table = table(provisioned: ["a", "b", "a", "_other", ""], places: 2)
        for number in 0..<100 { table.requests("x\(number)", times: 150) }
        let seat = try #require(table.find("b"))
        #expect(table.request("b") == seat && table.seats[seat].state == .fixed)
        #expect(table.policy.provisioned == ["a", "b"] && table.brokenInvariant == nil)
    }

    @Test("a new value gets a place at once while fewer than half are taken")
    func open() {
        var table = table(places: 10)
        for number in 0..<20 { _ = table.request("t\(number)") }
        #expect(table.placed == 5 && table.state("t4") == .placed && table.state("t5") == nil)
        #expect(self.table(places: 1).isOpen && !self.table(places: 0).isOpen)
    }

    @Test("after that it takes 100 guaranteed requests in one window")
    func guaranteed() {
        var table = table(places: 2)
        _ = table.request("first")
        #expect(table.requests("second", times: 99) == LabelPlace.other.index)
        table.advance(to: Self.minute)
        #expect(table.requests("second", times: 99) == LabelPlace.other.index)
        #expect(table.request("second") > LabelPlace.none.index && table.state("second") == .placed)
        #expect(table.brokenInvariant == nil)
    }

    @Test("no place ever fills without places")
    func noPlaces() {
        var table = table(provisioned: ["p"], places: 0)
        #expect(table.requests("x", times: 1000) == LabelPlace.other.index)
        #expect(table.brokenInvariant == nil && table.policy.valueBound == 3)
    }

    @Test("a busier value takes the place of the least busy one, with a margin over its better window")
    func replacement() {
        var table = fullTable(places: 4, busy: 400)
        table.requests("t2", times: 100)
        for name in ["t0", "t1", "t3"] { table.requests(name, times: 400) }
        // t2 is the least busy with 500 in this window; 625 are asked for.
        #expect(table.requests("new", times: 624) == LabelPlace.other.index)
        #expect(table.requests("new", times: 1) != LabelPlace.other.index)
        #expect(table.state("t2") == .frozen && table.state("new") == .placed && table.frozen == 1)
        #expect(table.brokenInvariant == nil)
    }

    @Test("a window that has just begun makes nobody look idle")
    func betterWindow() {
        var table = fullTable(places: 4, busy: 400)
        table.advance(to: 4 * Self.minute)
        #expect(table.requests("burst", times: 499) == LabelPlace.other.index)
        // Two windows without a request do.
        table.advance(to: 6 * Self.minute)
        #expect(table.requests("burst", times: 100) != LabelPlace.other.index)
    }

    @Test("two values of equal traffic do not take turns")
    func noFlapping() {
        var random = SeededGenerator.forTest(seed: 21)
        var table = table(places: 2)
        var changes: [String] = []
        for window in 1...200 {
            table.advance(to: UInt64(window) * Self.minute)
            for _ in 0..<900 {
                let name = "t\(random.int(0...2))"
                if table.request(name) != 0, changes.last != name, table.state(name) == .placed { changes.append(name) }
            }
        }
        // Three values share two places: the third never gets one, in 200 windows.
        #expect(table.frozen == 0 && table.changes.count == 2)
        #expect(table.brokenInvariant == nil)
    }

    @Test("a placed value stays for a whole window at least")
    func minimumStay() {
        var table = table(places: 1)
        _ = table.request("small")
        #expect(table.requests("big", times: 5000) == LabelPlace.other.index)
        table.advance(to: Self.minute)
        #expect(table.requests("big", times: 5000) == LabelPlace.other.index)
        table.advance(to: 2 * Self.minute)
        #expect(table.requests("big", times: 100) != LabelPlace.other.index && table.state("small") == .frozen)
    }

    @Test("while too many are frozen nobody is demoted; afterwards their seats can be had, under a new generation")
    func frozenPlaces() throws {
        var table = fullTable(places: 4, frozen: 1, busy: 10)
        table.advance(to: 6 * Self.minute)
        table.requests("new", times: 100)
        let leaving = try #require((0...3).first { table.state("t\($0)") == .frozen })
        let seat = try #require(table.find("t\(leaving)"))
        #expect(table.requests("late", times: 5000) == LabelPlace.other.index && table.refusedDemotions > 0)
        #expect(table.takeDue(at: 65 * Self.minute).isEmpty)
        let due = table.takeDue(at: 66 * Self.minute)
        #expect(due.map(\.text) == ["t\(leaving)"] && table.state("t\(leaving)") == .vanishing)
        // Its series are being removed: it cannot come back now.
        #expect(table.requests("t\(leaving)", times: 500) == LabelPlace.other.index && table.brokenInvariant == nil)
        table.leave(seat)
        let before = table.place(seat)
        #expect(table.text(of: before) == nil)
        #expect(table.requests("late", times: 100) == seat && table.place(seat) != before)
        #expect(table.text(of: before) == nil && table.text(of: table.place(seat)) == "late")
        #expect(table.brokenInvariant == nil)
    }

    @Test("a value that earns a place again within the hour goes on with its own seat, even when all are frozen")
    func comeback() throws {
        var table = fullTable(places: 4, frozen: 1, busy: 10)
        table.advance(to: 6 * Self.minute)
        table.requests("new", times: 100)
        let leaving = try #require((0...3).first { table.state("t\($0)") == .frozen })
        let seat = try #require(table.find("t\(leaving)"))
        let place = table.place(seat)
        table.advance(to: 60 * Self.minute)
        #expect(table.requests("t\(leaving)", times: 100) == seat && table.place(seat) == place)
        #expect(table.frozen == 1 && table.state("t\(leaving)") == .placed && table.brokenInvariant == nil)
        // It is not due any more.
        let due = table.takeDue(at: 67 * Self.minute).map(\.text)
        #expect(!due.contains("t\(leaving)"))
    }

    @Test("bytes that are no text never get a place, so that two of them cannot meet in one series")
    func invalidText() {
        var table = table(places: 4)
        for _ in 0..<300 {
            let bytes: [UInt8] = [0x61, 0xff]
            let seat = bytes.withUnsafeBytes { table.request($0, 7, 1) }
            #expect(seat == LabelPlace.other.index)
        }
        #expect(table.requests("größe", times: 1) != LabelPlace.other.index)
        #expect(table.brokenInvariant == nil)
    }

    @Test("whatever comes: at most the bound of values, a seat for one value at a time, and the structure holds")
    func anySequence() {
        var random = SeededGenerator.forTest(seed: 77)
        for _ in 0..<20 {
            let places = random.int(0...12)
            var table = table(provisioned: ["p", "q"], places: places, frozen: random.int(0...6))
            var owners: [LabelPlace: String] = [:]
            var now: UInt64 = 0
            for step in 0..<4000 {
                let name = random.oneIn(3) ? "r\(random.int(0...9999))" : "t\(random.int(0...30))"
                let seat = table.request(name, UInt32(random.oneIn(20) ? random.int(1...900) : 1))
                if seat > LabelPlace.none.index {
                    let place = table.place(seat)
                    #expect(owners[place] == nil || owners[place] == name)
                    owners[place] = name
                    #expect(table.text(of: place) == name)
                }
                if random.oneIn(30) { now += UInt64(random.int(0...200)) * 1_000_000_000 }
                table.advance(to: now)
                if random.oneIn(200) { now += 3_700 * 1_000_000_000 }
                if random.oneIn(50) { for leaver in table.takeDue(at: now) { table.leave(leaver.seat) } }
                if step % 200 == 0 { #expect(table.brokenInvariant == nil) }
                #expect(table.seats.count { $0.state != .free } <= table.policy.valueBound)
            }
            #expect(table.brokenInvariant == nil)
        }
    }
}
