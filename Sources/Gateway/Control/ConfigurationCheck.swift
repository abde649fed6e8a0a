import StrictYAML

/// What `gateway check` finds.
public enum ConfigurationCheck: Sendable, Equatable {
    /// All is well; the configuration in force as YAML, secrets redacted.
    ///
    /// `warnings` are for the operator, one line each; the program starts all the same.
    case fine(effective: String, warnings: [String] = [])
    /// One line a problem.
    case wrong([String])
    /// A file cannot be read; one line a problem.
    case unreadable([String])

    /// Reads the configuration and everything it names.
    ///
    /// - Parameters:
    ///   - path: the YAML file; nil for defaults and environment alone.
    ///   - environment: all variables of the process.
    public static func run(path: String?, environment: [String: String]) -> ConfigurationCheck {
        let configuration: GatewayConfiguration
        do {
            configuration = try GatewayConfiguration.load(path: path, environment: environment)
        } catch {
            let isUnreadable = error.file == path && error.line == 0
            return isUnreadable ? .unreadable(["\(error)"]) : .wrong(["\(error)"])
        }
        var wrong: [String] = []
        var unreadable: [String] = []
        for problem in configuration.readRules().problems {
            if problem.isUnreadable { unreadable.append(problem.text) } else { wrong.append(problem.text) }
        }
        do {
            _ = try configuration.loadToken()
        } catch {
            unreadable.append(error.message)
        }
        do {
            _ = try configuration.makeTLS()
        } catch {
            wrong.append(error.message)
        }
        do {
            try configuration.checkLog()
        } catch {
            wrong.append(error.message)
        }
        if !unreadable.isEmpty { return .unreadable(unreadable + wrong) }
        return wrong.isEmpty
            ? .fine(effective: configuration.effectiveYAML(), warnings: configuration.warnings) : .wrong(wrong)
    }

    /// The program's exit code: 0 fine, 1 something was found, 2 unreadable input.
    public var exitCode: Int32 {
        switch self {
        case .fine: 0
        case .wrong: 1
        case .unreadable: 2
        }
    }
}
