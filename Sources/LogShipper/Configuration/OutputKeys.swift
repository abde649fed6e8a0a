import CurlHTTP
import StrictYAML

extension ShipperKeys {
    static let output = KeyTable<ShipperConfiguration.Output>(
        keys: common.prefix(2) + format + common.dropFirst(2).map(restricted))

    /// Keys of all types. The name and the type are read first, because other keys depend on them.
    private static let common: [KeyTable<ShipperConfiguration.Output>.Key] = [
        .init(name: "name", isRequired: true) { node, root throws(YAMLError) in
            root.name = try node.string()
            guard OutputNames.accepts(root.name) else {
                throw node.failure("expected 1 to 64 of a-z A-Z 0-9 . _ - that start with a letter or digit")
            }
        },
        .init(name: "type", isRequired: true) { node, root throws(YAMLError) in
            root = ShipperConfiguration.Output(
                name: root.name, type: try node.choice(ShipperConfiguration.OutputType.self), url: "")
        },
        .init(name: "url") { node, root throws(YAMLError) in
            root.url = try node.string()
            guard HTTPRequest.accepts(url: root.url) else {
                throw node.failure("expected an http or https URL without spaces")
            }
        },
        .init(name: "headers") { node, root throws(YAMLError) in
            root.headers = try node.pairs()
            for (name, value) in root.headers {
                try checkHeaderName(name, node)
                guard HTTPRequest.accepts(headerValue: value) else {
                    throw node.failure("the value of '\(name)' has a line break or another control character")
                }
            }
        },
        .init(name: "tenant_header") { node, root throws(YAMLError) in
            let name = try node.string()
            if !name.isEmpty { try checkHeaderName(name, node) }
            root.tenantHeader = name
        },
        .init(name: "compression") { node, root throws(YAMLError) in
            root.compression = try node.choice(ShipperConfiguration.Compression.self)
            try root.checkCompression(node)
        },
        .init(name: "compression_level") { node, root throws(YAMLError) in
            let isZstd = root.compression == .zstd
            root.compressionLevel = try node.int(in: isZstd ? 1...19 : 0...9)
        },
        .init(name: "concurrency") { node, root throws(YAMLError) in root.concurrency = try readConcurrency(node) },
        .init(name: "order") { node, root throws(YAMLError) in
            root.order = try node.choice(ShipperConfiguration.Order.self)
        },
        .init(name: "on_404") { node, root throws(YAMLError) in
            root.on404 = try node.choice(ShipperConfiguration.OnNotFound.self)
        },
        .init(name: "http2") { node, root throws(YAMLError) in
            root.allowsHTTP2 = try node.choice(ShipperConfiguration.HTTP2.self) == .auto
        },
        .init(name: "batch") { node, root throws(YAMLError) in try batch.read(node, into: &root) },
        .init(name: "timeouts") { node, root throws(YAMLError) in try timeouts.read(node, into: &root) },
        .init(name: "retry") { node, root throws(YAMLError) in
            try retry.read(node, into: &root)
            guard root.retryInitialNanos <= root.retryMaxNanos else {
                throw node.failure("'initial' must not be longer than 'max'")
            }
        },
        .init(name: "spool") { node, root throws(YAMLError) in try spool.read(node, into: &root.spool) },
        .init(name: "dead_letters") { node, root throws(YAMLError) in
            try deadLetters.read(node, into: &root.deadLetters)
        },
        .init(name: "auth") { node, root throws(YAMLError) in root.credentials = try readCredentials(node) },
        .init(name: "tls") { node, root throws(YAMLError) in try tls.read(node, into: &root.tls) },
        .init(name: "proxy") { node, root throws(YAMLError) in
            let text = try node.string()
            root.proxy = text == "none" ? .none : text == "environment" ? .environment : .url(text)
        },
    ]

    private static func checkHeaderName(_ name: String, _ node: YAMLNode) throws(YAMLError) {
        guard HTTPRequest.accepts(headerName: name) else {
            throw node.failure("'\(name)' is no name of a header: expected letters, digits and - _ . without spaces")
        }
        let own = ["connection", "content-encoding", "content-length", "expect", "transfer-encoding"]
        guard !own.contains(name.lowercased()) else {
            throw node.failure("'\(name)' says how a body is sent and is set by the shipper")
        }
    }

    static let concurrency = KeyTable<ConcurrencyDraft>(keys: [
        .init(name: "min") { node, root throws(YAMLError) in root.min = try node.int(in: 1...256) },
        .init(name: "max") { node, root throws(YAMLError) in root.max = try node.int(in: 1...256) },
    ])

    struct ConcurrencyDraft: Sendable {
        var min = 1
        var max = 8
    }

    /// A number is the upper bound alone.
    private static func readConcurrency(_ node: YAMLNode) throws(YAMLError) -> ClosedRange<Int> {
        if node.scalarText != nil { return 1...(try node.int(in: 1...256)) }
        var draft = ConcurrencyDraft()
        try concurrency.read(node, into: &draft)
        guard draft.min <= draft.max else { throw node.failure("'min' must not be larger than 'max'") }
        return draft.min...draft.max
    }

    static let batch = KeyTable<ShipperConfiguration.Output>(keys: [
        .init(name: "max_bytes") { node, root throws(YAMLError) in
            root.batchMaxBytes = try node.byteCount(in: 1024...(256 << 20))
        },
        .init(name: "max_lines") { node, root throws(YAMLError) in
            root.batchMaxLines = try node.int(in: 1...10_000_000)
        },
        .init(name: "max_age") { node, root throws(YAMLError) in
            root.batchMaxAgeNanos = try node.durationNanos(in: 1_000_000...3_600_000_000_000)
        },
    ])

    static let timeouts = KeyTable<ShipperConfiguration.Output>(keys: [
        .init(name: "connect") { node, root throws(YAMLError) in root.connectTimeoutMillis = try node.millis() },
        .init(name: "total") { node, root throws(YAMLError) in root.totalTimeoutMillis = try node.millis() },
    ])

    static let retry = KeyTable<ShipperConfiguration.Output>(keys: [
        .init(name: "initial") { node, root throws(YAMLError) in
            root.retryInitialNanos = try node.durationNanos(in: 1_000_000...3_600_000_000_000)
        },
        .init(name: "max") { node, root throws(YAMLError) in
            root.retryMaxNanos = try node.durationNanos(in: 1_000_000...86_400_000_000_000)
        },
    ])

    static let deadLetters = KeyTable<DeadLetterLimits>(keys: [
        .init(name: "max_bytes") { node, root throws(YAMLError) in
            root.maxFileBytes = Int64(try node.byteCount(in: (64 << 10)...(1 << 30)))
        },
        .init(name: "keep") { node, root throws(YAMLError) in root.keptFiles = try node.int(in: 1...1000) },
        .init(name: "when_full") { node, root throws(YAMLError) in
            root.policy = try node.choice(DeadLetterLimits.Policy.self)
        },
    ])

    static let tls = KeyTable<TLSOptions>(keys: [
        .init(name: "ca_file") { node, root throws(YAMLError) in root.caFile = try node.string() },
        .init(name: "cert_file") { node, root throws(YAMLError) in root.certificateFile = try node.string() },
        .init(name: "key_file") { node, root throws(YAMLError) in root.keyFile = try node.string() },
        .init(name: "key_password") { node, root throws(YAMLError) in root.keyPassword = try node.string() },
        .init(name: "insecure_skip_verify") { node, root throws(YAMLError) in root.skipsVerification = try node.bool()
        },
    ])

    struct CredentialDraft: Sendable {
        var user: String?
        var password: String?
        var passwordFile: String?
        var token: String?
        var tokenFile: String?
        var oauth2: ShipperConfiguration.OAuth2Options?
    }

    static let auth = KeyTable<CredentialDraft>(keys: [
        .init(name: "user") { node, root throws(YAMLError) in root.user = try node.string() },
        .init(name: "password") { node, root throws(YAMLError) in root.password = try node.string() },
        .init(name: "password_file") { node, root throws(YAMLError) in root.passwordFile = try node.string() },
        .init(name: "bearer_token") { node, root throws(YAMLError) in root.token = try node.string() },
        .init(name: "bearer_token_file") { node, root throws(YAMLError) in root.tokenFile = try node.string() },
        .init(name: "oauth2") { node, root throws(YAMLError) in
            var options = ShipperConfiguration.OAuth2Options()
            try oauth2.read(node, into: &options)
            guard (options.secret == nil) != (options.secretFile == nil) else {
                throw node.failure("expected one of client_secret and client_secret_file")
            }
            root.oauth2 = options
        },
    ])

    static let oauth2 = KeyTable<ShipperConfiguration.OAuth2Options>(keys: [
        .init(name: "token_url", isRequired: true) { node, root throws(YAMLError) in
            root.tokenURL = try node.string()
            guard HTTPRequest.accepts(url: root.tokenURL) else {
                throw node.failure("expected an http or https URL")
            }
        },
        .init(name: "client_id", isRequired: true) { node, root throws(YAMLError) in root.clientID = try node.string()
        },
        .init(name: "client_secret") { node, root throws(YAMLError) in root.secret = try node.string() },
        .init(name: "client_secret_file") { node, root throws(YAMLError) in root.secretFile = try node.string() },
        .init(name: "scope") { node, root throws(YAMLError) in root.scope = try node.string() },
        .init(name: "audience") { node, root throws(YAMLError) in root.audience = try node.string() },
    ])

    static func readOutput(_ node: YAMLNode) throws(YAMLError) -> ShipperConfiguration.Output {
        var result = ShipperConfiguration.Output(name: "", type: .ndjson, url: "")
        try output.read(node, into: &result)
        let isFile = result.type == .file
        guard isFile || !result.url.isEmpty else { throw node.failure("'url' is missing") }
        guard !isFile || !result.file.directory.isEmpty else { throw node.failure("'directory' is missing") }
        return result
    }

    private static func readCredentials(_ node: YAMLNode) throws(YAMLError) -> ShipperConfiguration.Credentials {
        var draft = CredentialDraft()
        try auth.read(node, into: &draft)
        if let oauth2 = draft.oauth2, draft.user == nil, draft.password ?? draft.passwordFile == nil,
            draft.token ?? draft.tokenFile == nil
        {
            return .oauth2(oauth2)
        }
        switch (draft.user, draft.password ?? draft.passwordFile, draft.token ?? draft.tokenFile, draft.oauth2) {
        case (let user?, .some, nil, nil):
            return .basic(user: user, password: draft.password, passwordFile: draft.passwordFile)
        case (nil, nil, .some, nil): return .bearer(token: draft.token, tokenFile: draft.tokenFile)
        case (nil, nil, nil, nil): return .none
        default:
            throw node.failure(
                "expected either user with password or password_file, or a bearer token, or oauth2")
        }
    }
}

/// Names of outputs stand in metrics and in file names, so they follow the rule of tenant ids.
enum OutputNames {
    static func accepts(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { TenantRule.accepts(UnsafeRawBufferPointer($0)) }
    }
}
