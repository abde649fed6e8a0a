import StrictYAML

extension ShipperKeys {
    static let spool = KeyTable<SpoolOptions>(keys: [
        .init(name: "max_bytes") { node, root throws(YAMLError) in
            root.maxBytes = Int64(try node.byteCount(in: 0...(1 << 44)))
            guard root.maxBytes == 0 || root.maxBytes >= 1 << 20 else {
                throw node.failure("expected 0 for no spools, or at least 1MiB")
            }
        },
        .init(name: "tenant_max_bytes") { node, root throws(YAMLError) in
            root.tenantMaxBytes = Int64(try node.byteCount(in: (256 << 10)...(1 << 44)))
        },
        .init(name: "max_tenants") { node, root throws(YAMLError) in root.maxTenants = try node.int(in: 1...4096) },
        .init(name: "after") { node, root throws(YAMLError) in
            root.afterNanos = try node.durationNanos(in: 0...86_400_000_000_000)
        },
        .init(name: "when_full") { node, root throws(YAMLError) in
            root.whenFull = try node.choice(SpoolOptions.WhenFull.self)
        },
        .init(name: "key_files") { node, root throws(YAMLError) in root.keyFiles = try node.strings() },
    ])
}
