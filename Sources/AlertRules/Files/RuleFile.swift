import PromQL
import StrictYAML

/// A rule file by Prometheus's format, every part of it checked.
///
/// Specified in Prometheus's documentation ("Recording rules", "Alerting rules"); unknown keys are errors.
public struct RuleFile: Sendable {
    /// The path as the caller named it.
    public var path: String
    /// In the order of the file.
    public var groups: [RuleGroup]
    /// What the first document holds.
    var root: YAMLNode?

    /// How strictly a file is read.
    public struct Options: Sendable {
        /// Skips unknown keys (promtool's `--ignore-unknown-fields`).
        public var ignoresUnknownKeys = false
        /// Accepts only `[a-zA-Z_][a-zA-Z0-9_]*` as names (Prometheus 2's rule).
        public var legacyNames = false
        /// What expressions may use.
        public var parser: ParserOptions

        /// Prometheus 3's rules.
        public init(
            ignoresUnknownKeys: Bool = false, legacyNames: Bool = false, parser: ParserOptions = ParserOptions()
        ) {
            self.ignoresUnknownKeys = ignoresUnknownKeys
            self.legacyNames = legacyNames
            self.parser = parser
        }
    }

    /// All rules of all groups.
    public var ruleCount: Int { groups.reduce(0) { $0 + $1.rules.count } }

    /// The place of what stands behind the first document, which Prometheus doesn't read, and a sentence that says so;
    /// nil where there is nothing.
    public var furtherDocument: RuleFileError? {
        root?.furtherDocument.map { place in
            RuleFileError(
                file: path, line: place.line, column: place.column,
                message: "Prometheus reads only the first document of a file: the rules that begin here are not loaded")
        }
    }

    /// Reads and checks a file; throws every error it finds.
    public static func load(path: String, options: Options = Options()) throws(RuleFileErrors) -> RuleFile {
        let root: YAMLNode
        do {
            root = try YAMLNode.load(path: path)
        } catch {
            throw RuleFileErrors(errors: [RuleFileError(error)])
        }
        return try read(root, path: YAMLNode.displayName(of: path), options: options)
    }

    /// As ``load(path:options:)``, from a text.
    public static func parse(
        _ text: String, file: String, options: Options = Options()
    ) throws(RuleFileErrors) -> RuleFile {
        let root: YAMLNode
        do {
            root = try YAMLNode.parse(text, file: file)
        } catch {
            throw RuleFileErrors(errors: [RuleFileError(error)])
        }
        return try read(root, path: file, options: options)
    }

    private static func read(
        _ root: YAMLNode, path: String, options: Options
    ) throws(RuleFileErrors) -> RuleFile {
        var reader = RuleFileReader(file: path, options: options)
        let groups = reader.groups(root)
        guard reader.errors.isEmpty else { throw RuleFileErrors(errors: reader.errors) }
        return RuleFile(path: path, groups: groups, root: root)
    }
}
