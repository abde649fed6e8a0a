import Locking
import TimeSeries

/// Reads PromQL text: precedence climbing over a hand-written lexer, then a check of types.
///
/// Messages are Prometheus's where it has one. Nesting and length are bounded, so the parser can't overflow the
/// stack on outside input.
public struct Parser {
    /// Reads one expression; all of the text must belong to it.
    public static func parse(
        _ text: String, options: ParserOptions = ParserOptions()
    ) throws(PromQLError) -> Expression {
        var parser = Parser(text, options: options)
        return try parser.run { parser throws(Failure) in try parser.wholeExpression() }
    }

    /// Reads a series description such as `name{a="b"}` and returns its labels; used by test files.
    public static func parseLabels(_ text: String) throws(PromQLError) -> Labels {
        var parser = Parser(text, options: ParserOptions())
        return try parser.run { parser throws(Failure) in try parser.seriesDescription() }
    }

    /// A failure while parsing, with its place as a byte offset.
    struct Failure: Error {
        let message: String
        let offset: Int
    }

    /// An expression with the depth of its tree, which bounds every later recursion.
    struct Node {
        var expression: Expression
        var depth: Int
    }

    let bytes: [UInt8]
    let options: ParserOptions
    private var lexer: Lexer
    private(set) var token: Token
    private(set) var following: Token
    /// End of the token consumed last.
    private(set) var lastEnd = 0
    private var nesting = 0
    /// Levels of nesting before the first change of stack, and between changes.
    private static let levelsOnCallersStack = 12
    private static let levelsPerStack = 400
    /// Whether selectors may match everything, as the second argument of `info` does.
    var allowsEmptySelectors = false
    /// Size of the regular expressions read so far.
    var regexInstructions = 0
    /// Operators read in the current duration expression, whose tree is as deep as that at most.
    var durationOperators = 0

    private init(_ text: String, options: ParserOptions) {
        bytes = Array(text.utf8)
        self.options = options
        lexer = Lexer(bytes.count > options.maxBytes ? [] : bytes)
        token = lexer.next()
        following = token.kind == .endOfInput || token.kind == .failure ? token : lexer.next()
    }

    private mutating func run<Result>(
        _ body: (inout Parser) throws(Failure) -> Result
    ) throws(PromQLError) -> Result {
        do throws(Failure) {
            if bytes.count > options.maxBytes {
                throw Failure(message: "expression is longer than \(options.maxBytes) bytes", offset: 0)
            }
            return try body(&self)
        } catch {
            let (line, column) = SourceRange.position(of: error.offset, in: bytes)
            throw PromQLError(message: error.message, line: line, column: column)
        }
    }

    private mutating func wholeExpression() throws(Failure) -> Expression {
        if token.kind == .endOfInput { throw Failure(message: "no expression found in input", offset: 0) }
        let node = try binaryExpression(minimum: 0)
        if token.kind != .endOfInput { throw unexpected("", "") }
        return node.expression
    }

    // MARK: Tokens

    mutating func advance() {
        lastEnd = token.source.end
        token = following
        if following.kind != .endOfInput, following.kind != .failure { following = lexer.next() }
    }

    func at(_ symbol: String) -> Bool { token.kind == .symbol && token.text == symbol }

    func atWord(_ word: String) -> Bool { token.kind == .identifier && token.text.lowercased() == word }

    mutating func take(_ symbol: String) -> Bool {
        if !at(symbol) { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: String, _ context: String, _ expected: String = "") throws(Failure) {
        if !take(symbol) { throw unexpected(context, expected) }
    }

    /// Prometheus's message for a token that doesn't fit.
    func unexpected(_ context: String, _ expected: String) -> Failure {
        if token.kind == .failure { return Failure(message: token.text, offset: token.source.start) }
        var message = "unexpected " + token.descriptionInErrors
        if !context.isEmpty { message += " in " + context }
        if !expected.isEmpty { message += ", expected " + expected }
        return Failure(message: message, offset: token.source.start)
    }

    /// Counts a level of brackets or signs while `body` reads what is inside.
    mutating func nested<Result>(
        _ body: (inout Parser) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        nesting += 1
        defer { nesting -= 1 }
        if nesting > options.maxNesting { throw tooDeep(token.source.start, options.maxNesting) }
        if nesting % Parser.levelsPerStack != Parser.levelsOnCallersStack { return try body(&self) }
        let outcome = DeepStack.run { () throws(Failure) -> Result in try body(&self) }
        guard let outcome else { throw tooDeep(token.source.start, nesting) }
        return try outcome.get()
    }

    func tooDeep(_ offset: Int, _ limit: Int) -> Failure {
        Failure(message: "expression is nested more than \(limit) levels deep", offset: offset)
    }

    /// A node one level above its children.
    func node(_ expression: Expression, above depths: Int...) throws(Failure) -> Node {
        let depth = (depths.max() ?? 0) + 1
        if depth > options.maxDepth { throw tooDeep(expression.source.start, options.maxDepth) }
        return Node(expression: expression, depth: depth)
    }
}
