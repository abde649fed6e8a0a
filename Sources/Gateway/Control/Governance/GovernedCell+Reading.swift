extension GovernedCell {
    /// What was taken from a governance centre's answer.
    struct Reading: Sendable, Equatable {
        var cells: [GovernedCell] = []
        /// Cells and upstreams left out because they make no sense or exceed the limits.
        var refused = 0
    }

    /// Reads `{"cells":[{"name","status","upstreams","checked_at"}]}`. Unknown fields are ignored; a cell that makes
    /// no sense is left out, so that one bad entry does not take the others away.
    ///
    /// - Throws: ``JSONError`` when the answer is not such a document at all.
    static func read(
        _ body: [UInt8], settings: GovernanceSettings, nowMillis: Int64
    ) throws(JSONError) -> Reading {
        guard let items = try JSONReader.parse(body)["cells"]?.elements else {
            throw JSONError(offset: 0, message: "no list \"cells\" in the answer")
        }
        var reading = Reading()
        var names: Set<String> = []
        for item in items {
            guard reading.cells.count < settings.maxCells,
                let cell = read(item, settings: settings, nowMillis: nowMillis, refused: &reading.refused),
                names.insert(cell.name).inserted
            else {
                reading.refused += 1
                continue
            }
            reading.cells.append(cell)
        }
        return reading
    }

    private static func read(
        _ item: JSONValue, settings: GovernanceSettings, nowMillis: Int64, refused: inout Int
    ) -> GovernedCell? {
        guard let name = item["name"]?.text, CellDefinition.isValidName(name.utf8) else { return nil }
        var upstreams: [Upstream] = []
        for entry in item["upstreams"]?.elements ?? [] {
            guard upstreams.count < settings.maxUpstreams, let url = entry.text ?? entry["url"]?.text,
                let address = try? UpstreamAddress(parsing: url),
                !upstreams.contains(where: { $0.address.url == address.url })
            else {
                refused += 1
                continue
            }
            upstreams.append(Upstream(address: address, status: status(entry["status"])))
        }
        var check: HealthCheck?
        if let path = item["health_path"]?.text, isPath(path) { check = HealthCheck(path: path) }
        return GovernedCell(
            name: name, upstreams: upstreams, status: status(item["status"]),
            stripPrefix: item["strip_prefix"] == .boolean(true), health: check,
            checkedAt: timestamp(item["checked_at"]) ?? RFC3339.text(millis: nowMillis))
    }

    private static func status(_ value: JSONValue?) -> CellHealth.Status {
        value?.text.flatMap(CellHealth.Status.init) ?? .unknown
    }

    /// A path that can stand in a request line.
    static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") && text.utf8.count <= 1_024 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// Passed on when it looks like RFC 3339; anything else would only confuse readers of the summary.
    private static func timestamp(_ value: JSONValue?) -> String? {
        guard let text = value?.text, (20...40).contains(text.utf8.count),
            text.utf8.allSatisfy({ (48...57).contains($0) || "T:Z.+-".utf8.contains($0) }),
            text.prefix(4).allSatisfy(\.isNumber), text.contains("T")
        else { return nil }
        return text
    }
}
