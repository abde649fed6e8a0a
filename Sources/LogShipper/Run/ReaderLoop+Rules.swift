import GatewayMetrics

/// The tenants' rules: where they come from, what they count, and when those that wait for their rate go on.
extension ReaderLoop {
    /// Makes the rules of the configuration hold for what is read from now on.
    ///
    /// - Throws: `Shipper.StartError` where hashes are wanted and there is no salt, or nothing to hash with.
    func takeRules(_ system: any StateFileSystem) throws {
        let salt = try configuration.readSalt(system)
        let tenants = tenants
        policies = try TenantPolicies(configuration.tenantRules, salt: salt) { tenants.name($0) }
        guard let policies else { return }
        for (router, input) in zip(routers, configuration.inputs) {
            router.transform = LineTransform(policies, timeField: input.timeField)
        }
    }

    /// Tenants that have waited for their rate are read again, from where they were left.
    func releaseRates(_ now: Int64) {
        guard let policies else { return }
        for tenant in policies.release(now) {
            batcher.slots[Int(tenant)].obstacles -= 1
            if !batcher.isFailing(tenant) { failing.remove(tenant) }
        }
    }

    /// What was dropped is read and dropped in the same breath, so that the books balance.
    func countTransformed() {
        guard let policies, !policies.counters.isEmpty else { return }
        let counters = policies.counters
        policies.counters = TransformCounters()
        for (tenant, lines) in counters.droppedByTenant { countRead(lines, tenant: tenant, name: tenants.name(tenant)) }
        for reason in TransformCounters.Reason.allCases where counters.dropped[reason.rawValue] > 0 {
            countDropped(counters.dropped[reason.rawValue], reason.label)
        }
        for (kind, values) in counters.redacted {
            metrics.redactedValues.bind([output.name, kind]).increment(by: UInt64(values))
        }
    }

    /// A batch is about to be given back: what its tenant's rules dropped between its lines must not be counted again.
    func noteReread(_ batch: Batch) {
        guard let policies, policies.redactor(of: batch.tenant) != nil else { return }
        for line in batch.lines {
            guard let file = files[line.file] else { continue }
            if file.reread[batch.tenant] == nil { file.reread[batch.tenant] = RereadLines() }
            file.reread[batch.tenant]?.decide(until: file.lag.position(of: batch.tenant) ?? file.front)
            file.reread[batch.tenant]?.add(line.fileOffset)
        }
    }
}

extension ShipperConfiguration {
    /// The salt of hashes; empty where none are wanted.
    func readSalt(_ system: any StateFileSystem) throws -> [UInt8] {
        guard tenantRules.contains(where: \.needsSalt) else { return [] }
        guard KeyedHash.isAvailable else {
            throw Shipper.StartError(
                description:
                    "tenants[].redact[].action: hash needs OpenSSL's libcrypto (libcrypto.so.3), which was not found")
        }
        guard let saltFile, let bytes = try system.read(saltFile) else {
            throw Shipper.StartError(description: "redaction.salt_file: '\(saltFile ?? "")' does not exist")
        }
        let salt = Array(bytes.reversed().drop { $0 == 0x0a || $0 == 0x0d }.reversed())
        guard salt.count >= 16 else {
            throw Shipper.StartError(description: "redaction.salt_file: '\(saltFile)' must hold 16 bytes or more")
        }
        return salt
    }
}
