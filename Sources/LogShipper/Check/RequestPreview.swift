import CurlHTTP

/// The first request that an output would send, with secrets masked. Sends nothing.
struct RequestPreview {
    static let shownBodyBytes = 300

    var url: String
    var headers: [(name: String, value: String)]
    var lines: Int
    var plainBytes: Int
    var sentBytes: Int
    /// The start of the body before compression.
    var start: [UInt8]

    /// - Throws: what would keep the output from sending: a codec that is missing, a secret that cannot be read.
    init(_ output: ShipperConfiguration.Output, _ unit: Unit, timeFields: [String], stateDirectory: String) throws {
        func request(_ output: ShipperConfiguration.Output) throws -> HTTPRequest {
            let lane = try OutputLane(
                configuration: output, timeFields: timeFields, stateDirectory: stateDirectory,
                system: PosixStateFileSystem(), fileKey: { UInt64($0) })
            _ = try lane.isAuthenticated(nowNanos: Clock.monotonicNanos()) { _ in }
            return try lane.request(for: unit)
        }
        var output = output
        if case .oauth2(let options) = output.credentials {
            // Its token would have to be asked for; whether the secret can be read is all that can be told here.
            _ = try CredentialReader(source: output.credentials, system: PosixStateFileSystem())
                .secret(options.secret, options.secretFile)
            output.credentials = .bearer(token: "", tokenFile: nil)
        }
        let real = try request(output)
        var uncompressed = output
        uncompressed.compression = .none
        let plain = try request(uncompressed)
        url = RequestPreview.masked(url: real.url)
        headers = real.headers.map { ($0.name, RequestPreview.masked($0.value, of: $0.name)) }
        switch real.authentication {
        case .none: break
        case .basic(let user, _): headers.append(("Authorization", "Basic \(user):***"))
        case .bearer: headers.append(("Authorization", "Bearer ***"))
        }
        lines = unit.lineCount
        plainBytes = plain.sharedBody?.count ?? 0
        sentBytes = real.sharedBody?.count ?? 0
        start = plain.sharedBody.map { Array($0.bytes.prefix(RequestPreview.shownBodyBytes)) } ?? []
    }

    /// A header whose name smells of a secret shows three stars.
    static func masked(_ value: String, of name: String) -> String {
        let name = name.lowercased()
        let smells = ["auth", "cookie", "token", "secret", "password", "key", "credential", "signature"]
        return smells.contains { name.contains($0) } ? "***" : value
    }

    /// A URL without its user, its password and the values of its query.
    static func masked(url: String) -> String {
        var text = url
        if let scheme = text.firstRange(ofText: "://") {
            let rest = text[scheme.upperBound...]
            let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            if let at = authority.lastIndex(of: "@") {
                text = text[..<scheme.upperBound] + "***" + text[at...]
            }
        }
        guard let question = text.firstIndex(of: "?") else { return text }
        let pairs = text[text.index(after: question)...].split(separator: "&").map { pair in
            pair.contains("=") ? "\(pair.prefix { $0 != "=" })=***" : String(pair)
        }
        return "\(text[...question])\(pairs.joined(separator: "&"))"
    }
}

extension String {
    /// The first place of a text, without Foundation.
    fileprivate func firstRange(ofText text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
