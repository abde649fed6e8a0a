/// What `log-shipper dlq replay` does: gives the dead letters of one output back to the shipper, running or not.
public struct DeadLetterReturn {
    private let replay: DeadLetterReplay

    /// - Throws: for an output that the configuration does not have: nobody would send its letters.
    public init(_ configuration: ShipperConfiguration, output: String, tenant: String?) throws(DeadLetterError) {
        guard configuration.outputs.contains(where: { $0.name == output }) else {
            let known = configuration.outputs.map(\.name).joined(separator: ", ")
            throw DeadLetterError(
                description: "there is no output '\(TextTable.plain(output, 64))'; the configuration has \(known)")
        }
        replay = DeadLetterReplay(
            paths: DeadLetterPaths(stateDirectory: configuration.stateDirectory, output: output), tenant: tenant)
    }

    /// Gives them back, or with `isRehearsal` only counts; says what was done.
    public func run(isRehearsal: Bool) throws(DeadLetterError) -> [String] {
        do throws(SystemError) {
            let outcome = isRehearsal ? try replay.rehearse() : try replay.run()
            let verb = isRehearsal ? "would be given back" : "given back"
            var lines = ["\(outcome.letters) letters of \(replay.paths.output) \(verb), from \(outcome.files) files"]
            if outcome.kept > 0 { lines.append("\(outcome.kept) letters of other tenants stay") }
            if outcome.skipped > 0 { lines.append("\(outcome.skipped) lines are no whole letters") }
            return lines
        } catch {
            throw DeadLetterError(description: error.description)
        }
    }
}
