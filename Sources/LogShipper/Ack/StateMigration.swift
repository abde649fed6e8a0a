/// Brings a state directory of an earlier version into today's form.
enum StateMigration {
    /// Version 0.1 kept one checkpoint for all outputs, right in the state directory. Each output takes it over, durably,
    /// before it is removed; after a crash in between the rest is done by the next start.
    ///
    /// - Returns: how many damaged generations were found
    static func run(_ configuration: ShipperConfiguration, system: any StateFileSystem) throws -> Int {
        let old = try CheckpointStore(directory: configuration.stateDirectory, system: system).load()
        guard let checkpoint = old.checkpoint else { return old.corruptGenerations }
        for output in configuration.outputs {
            let directory = configuration.directory(of: output.name)
            try StateDirectory.create(directory)
            let store = CheckpointStore(directory: directory, system: system)
            if try store.load().checkpoint == nil { try store.save(checkpoint) }
        }
        for generation in 0...1 { try system.remove("\(configuration.stateDirectory)/checkpoint.\(generation)") }
        return old.corruptGenerations
    }
}
