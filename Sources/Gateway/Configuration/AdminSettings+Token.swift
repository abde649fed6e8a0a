extension AdminSettings {
    /// The token itself, read from its file where it stands in one.
    ///
    /// - Throws: ``InvalidValue`` that names the file.
    func resolvedToken() throws(InvalidValue) -> String? {
        guard let tokenFile else { return token }
        let text = try SmallFile.read(tokenFile)
        let token = String(text.reversed().drop { $0.isWhitespace }.reversed())
        guard Self.isToken(token) else {
            throw InvalidValue("\(tokenFile): a token is 1 to 4096 visible ASCII characters")
        }
        return token
    }
}
