extension AdminSettings {
    /// The token itself, read from its file where it stands in one.
    ///
    /// - Throws: ``InvalidValue`` that names key and file.
    func resolvedToken() throws(InvalidValue) -> String? {
        guard let tokenFile else { return token }
        let text: String
        do {
            text = try SmallFile.read(tokenFile)
        } catch {
            throw InvalidValue("admin.token_file: \(error.message)")
        }
        let token = String(text.reversed().drop { $0.isWhitespace }.reversed())
        guard Self.isToken(token) else {
            throw InvalidValue("admin.token_file: \(tokenFile): a token is 1 to 4096 visible ASCII characters")
        }
        return token
    }
}
