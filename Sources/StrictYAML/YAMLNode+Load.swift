import Foundation
import Yams

/// The largest file that is read, in bytes. Rule files of thousands of rules stay far below.
private let maxFileBytes = 32 << 20
/// The most nodes one document may expand to; aliases can multiply a small file without bound.
private let maxNodes = 2_000_000

extension YAMLNode {
    /// Reads the first document of a file.
    ///
    /// - Throws: ``YAMLError`` when the file can't be read, isn't UTF-8, isn't YAML, has a duplicate key, or expands
    ///   to more than two million nodes.
    public static func load(path: String) throws(YAMLError) -> YAMLNode {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            let reason = isFolder.boolValue ? "is a folder" : (error as? CocoaError).map(Self.reason) ?? "\(error)"
            throw YAMLError(file: path, message: "cannot read the file: \(reason)")
        }
        guard data.count <= maxFileBytes else {
            throw YAMLError(file: path, message: "the file has \(data.count) bytes; the limit is \(maxFileBytes)")
        }
        guard let text = String(validatingUTF8: data) else {
            throw YAMLError(file: path, message: "the file isn't valid UTF-8")
        }
        return try parse(text, file: path)
    }

    /// Parses the first document of a text; `file` is used in messages. An empty text is a null scalar.
    ///
    /// - Throws: ``YAMLError`` as ``load(path:)``.
    public static func parse(_ text: String, file: String) throws(YAMLError) -> YAMLNode {
        if let place = AliasKeys.danger(in: text) {
            throw YAMLError(
                file: file, line: place, column: 1,
                message: "this many anchors and aliases may not be in a document with keys that are more than a text")
        }
        let root: Yams.Node?
        do {
            root = try Yams.Parser(yaml: text, resolver: .basic, constructor: .default, encoding: .utf8).nextRoot()
        } catch {
            throw Self.translate(error, file: file)
        }
        var builder = TreeBuilder(file: file, source: SourceLines(text))
        guard let root else { return builder.emptyDocument }
        return try builder.node(root, keyPath: "", depth: 0)
    }

    private static func reason(_ error: CocoaError) -> String {
        switch error.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "no such file"
        case .fileReadNoPermission: "permission denied"
        default: error.underlying.map { "\($0)" } ?? error.localizedDescription
        }
    }

    private static func translate(_ error: any Error, file: String) -> YAMLError {
        guard let error = error as? YamlError else { return YAMLError(file: file, message: "\(error)") }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let during = context.map { " (\($0.text))" } ?? ""
            return YAMLError(file: file, line: mark.line, column: mark.column, message: "\(problem)\(during)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            return YAMLError(
                file: file, line: context.mark.line, column: context.mark.column,
                message: "key \(keys) is given more than once")
        case .reader(let problem, let offset, _, _):
            return YAMLError(file: file, message: "\(problem) at byte \(offset ?? 0)")
        default:
            return YAMLError(file: file, message: "\(error)")
        }
    }
}

extension String {
    fileprivate init?(validatingUTF8 data: Data) {
        self.init(data: data, encoding: .utf8)
    }
}

/// Turns Yams's tree into ours, counting nodes so that aliases can't multiply without bound.
private struct TreeBuilder {
    let file: String
    let source: SourceLines
    var remaining = maxNodes

    init(file: String, source: SourceLines) {
        self.file = file
        self.source = source
    }

    var emptyDocument: YAMLNode {
        YAMLNode(file: file, line: 1, column: 1, keyPath: "", content: .scalar("", .plain), sourceLines: source)
    }

    mutating func node(_ node: Yams.Node, keyPath: String, depth: Int) throws(YAMLError) -> YAMLNode {
        let line = node.mark?.line ?? 1
        let column = node.mark?.column ?? 1
        remaining -= 1
        guard remaining > 0, depth < 500 else {
            throw YAMLError(
                file: file, line: line, column: column, keyPath: keyPath,
                message: "the document is too large or too deep (aliases count every time they are used)")
        }
        let content: YAMLNode.Content
        switch node {
        case .scalar(let scalar):
            content = .scalar(scalar.string, Self.style(scalar.style))
        case .sequence(let sequence):
            var items: [YAMLNode] = []
            for (index, item) in sequence.enumerated() {
                items.append(try self.node(item, keyPath: Self.path(keyPath, "[\(index)]"), depth: depth + 1))
            }
            content = .sequence(items)
        case .mapping(let mapping):
            var entries: [(key: YAMLNode, value: YAMLNode)] = []
            for (key, value) in mapping {
                let keyNode = try self.node(key, keyPath: keyPath, depth: depth + 1)
                guard let name = keyNode.scalarText else { throw keyNode.failure("a key must be a plain string") }
                let path = Self.path(keyPath, keyPath.isEmpty ? name : ".\(name)")
                entries.append((keyNode, try self.node(value, keyPath: path, depth: depth + 1)))
            }
            content = .mapping(entries)
        case .alias:
            throw YAMLError(file: file, line: line, column: column, keyPath: keyPath, message: "unresolved alias")
        }
        return YAMLNode(
            file: file, line: line, column: column, keyPath: keyPath, content: content, sourceLines: source)
    }

    /// Every node holds its path, so a path may not grow with the lengths of keys or the depth.
    private static func path(_ outer: String, _ part: String) -> String {
        if outer.utf8.count > 200 { return outer }
        return outer + (part.utf8.count > 100 ? part.prefix(50) + "…" : part)
    }

    private static func style(_ style: Yams.Node.Scalar.Style) -> YAMLNode.ScalarStyle {
        switch style {
        case .singleQuoted, .doubleQuoted: .quoted
        case .literal, .folded: .block
        case .any, .plain: .plain
        }
    }
}
