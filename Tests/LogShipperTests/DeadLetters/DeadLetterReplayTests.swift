import Foundation
import Locking
import Synchronization
import TestSupport
import Testing

@testable import LogShipper

@Suite("Giving dead letters back")
struct DeadLetterReplayTests {
    private static let tenants = ["a", "b", "c"]

    private struct Place {
        let directory: TemporaryDirectory
        let paths: DeadLetterPaths
    }

    /// Three letters in the current file and three in a full one, of three tenants.
    private func prepare() throws -> Place {
        let directory = try TemporaryDirectory("replay")
        let paths = DeadLetterPaths(stateDirectory: directory.path, output: "out")
        for (place, path) in ["dead-letters.out.jsonl.5", "dead-letters.out.jsonl"].enumerated() {
            let letters = Self.tenants.map { DeadLetterTests.letter("\($0)\(place)", tenant: $0).encoded() }
            try directory.write(String(decoding: letters.joined(), as: UTF8.self), to: path)
        }
        return Place(directory: directory, paths: paths)
    }

    private func lines(_ paths: [String]) throws -> [String] {
        try paths.flatMap { path in
            let reader = try DeadLetterReader(path)
            var lines: [String] = []
            while let next = try reader.next() { lines.append(String(decoding: next.letter.line, as: UTF8.self)) }
            return lines
        }
    }

    private func returned(_ paths: DeadLetterPaths) throws -> [String] {
        try lines(
            try FileLock.names(in: paths.replayDirectory).filter { $0.hasSuffix(DeadLetterPaths.replaySuffix) }.sorted()
                .map { "\(paths.replayDirectory)/\($0)" })
    }

    @Test("all letters go back, the oldest first, and a second time there are none")
    func all() throws {
        let place = try prepare()
        #expect(try DeadLetterReplay(paths: place.paths).rehearse() == .init(files: 2, letters: 6))
        #expect(try returned(place.paths).isEmpty)
        #expect(try DeadLetterReplay(paths: place.paths).run() == .init(files: 2, letters: 6))
        #expect(try returned(place.paths) == ["a0", "b0", "c0", "a1", "b1", "c1"])
        #expect(try place.paths.all().isEmpty)
        #expect(try DeadLetterReplay(paths: place.paths).run() == .init())
    }

    @Test("one tenant's letters go back, the others stay letters")
    func tenant() throws {
        let place = try prepare()
        let replay = DeadLetterReplay(paths: place.paths, tenant: "b")
        #expect(try replay.rehearse() == .init(files: 2, letters: 2, kept: 4))
        #expect(try replay.run() == .init(files: 2, letters: 2, kept: 4))
        #expect(try returned(place.paths) == ["b0", "b1"])
        #expect(try lines(place.paths.all()).sorted() == ["a0", "a1", "c0", "c1"])
        #expect(try DeadLetterReplay(paths: place.paths, tenant: "nobody").run() == .init(kept: 4))
        #expect(
            try FileLock.names(in: place.paths.replayDirectory).filter { !$0.hasSuffix(".letters") && $0 != "lock" }
                .sorted()
                == [".", ".."])
    }

    @Test("whichever call fails, every letter is in one place, and running it again goes on", arguments: [nil, "b"])
    func faults(_ tenant: String?) throws {
        var failingCall = 0
        var didFail = true
        while didFail {
            failingCall += 1
            let place = try prepare()
            let system = FaultyFileSystem(failingCall: failingCall)
            _ = try? DeadLetterReplay(paths: place.paths, tenant: tenant, system: system).run()
            didFail = system.didFail
            let early = try returned(place.paths)
            _ = try DeadLetterReplay(paths: place.paths, tenant: tenant).run()
            let back = try returned(place.paths)
            let all = back + (try lines(place.paths.all()))
            #expect(all.sorted() == ["a0", "a1", "b0", "b1", "c0", "c1"], "call \(failingCall)")
            #expect(back.count == (tenant == nil ? 6 : 2), "call \(failingCall)")
            #expect(early.allSatisfy { back.contains($0) })
        }
        #expect(failingCall > (tenant == nil ? 5 : 15))
    }

    @Test("a letter does not wait for a replay that has the file: it is an error, and fine afterwards")
    func held() throws {
        let directory = try TemporaryDirectory("held")
        let file = DeadLetterFile(directory: directory.path, output: "out")
        func append() throws {
            try Array("x".utf8).withUnsafeBytes { bytes in
                try file.append(
                    DeadLetterFile.Letter(
                        tenant: "a", path: "/p", offset: 0, status: 400, reason: "r", wallNanos: 1, line: bytes))
            }
        }
        try append()
        let replay = OpenDescriptor(try PosixStateFileSystem().openForAppending(file.path))
        try FileLock.lock(replay.number, file.path)
        #expect(throws: SystemError.self) { try append() }
        FileLock.unlock(replay.number)
        try append()
        let paths = DeadLetterPaths(stateDirectory: directory.path, output: "out")
        #expect(try DeadLetterReplay(paths: paths).rehearse().letters == 2)
    }

    @Test("letters that are written while others are given back are neither lost nor doubled")
    func race() throws {
        let directory = try TemporaryDirectory("race")
        let paths = DeadLetterPaths(stateDirectory: directory.path, output: "out")
        var limits = DeadLetterLimits()
        limits.maxFileBytes = 2000
        limits.keptFiles = 1000
        let file = DeadLetterFile(directory: directory.path, output: "out", limits: limits)
        let isDone = Atomic<Bool>(false)
        let thread = try PlatformThread(name: "replay") {
            var turn = 0
            while !isDone.load(ordering: .acquiring) {
                turn += 1
                _ = try? DeadLetterReplay(paths: paths, tenant: turn.isMultiple(of: 2) ? nil : "a").run()
            }
        }
        for number in 0..<300 {
            let line = Array("\(number)".utf8)
            let isWritten = line.withUnsafeBytes { bytes in
                let letter = DeadLetterFile.Letter(
                    tenant: Self.tenants[number % 3], path: "/p", offset: 0, status: 400, reason: "r", wallNanos: 1,
                    line: bytes)
                // While the replay has the file nothing is written, and nobody waits.
                return eventually(every: 0.001) { (try? file.append(letter)) != nil }
            }
            #expect(isWritten)
        }
        isDone.store(true, ordering: .releasing)
        thread.join()
        _ = try DeadLetterReplay(paths: paths).run()
        #expect(try returned(paths).compactMap { Int($0) }.sorted() == Array(0..<300))
        #expect(try paths.all().isEmpty)
    }
}
