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
    /// The result is read back: unless it holds the same as the text, but for the layout of expressions, the text stays
    /// as it is and a problem says so.
    public init(_ original: String, file: String, width: Int = Expression.formattedWidth) {
        let root: YAMLNode
        do {
            root = try YAMLNode.parse(original, file: file)
        } catch {
            self.init(unchanged: original, [RuleFileError(error)])
            return
        }
        var scanner = ExpressionNodes()
        guard scanner.scan(root) else {
            let message = "this is neither a rule file (groups) nor a unit-test file (tests)"
            self.init(unchanged: original, [RuleFileError(file: file, message: message)])
            return
        }
        var edits: [ScalarEdit] = []
        var problems: [RuleFileError] = []
        for node in scanner.found {
            do {
                let changed = try ExpressionEdits(node, width: width).edits
                edits += changed
            } catch {
                problems.append(error)
            }
        }
        let text = ScalarEdit.apply(edits, to: root.fileBytes)
        if !edits.isEmpty, let reason = SameRules.difference(root, text, file: file, in: scanner.paths) {
            let message = "the formatted file would not hold the same rules (\(reason)), so it is left as it is"
            self.init(unchanged: original, problems + [RuleFileError(file: file, message: message)])
            return
        }
        self.init(text, changes: edits.count { !$0.isContinued }, problems)
    }

    private init(unchanged text: String, _ problems: [RuleFileError]) { self.init(text, changes: 0, problems) }

    private init(_ text: String, changes: Int, _ problems: [RuleFileError]) {
        (self.text, self.changes, self.problems) = (text, changes, problems)
    }
}
