/// What `log-shipper check` prints about a valid configuration: files that match, outputs, what the codec will be.
public struct ConfigurationCheck {
    /// The report, line by line.
    public let lines: [String]

    /// Looks at the globs now; opens nothing.
    public init(_ configuration: ShipperConfiguration) {
        var lines = ["state_dir: \(configuration.stateDirectory)", "ops: \(configuration.opsListen)"]
        for input in configuration.inputs {
            let pattern = PathPattern(paths: input.paths, exclude: input.exclude)
            var paths: Set<String> = []
            let found = pattern.look().files.filter { paths.insert($0.path).inserted }.sorted { $0.path < $1.path }
            lines.append("input \(input.paths.joined(separator: " ")): \(found.count) files match")
            lines += found.map { "  \($0.path) \($0.size) bytes" }
        }
        for output in configuration.outputs {
            let codec = ConfigurationCheck.codec(of: output)
            let place = output.type == .file ? "\(output.file.directory)/\(output.file.path)" : output.url
            lines.append("output \(output.name): \(output.type.rawValue) \(place), \(codec)")
        }
        self.lines = lines
    }

    private static func codec(of output: ShipperConfiguration.Output) -> String {
        do throws(CodecError) {
            return try BodyCodecs.make(output.compression, level: output.compressionLevel)?.name ?? "no compression"
        } catch {
            return "\(error)"
        }
    }
}
