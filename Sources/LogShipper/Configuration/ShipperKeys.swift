import RegularExpressions
import StrictYAML

/// Every key of the file. docs/CONFIGURATION-shipper.md describes each; a test holds the two together.
enum ShipperKeys {
    private static let second: Int64 = 1_000_000_000

    static let top = KeyTable<ShipperConfiguration>(keys: [
        .init(name: "state_dir", isRequired: true) { node, root throws(YAMLError) in
            root.stateDirectory = try node.string()
            guard !root.stateDirectory.isEmpty else { throw node.failure("must not be empty") }
        },
        .init(name: "memory") { node, root throws(YAMLError) in
            root.memoryBytes = try node.byteCount(in: (1 << 20)...(1 << 40))
        },
        .init(name: "max_unacked_bytes") { node, root throws(YAMLError) in
            root.maxUnackedBytes = try node.byteCount(in: (64 << 10)...(1 << 40))
        },
        .init(name: "rescan") { node, root throws(YAMLError) in
            root.rescanNanos = try node.durationNanos(in: 10_000_000...(3600 * second))
        },
        .init(name: "checkpoint_interval") { node, root throws(YAMLError) in
            root.checkpointNanos = try node.durationNanos(in: 10_000_000...(3600 * second))
        },
        .init(name: "rotate_grace") { node, root throws(YAMLError) in
            root.rotateGraceNanos = try node.durationNanos(in: 0...(86_400 * second))
        },
        .init(name: "drain_timeout") { node, root throws(YAMLError) in
            root.drainNanos = try node.durationNanos(in: 0...(3600 * second))
        },
        .init(name: "forget_after") { node, root throws(YAMLError) in
            root.forgetAfterSeconds = try node.durationNanos(in: (60 * second)...(366 * 86_400 * second)) / second
        },
        .init(name: "max_open_files") { node, root throws(YAMLError) in
            root.maxOpenFiles = try node.int(in: 16...1_000_000)
        },
        .init(name: "max_deleted_bytes") { node, root throws(YAMLError) in
            root.maxDeletedBytes = Int64(try node.byteCount(in: 0...(1 << 50)))
        },
        .init(name: "default_tenant") { node, root throws(YAMLError) in
            root.defaultTenant = try node.tenantName()
        },
        .init(name: "max_tenants") { node, root throws(YAMLError) in root.maxTenants = try node.int(in: 1...1_000_000)
        },
        .init(name: "inputs", isRequired: true) { node, root throws(YAMLError) in
            for item in try node.sequence() { root.inputs.append(try readInput(item)) }
            if root.inputs.isEmpty { throw node.failure("needs at least one input") }
        },
        .init(name: "outputs", isRequired: true) { node, root throws(YAMLError) in
            for item in try node.sequence() {
                let output = try readOutput(item)
                guard !root.outputs.contains(where: { $0.name == output.name }) else {
                    throw item.failure("a second output is called '\(output.name)'")
                }
                root.outputs.append(output)
            }
            if root.outputs.isEmpty { throw node.failure("needs at least one output") }
        },
        .init(name: "ops") { node, root throws(YAMLError) in try ops.read(node, into: &root) },
        .init(name: "metrics") { node, root throws(YAMLError) in try metrics.read(node, into: &root) },
        .init(name: "ready") { node, root throws(YAMLError) in try ready.read(node, into: &root) },
        .init(name: "redaction") { node, root throws(YAMLError) in try redaction.read(node, into: &root) },
        .init(name: "tenants") { node, root throws(YAMLError) in try readTenants(node, into: &root) },
    ])

    static let ready = KeyTable<ShipperConfiguration>(keys: [
        .init(name: "output_failing_after") { node, root throws(YAMLError) in
            root.readyFailingAfterNanos = try node.durationNanos(in: 0...(86_400 * second))
        }
    ])

    static let ops = KeyTable<ShipperConfiguration>(keys: [
        .init(name: "listen") { node, root throws(YAMLError) in
            root.opsListen = try node.string()
            guard root.opsListen.isEmpty || ListenAddress(root.opsListen) != nil else {
                throw node.failure("expected host:port, like 127.0.0.1:9465 or [::1]:9465")
            }
        }
    ])

    static let metrics = KeyTable<ShipperConfiguration>(keys: [
        .init(name: "max_tenants") { node, root throws(YAMLError) in root.maxTenantSeries = try node.int(in: 0...4000) }
    ])

    static let input = KeyTable<ShipperConfiguration.Input>(keys: [
        .init(name: "paths", isRequired: true) { node, root throws(YAMLError) in
            root.paths = try node.strings()
            guard !root.paths.isEmpty, !root.paths.contains("") else { throw node.failure("needs at least one path") }
        },
        .init(name: "exclude") { node, root throws(YAMLError) in root.exclude = try node.strings() },
        .init(name: "tenant_field") { node, root throws(YAMLError) in root.tenantField = try node.fieldName() },
        .init(name: "time_field") { node, root throws(YAMLError) in root.timeField = try node.fieldName() },
        .init(name: "start_at") { node, root throws(YAMLError) in
            root.startAt = try node.choice(ShipperConfiguration.StartAt.self)
        },
        .init(name: "max_line_bytes") { node, root throws(YAMLError) in
            root.maxLineBytes = try node.byteCount(in: 1024...(64 << 20))
        },
        .init(name: "long_lines") { node, root throws(YAMLError) in
            root.longLines = try node.choice(ShipperConfiguration.LongLines.self)
        },
        .init(name: "ignore_older") { node, root throws(YAMLError) in
            root.ignoreOlderNanos = try node.durationNanos(in: second...(36_600 * 86_400 * second))
        },
        .init(name: "compression") { node, root throws(YAMLError) in
            root.compression = try node.choice(ShipperConfiguration.InputCompression.self)
        },
        .init(name: "multiline") { node, root throws(YAMLError) in
            var rule = ShipperConfiguration.Multiline(start: "")
            try multiline.read(node, into: &rule)
            root.multiline = rule
        },
    ])

    static let multiline = KeyTable<ShipperConfiguration.Multiline>(keys: [
        .init(name: "start", isRequired: true) { node, root throws(YAMLError) in
            root.start = try node.string()
            do throws(RegexError) {
                _ = try RegexSearch(root.start)
            } catch {
                throw node.failure("\(error)")
            }
        },
        .init(name: "max_lines") { node, root throws(YAMLError) in root.maxLines = try node.int(in: 2...1_000_000) },
        .init(name: "max_bytes") { node, root throws(YAMLError) in
            root.maxBytes = try node.byteCount(in: 1024...(64 << 20))
        },
        .init(name: "timeout") { node, root throws(YAMLError) in
            root.timeoutNanos = try node.durationNanos(in: 1_000_000...(3600 * second))
        },
    ])

    private static func readInput(_ node: YAMLNode) throws(YAMLError) -> ShipperConfiguration.Input {
        var result = ShipperConfiguration.Input(paths: [])
        try input.read(node, into: &result)
        return result
    }
}

extension YAMLNode {
    /// What stands in a header when a line names no tenant: visible ASCII without separators.
    fileprivate func tenantName() throws(YAMLError) -> String {
        let text = try string()
        let isFine = (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        guard isFine, !text.contains("/") else { throw failure("expected 1 to 64 visible characters without '/'") }
        return text
    }

    fileprivate func fieldName() throws(YAMLError) -> String {
        let text = try string()
        guard (1...128).contains(text.utf8.count) else { throw failure("expected a key of 1 to 128 bytes") }
        return text
    }
}
