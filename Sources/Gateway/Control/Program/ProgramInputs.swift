#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What a gateway process is started with; a reload reads the same sources again.
public struct ProgramInputs: Sendable {
    /// The YAML file; nil for defaults and environment alone.
    public var path: String?
    /// A folder for the last good configuration and the last known cells; nil keeps none.
    public var stateDirectory: String?
    /// All variables of the process.
    public var environment: [String: String]
    /// Milliseconds since 1970.
    public var clock: MillisClock
    /// What `gateway_build_info` says.
    public var version: String
    /// Told in one line what an operator at the terminal must know: that a configuration is not in force.
    public var complain: @Sendable (String) -> Void = { _ in }

    /// The process's own clock and version.
    public init(
        path: String?, environment: [String: String], stateDirectory: String? = nil, clock: MillisClock? = nil,
        version: String = gatewayVersion
    ) {
        self.path = path
        let named = environment["GATEWAY_STATE_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        self.stateDirectory = stateDirectory ?? named
        self.environment = environment
        self.clock = clock ?? RFC3339.systemClock
        self.version = version
    }

    /// Reads configuration, token and rule files. Blocking.
    ///
    /// - Throws: ``InvalidValue`` with one line a problem.
    func load() throws(InvalidValue) -> LoadedConfiguration { try load(path) }

    /// The last good configuration; nil where none is kept, or where it is good no longer.
    func loadLastGood() -> LoadedConfiguration? {
        guard path != nil, let state else { return nil }
        return try? load(state.file(StateFolder.configuration))
    }

    /// Why the last good configuration does not help; nil where none is kept.
    var lastGoodProblem: String? {
        guard path != nil, let file = state?.file(StateFolder.configuration), access(file, F_OK) == 0 else {
            return nil
        }
        do {
            _ = try load(file)
            return nil
        } catch {
            return "the last good configuration is no help either: \(error.message)"
        }
    }

    var state: StateFolder? { stateDirectory.map { StateFolder($0) } }

    /// Keeps the configuration file as it was read.
    func keepLastGood(_ loaded: LoadedConfiguration) throws(InvalidValue) {
        guard let text = loaded.text, let state else { return }
        try state.keep(Array(text.utf8), as: StateFolder.configuration)
    }

    /// The file's text, which may be another one a moment later, where it is to be kept.
    private func text(_ path: String?) throws(InvalidValue) -> String? {
        guard let path, state != nil else { return nil }
        return try SmallFile.read(path, limit: Self.longestFile)
    }

    private static let longestFile = 16_777_216

    /// Those whose changes are taken by themselves.
    func watchedFiles(_ configuration: GatewayConfiguration) -> [String] {
        let certificates = configuration.dataPlane.tls.options.files
        return configuration.watchesFile ? certificates + [path].compactMap(\.self) : certificates
    }

    /// A file that changes while it is being read is read again, so that no change is missed.
    private func load(_ path: String?) throws(InvalidValue) -> LoadedConfiguration {
        let file = WatchedFiles(paths: [path].compactMap(\.self))
        for _ in 0..<3 {
            let before = file.settledFingerprint()
            let loaded = try loadOnce(path)
            if file.fingerprint == before { return loaded }
        }
        return try loadOnce(path)
    }

    private func loadOnce(_ path: String?) throws(InvalidValue) -> LoadedConfiguration {
        let configuration: GatewayConfiguration
        let text = try text(path)
        do {
            if let text, let path {
                configuration = try GatewayConfiguration.parse(text, file: path, environment: environment)
            } else {
                configuration = try GatewayConfiguration.load(path: path, environment: environment)
            }
        } catch {
            throw InvalidValue("\(error)")
        }
        // Taken before the files are read, so that a change in between is seen by the next look.
        let files = WatchedFiles(paths: watchedFiles(configuration)).settledFingerprint()
        return LoadedConfiguration(
            configuration: configuration, text: text, token: try configuration.loadToken(),
            rules: try configuration.loadRules(), tls: try configuration.makeTLS(),
            watchedFiles: files)
    }
}

/// A configuration with the contents of the files that it names.
struct LoadedConfiguration: Sendable {
    var configuration: GatewayConfiguration
    /// Of the file, where the last good one is kept.
    var text: String?
    var token: String?
    var rules: RuleSet
    /// Nil without a TLS listener.
    var tls: TLSServerContext?
    var watchedFiles: WatchedFiles.Fingerprint
}

/// The version of this package.
public let gatewayVersion = "0.1.0"
