extension YAMLNode {
    /// What a path is called in messages: `-` is standard input.
    public static func displayName(of path: String) -> String { path == "-" ? "<stdin>" : path }

    /// Reads the first document of a file, or of standard input for `-`; ``furtherDocument`` says whether there are more.
    ///
    /// - Throws: ``YAMLError`` when the file can't be read, isn't UTF-8, isn't YAML, has a duplicate key, or expands to
    ///   more than two million nodes.
    public static func load(path: String) throws(YAMLError) -> YAMLNode {
        try first(of: try WholeFile.bytes(of: path), file: displayName(of: path))
    }

    /// Parses the first document of a text; `file` is used in messages. An empty text is a null scalar.
    ///
    /// - Throws: ``YAMLError`` as ``load(path:)``.
    public static func parse(_ text: String, file: String) throws(YAMLError) -> YAMLNode {
        try first(of: Array(text.utf8), file: file)
    }

    /// Parses all documents of a text, which `---` separates; at least one.
    ///
    /// - Throws: ``YAMLError`` as ``load(path:)``; the documents' nodes are counted together.
    public static func documents(_ text: String, file: String) throws(YAMLError) -> [YAMLNode] {
        var composer = Composer(events: try EventReader(source: SourceLines(Array(text.utf8)), file: file))
        var documents: [YAMLNode] = []
        while let document = try composer.nextDocument() { documents.append(document) }
        return documents.isEmpty ? [composer.emptyDocument] : documents
    }

    /// Where a further document of the file begins, which nobody reads; nil where there is none, or an empty one.
    public var furtherDocument: (line: Int, column: Int)? {
        sourceLines.furtherDocument.map { ($0.line, $0.column) }
    }

    /// Refuses a file of several documents, whose other documents would be overlooked.
    ///
    /// - Throws: ``YAMLError`` at the second document.
    public func requireOneDocument() throws(YAMLError) {
        guard let place = furtherDocument else { return }
        throw YAMLError(
            file: file, line: place.line, column: place.column,
            message: "a second document begins here; give each document a file of its own")
    }

    private static func first(of bytes: [UInt8], file: String) throws(YAMLError) -> YAMLNode {
        let further = try FurtherDocument.place(in: bytes, file: file)
        let source = SourceLines(bytes, furtherDocument: further)
        var composer = Composer(events: try EventReader(source: source, file: file))
        return try composer.nextDocument() ?? composer.emptyDocument
    }
}
