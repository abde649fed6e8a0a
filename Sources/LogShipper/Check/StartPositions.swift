/// Where each output would begin to read a file, by its checkpoint. Reads the state directory, writes nothing.
struct StartPositions {
    private var known: [[RememberedFile]] = []
    private var hasCheckpoint: [Bool] = []
    /// Checkpoints that are damaged or of a foreign version.
    private(set) var problems: [String] = []

    init(_ configuration: ShipperConfiguration) {
        for output in configuration.outputs {
            var checkpoint: Checkpoint?
            do {
                // Version 0.1 kept one for all outputs.
                for directory in [configuration.directory(of: output.name), configuration.stateDirectory] {
                    let loaded = try CheckpointStore(directory: directory).load()
                    if loaded.corruptGenerations > 0 { problems.append("a checkpoint in \(directory) is damaged") }
                    checkpoint = checkpoint ?? loaded.checkpoint
                }
            } catch {
                problems.append("\(output.name): \(error)")
            }
            known.append(checkpoint?.files ?? [])
            hasCheckpoint.append(checkpoint != nil)
        }
    }

    /// For each output, in words.
    func of(_ file: Sighting, _ input: ShipperConfiguration.Input) -> [String] {
        known.indices.map { index in
            guard let memory = known[index].first(where: { $0.identity == file.identity }) else {
                return !hasCheckpoint[index] && input.startAt == .end ? "its end" : "its beginning"
            }
            let isPacked = StartPositions.isPacked(file, input)
            if memory.front > file.size, !isPacked { return "its beginning, because it was truncated" }
            let behind = memory.pending.count
            return "offset \(memory.front)" + (isPacked ? " of what it holds decompressed" : "")
                + (behind > 0 ? ", \(behind) tenants from \(memory.resumeOffset)" : "")
        }
    }

    private static func isPacked(_ file: Sighting, _ input: ShipperConfiguration.Input) -> Bool {
        guard input.compression == .auto, let descriptor = try? FileShell.open(file.path).descriptor,
            let start = FileShell.bytes(descriptor, at: 0, count: 3)
        else { return false }
        return GzipContent.isGzip(start)
    }
}
