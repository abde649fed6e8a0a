import TestSupport
import Testing

@testable import LogShipper

/// A caller of the store as the reader is one: log files that lines are read from, a checkpoint, and a destination.
///
/// Line `n` of a tenant is a text that says so. What is not durably in the spool is read again after a crash.
final class SpoolHarness {
    struct Log {
        /// The number of the next line that is read.
        var next = 0
        /// The same as the checkpoint knows it.
        var saved = 0
        /// As far as blocks were synced.
        var synced = 0
        var delivered: [Int] = []
        /// Lines that a policy dropped, by their numbers where they are known.
        var dropped = 0
    }

    let system = SimulatedFileSystem()
    let limits: SpoolLimits
    var keyring: SpoolKeyring
    private(set) var store: SpoolStore
    private(set) var savedHeads: [String: SpoolHead] = [:]
    var logs: [String: Log] = [:]
    private(set) var lost: [String: SpoolAmount] = [:]
    private var seed: UInt64 = 0

    init(_ limits: SpoolLimits = SpoolLimits(), keyring: SpoolKeyring = SpoolKeyring(keys: [])) throws {
        self.limits = limits
        self.keyring = keyring
        store = SpoolStore(directory: "/spool", limits: limits, keyring: keyring, system: system)
        try reopen()
    }

    static func text(_ tenant: String, _ number: Int) -> String {
        "{\"tenant\":\"\(tenant)\",\"seq\":\(number),\"text\":\"\(String(number &* 2_654_435_761, radix: 36))\"}"
    }

    static func block(_ tenant: String, _ numbers: Range<Int>, wallNanos: Int64 = 7) -> SpoolBlock {
        let block = SpoolBlock(closedWallNanos: wallNanos)
        let source = block.index(
            of: SpoolSource(path: "/var/log/\(tenant).log", key: 12))
        for number in numbers {
            var line = text(tenant, number)
            line.withUTF8 {
                block.append(UnsafeRawBufferPointer($0), source: source, offset: Int64(number) * 100)
            }
        }
        return block
    }

    /// Reads some lines and spools them. What is full is dropped where the policy says so.
    func append(_ tenant: String, _ count: Int) -> SpoolAppend {
        let first = logs[tenant]?.next ?? 0
        let numbers = first..<(first + count)
        var result = store.append(Self.block(tenant, numbers), tenant: tenant)
        if case .full(let limit) = result {
            switch limits.whenFull {
            case .block: return result
            case .dropNewest: logs[tenant, default: Log()].dropped += count
            case .dropOldest:
                // Only what is durable can be given up: the rest is still the caller's.
                sync()
                if let drop = store.dropOldest(for: tenant, limit), checkpoint() {
                    logs[drop.tenant, default: Log()].dropped += Int(drop.amount.lines)
                    return append(tenant, count)
                }
                logs[tenant, default: Log()].dropped += count
                result = .stored
            }
        } else if result != .stored {
            return result
        }
        logs[tenant, default: Log()].next = numbers.upperBound
        return result
    }

    func sync() {
        let failures = store.sync()
        for tenant in logs.keys {
            // Lines that are not in the spool are read again.
            var log = logs[tenant] ?? Log()
            if failures[tenant] != nil { log.next = log.synced }
            log.synced = log.next
            logs[tenant] = log
        }
    }

    /// As the reader does it: sync, write, delete. Any step may be the last one before a crash.
    @discardableResult
    func checkpoint(save: Bool = true, delete: Bool = true) -> Bool {
        sync()
        let heads = store.heads()
        guard save else { return false }
        savedHeads = heads
        logs = logs.mapValues { log in
            var log = log
            log.saved = log.synced
            return log
        }
        if delete { store.checkpointed() }
        return true
    }

    func crash(_ random: inout SeededGenerator) throws {
        system.fault = { _ in nil }
        system.crash(&random)
        try reopen()
    }

    /// As after SIGKILL: everything that was written is in the page cache.
    func killAndReopen() throws {
        system.fault = { _ in nil }
        system.closeAll()
        try reopen()
    }

    func reopen() throws {
        logs = logs.mapValues { log in
            var log = log
            (log.next, log.synced) = (log.saved, log.saved)
            return log
        }
        store = SpoolStore(directory: "/spool", limits: limits, keyring: keyring, system: system)
        try store.open(savedHeads)
        takeLosses()
    }

    /// Hands out a tenant's next block and acknowledges it or a part of it. Returns false at the end.
    func deliver(_ tenant: String, lines limit: Int = .max) throws -> Bool {
        guard let frame = try store.next(tenant) else {
            takeLosses()
            return false
        }
        takeLosses()
        var numbers: [Int] = []
        frame.block.forEachLine { line, source, offset in
            let number = Int(offset / 100)
            #expect(line.elementsEqual(Self.text(tenant, number).utf8))
            #expect(frame.block.sources[source].path == "/var/log/\(tenant).log")
            numbers.append(number)
        }
        #expect(frame.end.lines - frame.start.lines == UInt64(numbers.count))
        let count = min(limit, numbers.count)
        logs[tenant, default: Log()].delivered += numbers.prefix(count)
        store.acknowledge(tenant, to: frame.start.advanced(by: frame.block.amount(ofFirst: count)))
        if count < numbers.count { store.moveCursor(tenant, to: frame.position.mark) }
        return true
    }

    func drain() throws {
        for tenant in logs.keys.sorted() { while try deliver(tenant) {} }
    }

    private func takeLosses() {
        for (tenant, amount) in store.takeLosses() { lost[tenant, default: .zero] += amount }
    }
}
