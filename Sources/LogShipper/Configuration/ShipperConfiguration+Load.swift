import StrictYAML

extension ShipperConfiguration {
    /// Environment variables that override the file, and the key each stands for.
    public static let environmentKeys: [(variable: String, key: String)] = [
        ("SHIPPER_STATE_DIR", "state_dir"), ("SHIPPER_MEMORY", "memory"),
        ("SHIPPER_MAX_UNACKED_BYTES", "max_unacked_bytes"), ("SHIPPER_OPS_LISTEN", "ops.listen"),
        ("SHIPPER_DRAIN_TIMEOUT", "drain_timeout"), ("SHIPPER_OUTPUT_URL", "outputs[0].url"),
    ]

    /// Reads a file and then the environment.
    ///
    /// - Throws: ``YAMLError`` with file, line and column for an unknown key, a wrong type or an impossible value. An
    ///   error in a variable names the variable in place of the file.
    public static func load(path: String, environment: [String: String]) throws(YAMLError) -> ShipperConfiguration {
        try read(YAMLNode.load(path: path), environment: environment)
    }

    /// The same from a text.
    public static func parse(
        _ text: String, file: String = "shipper.yaml", environment: [String: String] = [:]
    ) throws(YAMLError) -> ShipperConfiguration {
        try read(YAMLNode.parse(text, file: file), environment: environment)
    }

    private static func read(
        _ node: YAMLNode, environment: [String: String]
    ) throws(YAMLError) -> ShipperConfiguration {
        try node.requireOneDocument()
        var configuration = ShipperConfiguration(stateDirectory: "")
        try ShipperKeys.top.read(node, into: &configuration)
        for (variable, key) in environmentKeys {
            guard let text = environment[variable], !text.isEmpty else { continue }
            try override(&configuration, key, YAMLNode.parse(text, file: variable))
        }
        return configuration
    }

    private static func override(
        _ configuration: inout ShipperConfiguration, _ key: String, _ value: YAMLNode
    ) throws(YAMLError) {
        switch key {
        case "ops.listen": try ShipperKeys.ops.keys[0].read(value, &configuration)
        case "outputs[0].url":
            guard let url = ShipperKeys.output.keys.first(where: { $0.name == "url" }) else { return }
            try url.read(value, &configuration.outputs[0])
        default: try ShipperKeys.top.keys.first { $0.name == key }?.read(value, &configuration)
        }
    }
}
