#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The files that this program writes: its state, its archives, and its messages where stdout or stderr is a file. Whoever
/// reads them as logs writes more of them by it.
struct OwnFiles: Sendable, Equatable {
    /// With a slash at the end, as configured and without links.
    private let states: Set<String>
    private let archives: Set<String>
    private let messages: Set<FileIdentity>
    /// What stands in a state directory, which may hold other files, too.
    private static let names: Set<Substring> = [
        "lock", "outputs", "replay", "spool", "checkpoint.0", "checkpoint.1", "checkpoint.tmp",
    ]

    init(_ configuration: ShipperConfiguration, descriptors: [Int32] = [STDOUT_FILENO, STDERR_FILENO]) {
        states = OwnFiles.names(of: configuration.stateDirectory)
        archives = Set(
            configuration.outputs.filter { $0.type == .file }.flatMap { OwnFiles.names(of: $0.file.directory) })
        messages = Set(descriptors.compactMap { FileShell.identity(of: $0) })
    }

    private static func names(of directory: String) -> Set<String> {
        guard let real = realpath(directory, nil) else { return ["\(directory)/"] }
        defer { free(real) }
        return ["\(directory)/", "\(String(cString: real))/"]
    }

    func contains(_ file: Sighting) -> Bool {
        if messages.contains(file.identity) || archives.contains(where: file.path.hasPrefix) { return true }
        guard let state = states.first(where: file.path.hasPrefix) else { return false }
        let name = file.path.dropFirst(state.count).prefix { $0 != "/" }
        return OwnFiles.names.contains(name) || name.hasPrefix("dead-letters.")
    }
}
