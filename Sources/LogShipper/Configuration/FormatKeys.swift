import StrictYAML

extension ShipperKeys {
    private typealias Output = ShipperConfiguration.Output
    typealias OutputKey = KeyTable<ShipperConfiguration.Output>.Key

    /// Keys that belong to what an output speaks; each is an error in outputs of other types. They are read after the type
    /// and before the compression, which depends on the encoding.
    static let format: [OutputKey] = loki + elasticsearch + otlp + splunk + victoriaLogs + file + shared

    private static let shared: [OutputKey] = [
        only([.loki, .otlp], "encoding") { node, root throws(YAMLError) in
            root.encoding = try node.choice(ShipperConfiguration.Encoding.self)
            if root.type == .loki, root.encoding == .protobuf { root.compression = .snappy }
        },
        only([.ndjson], "invalid") { node, root throws(YAMLError) in
            root.invalidLines = try node.choice(ShipperConfiguration.InvalidLines.self)
        },
        only([.elasticsearch, .splunkHEC], "index") { node, root throws(YAMLError) in
            let index = try node.string()
            guard !index.isEmpty, !index.utf8.contains(0x2f) else {
                throw node.failure("expected the name of an index, without '/'")
            }
            if root.type == .elasticsearch {
                root.elasticsearch.index = index
            } else {
                root.splunk.metadata.append(("index", index))
            }
        },
    ]

    private static let loki: [OutputKey] = [
        only([.loki], "labels") { node, root throws(YAMLError) in
            root.labels = try node.pairs()
            if root.labels.isEmpty { throw node.failure("a Loki stream needs at least one label") }
            for (name, _) in root.labels where !isLabelName(name) {
                throw node.failure("'\(name)' is no label name: letters, digits and _ that start with no digit")
            }
        },
        only([.loki], "structured_metadata") { node, root throws(YAMLError) in
            root.structuredMetadata = try node.namedFields()
        },
    ]

    private static let elasticsearch: [OutputKey] = [
        only([.elasticsearch], "pipeline") { node, root throws(YAMLError) in
            root.elasticsearch.pipeline = try node.string()
        },
        only([.elasticsearch], "filter_path") { node, root throws(YAMLError) in
            root.elasticsearch.filterPath = try node.string()
        },
    ]

    private static let otlp: [OutputKey] = [
        only([.otlp], "resource") { node, root throws(YAMLError) in root.otlp.resource = try node.pairs() },
        only([.otlp], "attributes") { node, root throws(YAMLError) in root.otlp.attributes = try node.namedFields() },
        only([.otlp], "severity_field") { node, root throws(YAMLError) in
            root.otlp.severityField = try node.string()
        },
        only([.otlp], "trace_field") { node, root throws(YAMLError) in root.otlp.traceField = try node.string() },
        only([.otlp], "span_field") { node, root throws(YAMLError) in root.otlp.spanField = try node.string() },
        only([.otlp], "body_field") { node, root throws(YAMLError) in root.otlp.bodyField = try node.string() },
    ]

    private static let splunk: [OutputKey] =
        ["host", "source", "sourcetype"].map { name in
            only([.splunkHEC], name) { node, root throws(YAMLError) in
                root.splunk.metadata.append((name, try node.string()))
            }
        } + [
            only([.splunkHEC], "fields") { node, root throws(YAMLError) in root.splunk.fields = try node.pairs() },
            only([.splunkHEC], "acks") { node, root throws(YAMLError) in
                var options = ShipperConfiguration.AckOptions()
                try acks.read(node, into: &options)
                root.splunk.acks = options.isEnabled ? options : nil
            },
        ]

    static let acks = KeyTable<ShipperConfiguration.AckOptions>(keys: [
        .init(name: "enabled") { node, root throws(YAMLError) in root.isEnabled = try node.bool() },
        .init(name: "poll") { node, root throws(YAMLError) in
            root.pollNanos = try node.durationNanos(in: 10_000_000...600_000_000_000)
        },
        .init(name: "timeout") { node, root throws(YAMLError) in
            root.timeoutNanos = try node.durationNanos(in: 100_000_000...86_400_000_000_000)
        },
        .init(name: "max_outstanding") { node, root throws(YAMLError) in
            root.maxOutstanding = try node.int(in: 1...1000)
        },
    ])

    private static let victoriaLogs: [OutputKey] = [
        only([.victoriaLogs], "account") { node, root throws(YAMLError) in
            root.victoriaLogs.account = try node.account()
        },
        only([.victoriaLogs], "accounts") { node, root throws(YAMLError) in
            for (key, value) in try node.mapping().entries {
                root.victoriaLogs.accounts[try key.string()] = try value.account()
            }
        },
        only([.victoriaLogs], "message_field") { node, root throws(YAMLError) in
            root.victoriaLogs.messageField = try node.string()
        },
        only([.victoriaLogs], "max_line_bytes") { node, root throws(YAMLError) in
            root.victoriaLogs.maxLineBytes = try node.byteCount(in: 1024...(64 << 20))
        },
        only([.victoriaLogs], "stream_fields") { node, root throws(YAMLError) in
            root.victoriaLogs.streamFields = try node.strings()
        },
        only([.victoriaLogs], "ignore_fields") { node, root throws(YAMLError) in
            root.victoriaLogs.ignoredFields = try node.strings()
        },
        only([.victoriaLogs], "extra_fields") { node, root throws(YAMLError) in
            root.victoriaLogs.extraFields = try node.pairs()
        },
    ]

    private static let file: [OutputKey] = [
        only([.file], "directory") { node, root throws(YAMLError) in
            root.file.directory = try node.string()
            guard root.file.directory.hasPrefix("/") else { throw node.failure("expected an absolute path") }
        },
        only([.file], "path") { node, root throws(YAMLError) in
            root.file.path = try node.string()
            do throws(ArchiveTemplateError) {
                _ = try ArchivePath(root.file.path)
            } catch {
                throw node.failure(error.description)
            }
        },
        only([.file], "max_file_bytes") { node, root throws(YAMLError) in
            root.file.maxFileBytes = try node.byteCount(in: (64 << 10)...(1 << 40))
        },
        only([.file], "keep_days") { node, root throws(YAMLError) in root.file.keepDays = try node.int(in: 1...36_500)
        },
    ]

    /// Keys of requests are for types that send some.
    static func restricted(_ key: OutputKey) -> OutputKey {
        let ofRequests: Set = ["url", "headers", "tenant_header", "timeouts", "auth", "tls", "proxy"]
        guard ofRequests.contains(key.name) else { return key }
        return only(ShipperConfiguration.OutputType.allCases.filter { $0 != .file }, key.name, key.read)
    }

    private static func only(
        _ types: [ShipperConfiguration.OutputType], _ name: String,
        _ read: @escaping @Sendable (YAMLNode, inout ShipperConfiguration.Output) throws(YAMLError) -> Void
    ) -> OutputKey {
        OutputKey(name: name) { node, root throws(YAMLError) in
            guard types.contains(root.type) else {
                let known = types.map(\.rawValue).joined(separator: ", ")
                throw node.failure("'\(name)' is a key of outputs of type \(known); this one is \(root.type.rawValue)")
            }
            try read(node, &root)
        }
    }

    private static func isLabelName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x5f
        }
    }
}

extension ShipperConfiguration.Output {
    /// What a type's receivers understand.
    func checkCompression(_ node: YAMLNode) throws(YAMLError) {
        let known: [ShipperConfiguration.Compression] =
            switch type {
            case .ndjson: [.gzip, .zstd, .snappy, .none]
            case .loki: encoding == .protobuf ? [.snappy] : [.gzip, .none]
            case .otlp, .victoriaLogs, .file: [.gzip, .zstd, .none]
            case .elasticsearch, .splunkHEC: [.gzip, .none]
            }
        guard known.contains(compression) else {
            let names = known.map(\.rawValue).joined(separator: ", ")
            let what = type == .loki ? "loki with encoding \(encoding.rawValue)" : type.rawValue
            throw node.failure("'\(compression.rawValue)' is not understood by \(what), only \(names)")
        }
    }
}

extension YAMLNode {
    /// A list of keys that keep their name, or a mapping of names to keys.
    fileprivate func namedFields() throws(YAMLError) -> [(name: String, value: String)] {
        if let names = try? strings() { return names.map { ($0, $0) } }
        return try pairs()
    }

    fileprivate func account() throws(YAMLError) -> String {
        let text = try string()
        guard AccountPair(text) != nil else { throw failure("expected AccountID:ProjectID, like 12:0") }
        return text
    }
}
