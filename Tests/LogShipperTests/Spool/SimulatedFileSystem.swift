import TestSupport

@testable import LogShipper

/// Files in memory that know what a loss of power leaves of them: what was synced, and any part of what was not.
final class SimulatedFileSystem: StateFileSystem {
    final class Node {
        var content: [UInt8] = []
        var synced: [UInt8] = []
    }

    private(set) var files: [String: Node] = [:]
    private var syncedFiles: [String: Node] = [:]
    private var directories: Set<String> = ["/"]
    private var syncedDirectories: Set<String> = ["/"]
    private var open: [Int32: Node] = [:]
    private var nextDescriptor: Int32 = 3
    /// Asked before every call that changes something; what it returns is thrown. A failing write leaves half of its bytes.
    var fault: (String) -> SystemError? = { _ in nil }
    private(set) var syncCount = 0

    var openCount: Int { open.count }
    var totalBytes: Int { files.values.reduce(0) { $0 + $1.content.count } }

    private func check(_ call: String, _ path: String) throws(SystemError) {
        if let error = fault(call) { throw error }
    }

    private func parent(_ path: String) -> String {
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(parent)"
    }

    func closeAll() { open = [:] }

    /// What is there after a loss of power, and everything that was open is closed.
    func crash(_ random: inout SeededGenerator) {
        open = [:]
        for directory in directories.symmetricDifference(syncedDirectories).sorted() where random.oneIn(2) {
            directories.formSymmetricDifference([directory])
        }
        for path in Set(files.keys).union(syncedFiles.keys).sorted() where files[path] !== syncedFiles[path] {
            if random.oneIn(2) { files[path] = syncedFiles[path] }
        }
        // What is in a directory that is gone is gone, too; parents come before children in this order.
        for directory in directories.sorted() where directory != "/" && !directories.contains(parent(directory)) {
            directories.remove(directory)
        }
        files = files.filter { directories.contains(parent($0.key)) }
        for path in files.keys.sorted() {
            guard let node = files[path], node.content != node.synced else { continue }
            node.content = torn(node, &random)
            node.synced = node.content
        }
        syncedFiles = files
        syncedDirectories = directories
    }

    private func torn(_ node: Node, _ random: inout SeededGenerator) -> [UInt8] {
        guard node.content.count > node.synced.count else { return random.oneIn(2) ? node.synced : node.content }
        var bytes = Array(node.content.prefix(random.int(node.synced.count...node.content.count)))
        // The length may have reached the disk without the bytes.
        let lost = random.int(node.synced.count...bytes.count)
        if random.oneIn(3) { for index in lost..<bytes.count { bytes[index] = 0 } }
        return bytes
    }

    func create(_ path: String) throws(SystemError) -> Int32 {
        try check("create", path)
        let node = Node()
        files[path] = node
        return descriptor(node)
    }

    func openForAppending(_ path: String) throws(SystemError) -> Int32 {
        try check("open", path)
        guard directories.contains(parent(path)) else { throw SystemError("open", path, code: 2) }
        let node = files[path] ?? Node()
        files[path] = node
        return descriptor(node)
    }

    private func descriptor(_ node: Node) -> Int32 {
        defer { nextDescriptor += 1 }
        open[nextDescriptor] = node
        return nextDescriptor
    }

    func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
        guard let node = open[descriptor] else { throw SystemError("write", "", code: 9) }
        do throws(SystemError) {
            try check("write", "")
        } catch {
            node.content += bytes.prefix(bytes.count / 2)
            throw error
        }
        node.content += bytes
    }

    func sync(_ descriptor: Int32) throws(SystemError) {
        try check("fsync", "")
        guard let node = open[descriptor] else { throw SystemError("fsync", "", code: 9) }
        node.synced = node.content
        syncCount += 1
    }

    func close(_ descriptor: Int32) { open[descriptor] = nil }

    func rename(_ from: String, to: String) throws(SystemError) {
        try check("rename", from)
        files[to] = files.removeValue(forKey: from)
    }

    func remove(_ path: String) throws(SystemError) {
        try check("unlink", path)
        files[path] = nil
    }

    func syncDirectory(_ path: String) throws(SystemError) {
        try check("fsync directory", path)
        guard directories.contains(path) else { throw SystemError("open", path, code: 2) }
        syncedFiles = syncedFiles.filter { parent($0.key) != path }
        for (name, node) in files where parent(name) == path { syncedFiles[name] = node }
        syncedDirectories = syncedDirectories.filter { $0 == "/" || parent($0) != path }
        syncedDirectories.formUnion(directories.filter { $0 != "/" && parent($0) == path })
    }

    func read(_ path: String) throws(SystemError) -> [UInt8]? { files[path]?.content }

    func lastByte(_ path: String) throws(SystemError) -> UInt8? { files[path]?.content.last }

    func makeDirectory(_ path: String) throws(SystemError) {
        try check("mkdir", path)
        guard directories.contains(parent(path)) else { throw SystemError("mkdir", path, code: 2) }
        directories.insert(path)
    }

    func names(in directory: String) throws(SystemError) -> [String]? {
        guard directories.contains(directory) else { return nil }
        let all = Array(files.keys) + directories.filter { $0 != "/" }
        return all.filter { parent($0) == directory }.compactMap { $0.split(separator: "/").last.map(String.init) }
            .sorted()
    }

    func removeDirectory(_ path: String) throws(SystemError) {
        try check("rmdir", path)
        guard try names(in: path)?.isEmpty ?? true else { throw SystemError("rmdir", path, code: 39) }
        directories.remove(path)
    }

    func truncate(_ path: String, to size: Int64) throws(SystemError) {
        try check("truncate", path)
        guard let node = files[path] else { throw SystemError("truncate", path, code: 2) }
        node.content = Array(node.content.prefix(Int(size)))
    }

    func openForReading(_ path: String) throws(SystemError) -> Int32? { files[path].map { descriptor($0) } }

    func size(_ descriptor: Int32) throws(SystemError) -> Int64 { Int64(open[descriptor]?.content.count ?? 0) }

    func read(_ descriptor: Int32, at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        Array((open[descriptor]?.content ?? []).dropFirst(Int(offset)).prefix(count))
    }
}
