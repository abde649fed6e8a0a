import PromQL
import StrictYAML

/// Formats the expressions of a rule file or a unit-test file as `promtool promql format` does, and leaves every other
/// byte as it is: order, quotes, anchors, comments, line ends. Comments inside expressions are kept.
public struct RuleFormatter: Sendable {
    /// The text with its expressions formatted.
    public let text: String
    /// How many expressions changed.
    public let changes: Int
    /// Expressions, or the whole file, that were left because they can't be handled safely.
    public let problems: [RuleFileError]

    /// Formats a text; `file` is used in messages.
    ///
    /// All documents of the file are formatted, though Prometheus reads only the first. What shares an anchor with
    /// something else is left and told. The result is read back: unless it holds the same as the text, but for the layout of expressions, the text stays
    /// as it is and a problem says so.
    public init(_ original: String, file: String, width: Int = Expression.formattedWidth) {
        let documents: [YAMLNode]
        do {
            documents = try YAMLNode.documents(original, file: file)
        } catch {
            self.init(unchanged: original, [RuleFileError(error)])
            return
        }
        if documents.allSatisfy(\.isNull) {
            // Nothing, or comments: a rule file without rules.
            self.init(unchanged: original, [])
            return
        }
        var scanners: [ExpressionNodes] = []
        var problems: [RuleFileError] = []
        var isKnown = false
        for document in documents {
            var scanner = ExpressionNodes()
            isKnown = scanner.scan(document) || isKnown
            problems += scanner.dropShared(in: document)
            scanners.append(scanner)
        }
        guard isKnown, let bytes = documents.first?.fileBytes else {
            let message = "this is neither a rule file (groups) nor a unit-test file (tests)"
            self.init(unchanged: original, [RuleFileError(file: file, message: message)])
            return
        }
        var edits: [ScalarEdit] = []
        let layout = VerifiedLayout(width: width)
        for node in scanners.flatMap(\.found) {
            do {
                edits += try ExpressionEdits(node, layout).edits
            } catch {
                problems.append(error)
            }
        }
        let text = ScalarEdit.apply(edits, to: bytes)
        let same = SameRules(layout: layout, paths: scanners.map(\.paths))
        if !edits.isEmpty, let reason = same.difference(documents, text, file: file) {
            let message = "the formatted file would not hold the same rules (\(reason)), so it is left as it is"
            self.init(unchanged: original, problems + [RuleFileError(file: file, message: message)])
            return
        }
        self.init(text, changes: edits.count { !$0.isContinued }, problems)
    }

    /// The text of a file's bytes; throws when they are no UTF-8, in the words of the other commands.
    public static func text(of bytes: [UInt8], file: String = "") throws(RuleFileError) -> String {
        if let reason = TextEncoding.refusal(of: bytes) { throw RuleFileError(file: file, message: reason) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RuleFileError(file: file, message: TextEncoding.invalid)
        }
        return text
    }

    private init(unchanged text: String, _ problems: [RuleFileError]) { self.init(text, changes: 0, problems) }

    private init(_ text: String, changes: Int, _ problems: [RuleFileError]) {
        (self.text, self.changes, self.problems) = (text, changes, problems)
    }
}
