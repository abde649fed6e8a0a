import Foundation

/// A new empty folder that is removed with everything in it when the value goes away.
public final class TemporaryDirectory: Sendable {
    /// The folder's absolute path, without a trailing slash.
    public let path: String

    /// Makes the folder.
    public init(_ name: String = "gatehouse") throws {
        let base = FileManager.default.temporaryDirectory.path
        path = "\(base.hasSuffix("/") ? String(base.dropLast()) : base)/\(name)-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A path inside.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file inside and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    /// Writes a file of bytes inside and returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let target = file(name)
        let folder = (target as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: target))
        return target
    }

    /// A file's text; empty when it doesn't exist.
    public func text(_ name: String) -> String {
        (FileManager.default.contents(atPath: file(name))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
