/// Keeps the last two checkpoints in `checkpoint.0` and `checkpoint.1`, by turns.
///
/// A save writes a temporary file, syncs it, renames it over the older generation and syncs the directory. Whatever call
/// fails or wherever the power goes, the newer generation stays untouched.
final class CheckpointStore {
    struct Loaded: Equatable {
        var checkpoint: Checkpoint?
        /// Generations that were there but damaged.
        var corruptGenerations = 0
    }

    private let directory: String
    private let system: any StateFileSystem
    private(set) var sequence: UInt64 = 0

    init(directory: String, system: any StateFileSystem = PosixStateFileSystem()) {
        self.directory = directory
        self.system = system
    }

    /// The newest valid generation. A version from the future is an error, because starting over would send all again.
    func load() throws -> Loaded {
        var loaded = Loaded()
        for generation in 0...1 {
            guard let bytes = try system.read(path(generation)) else { continue }
            if let checkpoint = try CheckpointStore.decode(bytes) {
                if checkpoint.sequence >= loaded.checkpoint?.sequence ?? 0 { loaded.checkpoint = checkpoint }
            } else {
                loaded.corruptGenerations += 1
            }
        }
        sequence = loaded.checkpoint?.sequence ?? 0
        return loaded
    }

    /// Nil for a damaged one.
    private static func decode(_ bytes: [UInt8]) throws(CheckpointError) -> Checkpoint? {
        do throws(CheckpointError) {
            return try CheckpointCodec.decode(bytes)
        } catch {
            if case .foreignVersion = error { throw error }
            return nil
        }
    }

    /// Saves under the next sequence number.
    func save(_ checkpoint: Checkpoint) throws(SystemError) {
        var checkpoint = checkpoint
        checkpoint.sequence = sequence &+ 1
        let temporary = "\(directory)/checkpoint.tmp"
        let descriptor = try system.create(temporary)
        do throws(SystemError) {
            try system.write(descriptor, CheckpointCodec.encode(checkpoint))
            try system.sync(descriptor)
            system.close(descriptor)
        } catch {
            system.close(descriptor)
            throw error
        }
        try system.rename(temporary, to: path(Int(checkpoint.sequence % 2)))
        // From here on the new generation may be what a restart finds, so the next one must go over the other.
        sequence = checkpoint.sequence
        try system.syncDirectory(directory)
    }

    private func path(_ generation: Int) -> String { "\(directory)/checkpoint.\(generation)" }
}
