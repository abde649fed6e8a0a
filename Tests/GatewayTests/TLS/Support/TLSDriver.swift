import Foundation
import TestSupport

@testable import Gateway

/// Drives one session against another process: waits where the session wants to, at most ten seconds a time.
struct TLSDriver {
    let session: TLSSession
    let descriptor: Int32

    /// Nil when done, else why not.
    func handshake() -> TLSFailure? {
        while true {
            switch session.handshake() {
            case .done: return nil
            case .wantsRead: guard wait(POLLIN) else { return nil }
            case .wantsWrite: guard wait(POLLOUT) else { return nil }
            case .failed(let failure): return failure
            }
        }
    }

    /// Everything until a mark or the end, and how it ended.
    func receive(until mark: String? = nil) -> (text: String, end: TLSReadResult) {
        var text = ""
        while mark.map({ !text.contains($0) }) ?? true {
            var buffer = [UInt8](repeating: 0, count: 16_384)
            let result = buffer.withUnsafeMutableBytes { session.read(into: $0) }
            switch result {
            case .bytes(let count): text += String(decoding: buffer[..<count], as: UTF8.self)
            case .wantsRead: guard wait(POLLIN) else { return (text, result) }
            case .wantsWrite: guard wait(POLLOUT) else { return (text, result) }
            case .closed, .truncated, .failed: return (text, result)
            }
        }
        return (text, .bytes(0))
    }

    /// All of a short text.
    func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            switch session.send(Array(bytes[sent...])) {
            case .bytes(let count): sent += count
            case .wantsWrite: guard wait(POLLOUT) else { return false }
            case .wantsRead: guard wait(POLLIN) else { return false }
            case .closed, .failed: return false
            }
        }
        return true
    }

    private func wait(_ event: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        return poll(&entry, 1, 10_000) == 1
    }

    /// The next connection of a listener, or nil after ten seconds.
    static func accept(_ listener: Int32) -> Int32? {
        var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 10_000) == 1 else { return nil }
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        SocketPair.unblock(descriptor)
        return descriptor
    }
}
