#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A folder for what must survive a restart: the last configuration that was good, the last known cells.
struct StateFolder: Sendable {
    let path: String

    init(_ path: String) { self.path = path }

    /// The configuration file, as it was when it was last taken.
    static let configuration = "gateway.last-good.yaml"
    /// The remote governance centre's last answer that was understood.
    static let cells = "cells.last-good.json"

    func file(_ name: String) -> String { path + "/" + name }

    /// Puts a file in place as a whole, in a folder that is made if it isn't there; readable for the owner only, because
    /// a configuration may hold a token.
    ///
    /// - Throws: ``InvalidValue`` with the path and the reason.
    func keep(_ bytes: [UInt8], as name: String) throws(InvalidValue) {
        let temporary = file(name + ".new")
        var descriptor = Self.create(temporary)
        if descriptor < 0, errno == ENOENT, mkdir(path, 0o700) == 0 { descriptor = Self.create(temporary) }
        guard descriptor >= 0 else { throw Self.failure(temporary) }
        let isWritten = Self.write(bytes, to: descriptor) && fsync(descriptor) == 0
        let fault = Self.failure(temporary)
        close(descriptor)
        guard isWritten else { throw fault }
        guard rename(temporary, file(name)) == 0 else { throw Self.failure(file(name)) }
    }

    private static func create(_ path: String) -> Int32 { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var at = 0
        while at < bytes.count {
            let count = bytes.withUnsafeBytes {
                writeBytes(descriptor, $0.baseAddress.map { $0 + at }, bytes.count - at)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            at += count
        }
        return true
    }

    private static func failure(_ path: String) -> InvalidValue {
        InvalidValue("\(path): \(String(cString: strerror(errno)))")
    }
}

/// The system call, which the type's own `write` would hide.
private func writeBytes(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
