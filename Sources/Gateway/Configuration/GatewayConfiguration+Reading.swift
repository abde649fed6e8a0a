import StrictYAML

extension GatewayConfiguration {
    /// Reads a file and the environment.
    ///
    /// - Parameters:
    ///   - path: the YAML file; nil for defaults and environment alone.
    ///   - environment: all variables of the process; empty ones count as unset.
    /// - Throws: `YAMLError` with `file:line:column: key: …`, or with the variable's name in place of the file.
    public static func load(path: String?, environment: [String: String]) throws(YAMLError) -> GatewayConfiguration {
        guard let path else { return try read(nil, environment: environment) }
        return try read(YAMLNode.load(path: path), environment: environment)
    }

    /// As ``load(path:environment:)`` from a text; `file` is used in messages.
    public static func parse(
        _ text: String, file: String, environment: [String: String] = [:]
    ) throws(YAMLError) -> GatewayConfiguration {
        try read(YAMLNode.parse(text, file: file), environment: environment)
    }

    private static func read(
        _ node: YAMLNode?, environment: [String: String]
    ) throws(YAMLError) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        var sources: [String: SettingSource] = [:]
        if let node {
            try node.requireOneDocument()
            for (key, place) in try table.read(node, into: &configuration) { sources[key] = .file(place) }
        }
        try configuration.override(from: environment, sources: &sources)
        let places = SettingSources(root: node, sources: sources)
        try configuration.checkTogether(places)
        configuration.note(places)
        return configuration
    }

    /// Keeps the places of what names files.
    private mutating func note(_ sources: SettingSources) {
        let keys = ["access_log.path", "admin.token_file", "rules.files", "tls.certificates"]
        for key in keys where sources.isSet(key) { places.note(key, sources.failure(key, "")) }
        guard case .file(let node) = sources.sources["cells"], case .sequence(let items) = node.content else { return }
        for (cell, item) in zip(cells, items) { places.note("cells: \(cell.name)", item.failure("")) }
    }

    /// Environment variables win over the file.
    private mutating func override(
        from environment: [String: String], sources: inout [String: SettingSource]
    ) throws(YAMLError) {
        for setting in Self.table.settings {
            guard let name = setting.environment, let readText = setting.readText,
                let text = environment[name], !text.isEmpty
            else { continue }
            do {
                try readText(text, &self)
            } catch {
                throw YAMLError(file: name, message: error.message)
            }
            sources[setting.key] = .environment(name)
        }
        // A token from the environment replaces the file's, in whichever of the two ways either is given.
        switch (sources["admin.token"], sources["admin.token_file"]) {
        case (.environment, .file): admin.tokenFile = nil
        case (.file, .environment): admin.token = nil
        default: break
        }
        if case .environment = sources["governance.url"], sources["governance.mode"]?.isEnvironment != true {
            governance.chosenMode = .remote
        }
    }

    /// What no key can see alone.
    private func checkTogether(_ sources: SettingSources) throws(YAMLError) {
        let limits = dataPlane.limits
        guard limits.fieldBytes <= limits.headBytes else {
            throw sources.failure("limits.field", "must not be greater than limits.head")
        }
        guard limits.uriBytes <= limits.headBytes else {
            throw sources.failure("limits.uri", "must not be greater than limits.head")
        }
        let tls = dataPlane.tls
        guard tls.clientCertificates == .none || tls.clientAuthoritiesFile != nil else {
            throw sources.failure("tls.client_certificates", "needs tls.client_authorities")
        }
        guard !tls.isEnabled || tls.listen.port == 0 || tls.listen != dataPlane.listen && tls.listen != ops.listen
        else {
            throw sources.failure("tls.listen", "is the address of another listener, too")
        }
        guard ops.listen.port == 0 || ops.listen != dataPlane.listen else {
            throw sources.failure("ops.listen", "is the address of the data listener, too")
        }
        guard admin.token == nil || admin.tokenFile == nil else {
            throw sources.failure("admin.token_file", "give either admin.token or admin.token_file")
        }
        guard governance.mode != .remote || governance.url != nil else {
            throw sources.failure("governance.mode", "remote needs governance.url")
        }
        guard governance.mode == .remote || governance.url == nil else {
            throw sources.failure("governance.url", "is used in mode remote only, not in \(governance.mode.rawValue)")
        }
        guard rules.retentionNanos >= rules.intervalNanos else {
            throw sources.failure("rules.retention", "must not be less than rules.interval")
        }
        var instances: Set<String> = []
        for page in rules.scrape where !instances.insert("\(page.job) \(page.url.base)").inserted {
            throw sources.failure("rules.scrape", "\(page.url.text) is given twice")
        }
    }
}

/// Who set a key.
private enum SettingSource {
    case file(YAMLNode)
    case environment(String)

    var isEnvironment: Bool {
        if case .environment = self { return true }
        return false
    }
}

/// Where each key was set, to place an error that concerns several.
private struct SettingSources {
    let root: YAMLNode?
    let sources: [String: SettingSource]

    func isSet(_ key: String) -> Bool { sources[key] != nil }

    func failure(_ key: String, _ message: String) -> YAMLError {
        switch sources[key] {
        case .file(let node): return node.failure(message)
        case .environment(let name): return YAMLError(file: name, message: "\(key): \(message)")
        case nil:
            guard let root else { return YAMLError(file: "configuration", keyPath: key, message: message) }
            return YAMLError(
                file: root.file, line: root.line, column: root.column, keyPath: key, message: message)
        }
    }
}
