import TestSupport

@testable import LogShipper

/// Real files without the cost of syncing them. Calls may fail at random, or the process may die at one of them: from
/// then on nothing has an effect any more.
final class ModelFileSystem: StateFileSystem, @unchecked Sendable {
    private let real = PosixStateFileSystem()
    private var generator: SeededGenerator
    /// One call in so many fails; 0 for none.
    var failsOneIn = 0
    /// After how many calls the process dies; nil for never.
    var callsToLive: Int?
    /// How many calls have failed.
    private(set) var failures = 0
    var isDead: Bool { callsToLive == 0 }

    init(_ generator: SeededGenerator) { self.generator = generator }

    /// Whether a call that changes something takes place.
    private func pass(_ call: String) throws(SystemError) {
        if isDead { throw SystemError(call, "dead", code: 5) }
        if let left = callsToLive { callsToLive = left - 1 }
        guard failsOneIn > 0, generator.oneIn(failsOneIn) else { return }
        failures += 1
        throw SystemError(call, "model", code: generator.oneIn(2) ? 28 : 5)
    }

    func create(_ path: String) throws(SystemError) -> Int32 {
        try pass("create")
        return try real.create(path)
    }

    func openForAppending(_ path: String) throws(SystemError) -> Int32 {
        try pass("open")
        return try real.openForAppending(path)
    }

    func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
        do throws(SystemError) {
            try pass("write")
        } catch {
            // A part of it got through.
            if !isDead { try real.write(descriptor, Array(bytes.prefix(generator.int(0...bytes.count)))) }
            throw error
        }
        guard !isDead else {
            // The last call of all.
            return try real.write(descriptor, Array(bytes.prefix(generator.int(0...bytes.count))))
        }
        try real.write(descriptor, bytes)
    }

    func sync(_ descriptor: Int32) throws(SystemError) { try pass("fsync") }

    func close(_ descriptor: Int32) { real.close(descriptor) }

    func rename(_ from: String, to: String) throws(SystemError) {
        try pass("rename")
        try real.rename(from, to: to)
    }

    func remove(_ path: String) throws(SystemError) {
        try pass("unlink")
        try real.remove(path)
    }

    func syncDirectory(_ path: String) throws(SystemError) { try pass("fsync") }

    func read(_ path: String) throws(SystemError) -> [UInt8]? { try real.read(path) }

    func lastByte(_ path: String) throws(SystemError) -> UInt8? { try real.lastByte(path) }

    func makeDirectory(_ path: String) throws(SystemError) {
        try pass("mkdir")
        try real.makeDirectory(path)
    }

    func names(in directory: String) throws(SystemError) -> [String]? { try real.names(in: directory) }

    func removeDirectory(_ path: String) throws(SystemError) {
        try pass("rmdir")
        try real.removeDirectory(path)
    }

    func truncate(_ path: String, to size: Int64) throws(SystemError) {
        try pass("truncate")
        try real.truncate(path, to: size)
    }

    func openForReading(_ path: String) throws(SystemError) -> Int32? { try real.openForReading(path) }

    func size(_ descriptor: Int32) throws(SystemError) -> Int64 { try real.size(descriptor) }

    func read(_ descriptor: Int32, at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        try real.read(descriptor, at: offset, count: count)
    }
}
