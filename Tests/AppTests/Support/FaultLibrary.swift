import Foundation
import TestSupport

/// Makes system calls of a program fail, with `Tests/Faults/faults.c` loaded into it.
enum FaultLibrary {
    /// A kind of call, in the order of the library's counters.
    enum Kind: String, CaseIterable, Sendable {
        case write, short, fsync, rename, open, connect

        var code: Int32 {
            switch self {
            case .write, .rename: ENOSPC
            case .fsync, .short: EIO
            case .open: EMFILE
            case .connect: ECONNREFUSED
            }
        }
    }

    /// Calls that fail: so many of one kind, from the n-th on.
    struct Fault: Sendable, CustomStringConvertible {
        var kind: Kind
        var number: Int
        var length = 1

        var description: String { "\(kind.rawValue) \(number)" + (length > 1 ? " and \(length - 1) more" : "") }
    }

    /// Nil where there is no compiler.
    static let compiler = Tool.path(of: "clang") ?? Tool.path(of: "cc")

    private static let folder = Result { try TemporaryDirectory("faults") }

    /// The built library.
    private static let library = Result {
        guard let compiler else { throw Absent(what: "a C compiler") }
        let library = try folder.get().file("faults.so")
        let source = "\(Places.packageRoot)/Tests/Faults/faults.c"
        let built = try ChildProcess.run(
            compiler, ["-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"])
        guard built.status == 0 else { throw Absent(what: "the library of faults: \(built.error)") }
        return library
    }

    /// What a program's environment needs for a fault below a folder, or to count calls. `counters` is a file for them.
    static func environment(_ fault: Fault?, below path: String, counters: String) throws -> [String: String] {
        _ = FileManager.default.createFile(atPath: counters, contents: Data(count: 8 * Kind.allCases.count))
        var environment = [
            "LD_PRELOAD": try library.get(), "FAULT_FOLDER": path, "FAULT_COUNTERS": counters,
        ]
        if let fault {
            environment["FAULT_KIND"] = fault.kind.rawValue
            environment["FAULT_NUMBER"] = "\(fault.number)"
            environment["FAULT_LENGTH"] = "\(fault.length)"
            environment["FAULT_ERRNO"] = "\(fault.kind.code)"
        }
        return environment
    }

    /// How many calls of each kind there were.
    static func counts(_ counters: String) -> [Kind: Int] {
        let bytes = FileManager.default.contents(atPath: counters) ?? Data()
        let numbers = bytes.withUnsafeBytes { buffer in
            (0..<(buffer.count / 8)).map {
                Int(clamping: buffer.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(Kind.allCases, numbers))
    }
}
