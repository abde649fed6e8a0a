import TestSupport
import Testing

@testable import Gateway

@Suite struct DeadlineScannerTests {
    private final class Entry: DeadlineEntry {
        var fired: [Int64] = []
        override func deadlinePassed(now: Int64) { fired.append(now) }
    }

    @Test func `a deadline fires once, within a turn of the wheel after it has passed`() {
        let scanner = DeadlineScanner()
        let entries = (0..<100).map { _ in Entry() }
        for (index, entry) in entries.enumerated() {
            entry.deadlineNanos = Int64(index)
            scanner.add(entry)
            scanner.add(entry)
        }
        #expect(scanner.count == 100)
        for now in Int64(0)..<200 { scanner.tick(now: now) }
        for (index, entry) in entries.enumerated() {
            #expect(entry.fired.count == 1)
            #expect(entry.fired.allSatisfy { ($0 - Int64(index)) < 8 && $0 >= Int64(index) })
        }
    }

    @Test func `a prompt deadline fires with the next tick, for as long as it is prompt`() {
        let scanner = DeadlineScanner()
        let entries = (0..<20).map { _ in Entry() }
        for entry in entries { scanner.add(entry, isPrompt: true) }
        for (index, entry) in entries.enumerated() where index % 2 == 1 { scanner.change(entry, isPrompt: false) }
        for entry in entries { entry.deadlineNanos = 5 }
        for now in Int64(0)..<20 { scanner.tick(now: now) }
        #expect(entries.allSatisfy { $0.fired.count == 1 })
        for (index, entry) in entries.enumerated() where index % 2 == 0 { #expect(entry.fired == [5]) }
        #expect(entries.contains { $0.fired != [5] })
        for entry in entries {
            scanner.change(entry, isPrompt: true)
            entry.deadlineNanos = 30
        }
        scanner.tick(now: 30)
        #expect(entries.allSatisfy { $0.fired.last == 30 })
        for entry in entries { scanner.remove(entry) }
        #expect(scanner.count == 0)
    }

    @Test func `what was removed does not fire, in any order of removals`() {
        var random = SeededGenerator.forTest(seed: 3)
        let scanner = DeadlineScanner()
        var inside: [Entry] = []
        var outside: [Entry] = []
        for _ in 0..<2_000 {
            if inside.isEmpty || random.oneIn(2) {
                let entry = Entry()
                entry.deadlineNanos = 5
                scanner.add(entry)
                inside.append(entry)
            } else {
                let entry = inside.remove(at: random.int(0...inside.count - 1))
                scanner.remove(entry)
                scanner.remove(entry)
                outside.append(entry)
            }
        }
        #expect(scanner.count == inside.count)
        for _ in 0..<8 { scanner.tick(now: 10) }
        #expect(inside.allSatisfy { $0.fired.count == 1 })
        #expect(outside.allSatisfy { $0.fired.isEmpty })
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
    ])
    func `dates have the form of RFC 9110`(seconds: Int, text: String) {
        #expect(HTTPDate.format(Int64(seconds)) == Array(text.utf8))
    }
}
