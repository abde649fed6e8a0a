import StrictYAML

extension GatewayConfiguration {
    /// The TLS listener.
    static let tlsKeys: [Key] = [
        .value(
            "tls.listen", \.dataPlane.tls.listen,
            .parsed("an address", "host:port; port 0 takes a free one") { text throws(InvalidValue) in
                try SocketEndpoint(parsing: text)
            } print: {
                $0.description
            }, env: "GATEWAY_TLS_LISTEN", "Where clients connect with TLS, once there are certificates."),
        Setting(
            key: "tls.certificates", unit: "list of certificates", limits: "at most 1000; each { chain, key, names }",
            summary: "PEM files, read again when they change. The first serves clients that ask for no name, or an "
                + "unknown one; `names` are those in the certificate unless they are given."
        ) { node, configuration throws(YAMLError) in
            configuration.dataPlane.tls.certificates = try CertificateItem.readAll(node)
        } show: {
            .list($0.dataPlane.tls.certificates.map(CertificateItem.text))
        },
        .value(
            "tls.min_version", \.dataPlane.tls.minimumVersion, .choice, "The oldest version that is spoken."),
        .value("tls.http2", \.dataPlane.tls.offersHTTP2, .boolean, "Offers HTTP/2 (ALPN)."),
        .value(
            "tls.client_certificates", \.dataPlane.tls.clientCertificates, .choice,
            "What is asked of clients; with `optional` one that is given must be good."),
        .optional(
            "tls.client_authorities", \.dataPlane.tls.clientAuthoritiesFile, .path,
            "A PEM file of the authorities that sign clients' certificates."),
    ]
}

/// One item of `tls.certificates`.
private enum CertificateItem {
    static func readAll(_ node: YAMLNode) throws(YAMLError) -> [TLSSettings.Certificate] {
        let items = try node.sequence()
        guard items.count <= 1_000 else { throw node.failure("\(items.count) certificates; at most 1000 are accepted") }
        var all: [TLSSettings.Certificate] = []
        for item in items { all.append(try read(item)) }
        return all
    }

    private static func read(_ node: YAMLNode) throws(YAMLError) -> TLSSettings.Certificate {
        var mapping = try node.mapping()
        guard let chain = mapping.take("chain") else { throw node.failure("'chain' is missing") }
        guard let key = mapping.take("key") else { throw node.failure("'key' is missing") }
        var certificate = TLSSettings.Certificate(
            chainFile: try ValueCodec<String>.path.read(chain), keyFile: try ValueCodec<String>.path.read(key))
        if let names = mapping.take("names") {
            for name in try names.sequence() {
                let codec = ValueCodec<String>.text("a name", "1 … 253 bytes") { (1...253).contains($0.utf8.count) }
                certificate.names.append(try codec.read(name))
            }
        }
        try mapping.finish()
        return certificate
    }

    static func text(_ certificate: TLSSettings.Certificate) -> String {
        var parts = [
            "chain: \(YAMLText.scalar(certificate.chainFile))", "key: \(YAMLText.scalar(certificate.keyFile))",
        ]
        if !certificate.names.isEmpty {
            parts.append("names: [\(certificate.names.map(YAMLText.scalar).joined(separator: ", "))]")
        }
        return "{ \(parts.joined(separator: ", ")) }"
    }
}
