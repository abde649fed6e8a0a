import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("When the globs are looked at")
struct LookRhythmTests {
    private static let second: Int64 = 1_000_000_000
    private static let milli: Int64 = 1_000_000

    private func due(
        costs: [Int64], quiet: [Bool], rescan: Int64 = second, needsLook: Bool = false
    ) -> Int64 {
        var rhythm = LookRhythm(inputs: costs.count)
        rhythm.asked(nowNanos: 100 * Self.second)
        for (input, cost) in costs.enumerated() {
            rhythm.looked(input: input, costNanos: cost, isQuiet: quiet[input])
        }
        return rhythm.dueNanos(rescan, needsLook: needsLook) - 100 * Self.second
    }

    @Test("looks that cost little, or that inotify cannot replace, come every rescan")
    func usual() {
        #expect(LookRhythm(inputs: 1).dueNanos(Self.second, needsLook: false) < 0)
        #expect(due(costs: [0], quiet: [true], rescan: 2 * Self.second) == 2 * Self.second)
        #expect(due(costs: [30 * Self.milli], quiet: [false]) == Self.second)
        #expect(due(costs: [30 * Self.milli, 0], quiet: [true, false]) == Self.second)
        var unanswered = LookRhythm(inputs: 1)
        unanswered.looked(input: 0, costNanos: 30 * Self.milli, isQuiet: true)
        unanswered.asked(nowNanos: 0)
        #expect(unanswered.dueNanos(Self.second, needsLook: false) == Self.second)
    }

    @Test("while nothing happens looks take a ten-thousandth of a core, but they come")
    func quiet() {
        // A fifth of a millisecond comes on top for each look: the threads that wake up for it.
        #expect(due(costs: [Self.milli / 2], quiet: [true]) == 7 * Self.second)
        #expect(due(costs: [Self.milli / 2, Self.milli / 10 * 7], quiet: [true, true]) == 16 * Self.second)
        #expect(due(costs: [.max, .max / 2], quiet: [true, true]) == 30 * Self.second)
        #expect(due(costs: [5 * Self.milli], quiet: [true], rescan: 20 * Self.milli) == 600 * Self.milli)
    }

    @Test("what inotify tells makes the next look earlier, but not so that looks take all the time")
    func hints() {
        #expect(due(costs: [0], quiet: [true], needsLook: true) == 20 * Self.milli)
        #expect(due(costs: [30 * Self.milli], quiet: [true], needsLook: true) == 300 * Self.milli)
        #expect(due(costs: [Self.second], quiet: [false], needsLook: true) == Self.second)
    }

    @Test("links, files with several names and links in the path are what inotify may not tell of")
    func blindSpots() throws {
        let directory = try TemporaryDirectory("look")
        let manager = FileManager.default
        try manager.createDirectory(atPath: directory.file("d"), withIntermediateDirectories: true)
        try directory.write("x\n", to: "d/a.log")
        func look(_ path: String) -> PathPattern.Look {
            PathPattern(paths: [directory.file(path)], exclude: []).look()
        }
        for path in ["d/*.log", "*/a.log", "d/a.log", "**"] {
            #expect(!look(path).hasBlindSpots && look(path).files.count == 1, "\(path)")
        }
        try manager.createSymbolicLink(atPath: directory.file("l"), withDestinationPath: directory.file("d"))
        for path in ["l/a.log", "l/*.log", "*/a.log"] { #expect(look(path).hasBlindSpots, "\(path)") }
        #expect(!look("d/*.log").hasBlindSpots)
        try manager.createSymbolicLink(
            atPath: directory.file("d/b.log"), withDestinationPath: directory.file("d/a.log"))
        #expect(look("d/*.log").hasBlindSpots && look("d/b.log").hasBlindSpots && !look("d/a.log").hasBlindSpots)
        try manager.removeItem(atPath: directory.file("d/b.log"))
        try manager.linkItem(atPath: directory.file("d/a.log"), toPath: directory.file("d/c.txt"))
        #expect(look("d/*.log").hasBlindSpots)
    }

    @Test("a directory is watched for good once it was watched before the look")
    func watched() throws {
        let directory = try TemporaryDirectory("look")
        let watch = DirectoryWatch()
        guard watch.descriptor >= 0 else { return }
        #expect(!watch.watch(directory.path))
        #expect(watch.watch(directory.path))
        #expect(!watch.watch(directory.file("absent")))
        try directory.write("", to: "x")
        #expect(watch.takeHints().needsScan)
        #expect(!DirectoryWatch(descriptor: -1).watch(directory.path))
    }
}
