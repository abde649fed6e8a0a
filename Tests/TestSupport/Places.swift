import Foundation

/// Where a test finds what isn't part of the test itself.
public enum Places {
    /// The package's root.
    public static let packageRoot: String = {
        var url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()
}

/// Cases that nobody on this project wrote; they lie beside a checkout or where `CONFORMANCE_DIR` says.
public enum Conformance {
    /// The folder, or nil where it is absent. A test that needs it uses `.enabled(if: Conformance.isPresent)`.
    public static let directory: String? = {
        let environment = ProcessInfo.processInfo.environment["CONFORMANCE_DIR"]
        let candidates = [environment, "\(Places.packageRoot)/../shared/conformance"].compactMap { $0 }
        return candidates.first { FileManager.default.fileExists(atPath: $0) }
    }()

    /// Whether the cases are there.
    public static var isPresent: Bool { directory != nil }

    /// What a skipped test says.
    public static let absence = "the conformance cases are absent: set CONFORMANCE_DIR"

    /// A file's bytes.
    public static func bytes(_ name: String) throws -> [UInt8] {
        guard let directory else { throw Absent(what: absence) }
        return Array(try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name)")))
    }

    /// The names in a folder, sorted.
    public static func names(in folder: String) throws -> [String] {
        guard let directory else { throw Absent(what: absence) }
        return try FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(folder)").sorted()
    }
}

/// Something a test needs isn't there.
public struct Absent: Error, CustomStringConvertible {
    /// What is missing.
    public let what: String
    /// The same, as the error's text.
    public var description: String { what }

    /// Creates the error.
    public init(what: String) { self.what = what }
}

/// A program of the system, such as promtool or nginx.
public enum Tool {
    /// The program's path, or nil where it isn't installed. `.enabled(if: Tool.path(of: "promtool") != nil)`.
    public static func path(of name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// A program of this package, in the folder the tests were built into.
    public static func product(_ name: String) -> String? {
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var folder = URL(fileURLWithPath: executable).deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appendingPathComponent(name).path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        let fallback = "\(Places.packageRoot)/.build/debug/\(name)"
        return FileManager.default.isExecutableFile(atPath: fallback) ? fallback : nil
    }
}
