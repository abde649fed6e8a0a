/// Who may see the health summary, change the registry of cells and reload.
public struct AdminSettings: Sendable, Equatable {
    /// The static admin token; without one nothing that needs it is allowed.
    public var token: String?
    /// A file that holds the token instead; read at start and at every reload, white space at its end is cut off.
    public var tokenFile: String?

    /// No token.
    public init(token: String? = nil, tokenFile: String? = nil) {
        self.token = token
        self.tokenFile = tokenFile
    }

    /// What a token may be: 1 to 4096 visible ASCII characters, which is what a header can carry.
    static func isToken(_ text: String) -> Bool {
        (1...4_096).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
