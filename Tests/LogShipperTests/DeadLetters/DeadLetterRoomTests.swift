import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("Room for dead letters")
struct DeadLetterRoomTests {
    private static let line = String(repeating: "x", count: 700)

    private func file(
        _ directory: TemporaryDirectory, _ policy: DeadLetterLimits.Policy, keep: Int
    ) -> DeadLetterFile {
        var limits = DeadLetterLimits()
        limits.maxFileBytes = 3000
        limits.keptFiles = keep
        limits.policy = policy
        return DeadLetterFile(directory: directory.path, output: "x", limits: limits)
    }

    private func append(_ file: DeadLetterFile, _ number: Int, of tenant: String = "t") throws(SystemError) {
        let line = Array("\(number) \(Self.line)".utf8)
        let result = line.withUnsafeBytes { bytes in
            Result { () throws(SystemError) in
                try file.append(
                    DeadLetterFile.Letter(
                        tenant: tenant, path: "/p", offset: Int64(number), status: 400, reason: "r",
                        wallNanos: Int64(number), line: bytes))
            }
        }
        try result.get()
    }

    private func offsets(_ directory: TemporaryDirectory) throws -> [Int64] {
        try DeadLetterPaths(stateDirectory: directory.path, output: "x").all().flatMap { path in
            let reader = try DeadLetterReader(path)
            var offsets: [Int64] = []
            while let next = try reader.next() { offsets.append(next.letter.offset) }
            return offsets
        }
    }

    @Test("a full file makes room for a new one, and the order stays")
    func rotation() throws {
        let directory = try TemporaryDirectory("room")
        let file = file(directory, .block, keep: 10)
        for number in 0..<12 { try append(file, number) }
        #expect(try offsets(directory) == Array(0..<12))
        #expect(try DeadLetterPaths(stateDirectory: directory.path, output: "x").all().count == 4)
    }

    @Test(
        "block: when all files are full the next letter is refused, and is taken once there is room", arguments: [1, 3])
    func block(_ keep: Int) throws {
        let directory = try TemporaryDirectory("room")
        let file = file(directory, .block, keep: keep)
        for number in 0..<keep * 3 { try append(file, number, of: "t\(number)") }
        for _ in 0..<2 { #expect(throws: SystemError.self) { try append(file, 100) } }
        #expect(try offsets(directory) == Array(0..<Int64(keep * 3)))
        #expect(file.removedLetters == 0)
        let oldest = try #require(try DeadLetterPaths(stateDirectory: directory.path, output: "x").all().first)
        try FileManager.default.removeItem(atPath: oldest)
        try append(file, 100)
        #expect(try offsets(directory).last == 100)
    }

    @Test("block: a tenant gets no more than what is free beside it, also after a restart, and others find room")
    func shares() throws {
        let directory = try TemporaryDirectory("room")
        let first = file(directory, .block, keep: 8)
        var greedy = 0
        #expect(throws: SystemError.self) {
            for number in 0..<100 {
                try append(first, number)
                greedy += 1
            }
        }
        #expect((8...14).contains(greedy))
        let second = file(directory, .block, keep: 8)
        for _ in 0..<2 { #expect(throws: SystemError.self) { try append(second, 100) } }
        var other = 0
        #expect(throws: SystemError.self) {
            for number in 0..<100 {
                try append(second, number, of: "u")
                other += 1
            }
        }
        #expect((3...7).contains(other))
        for number in 0..<3 { try append(second, number, of: "v\(number)") }
        // What a replay takes away counts no more, also where a new file gets the number of one that is gone.
        let paths = DeadLetterPaths(stateDirectory: directory.path, output: "x")
        for path in try paths.all().prefix(3) { try FileManager.default.removeItem(atPath: path) }
        try append(second, 101)
        for path in try paths.all() { try FileManager.default.removeItem(atPath: path) }
        for number in 0..<12 { try append(second, number, of: "w\(number)") }
        for number in 0..<3 { try append(second, number) }
    }

    @Test("drop_oldest: the oldest file goes, and its letters are counted", arguments: [1, 3])
    func dropOldest(_ keep: Int) throws {
        let directory = try TemporaryDirectory("room")
        let file = file(directory, .dropOldest, keep: keep)
        for number in 0..<50 { try append(file, number) }
        let left = try offsets(directory)
        #expect(left == Array(Int64(50 - left.count)..<50))
        #expect(file.removedLetters + left.count == 50)
        #expect(try DeadLetterPaths(stateDirectory: directory.path, output: "x").all().count <= keep)
    }

    @Test("outputs whose names resemble each other's files have files of their own")
    func names() throws {
        let directory = try TemporaryDirectory("names")
        for output in ["a", "a.1", "a.jsonl", "a.jsonl.1"] {
            try directory.write("", to: "dead-letters.\(output).jsonl")
        }
        try directory.write("", to: "dead-letters.a.jsonl.17")
        for other in ["01", "-1", "x", "1.tmp"] { try directory.write("", to: "dead-letters.a.jsonl.\(other)") }
        let paths = DeadLetterPaths(stateDirectory: directory.path, output: "a")
        #expect(try paths.all() == [paths.rotated(17), paths.current])
    }
}
