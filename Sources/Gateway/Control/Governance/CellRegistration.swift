/// The body of `PUT /api/governance/cells/<name>`: `{"upstreams":[…],"health_path","ttl_seconds"}`.
struct CellRegistration: Sendable, Equatable {
    var upstreams: [UpstreamAddress]
    var healthPath: String?
    var stripPrefix: Bool
    /// How long the registration holds without being renewed.
    var ttlSeconds: Int64

    /// The longest body that is read.
    static let maxBodyBytes = 65_536
    private static let ttlRange: ClosedRange<Int64> = 1...86_400

    /// Unknown fields are ignored; what is known must make sense.
    ///
    /// - Throws: ``InvalidValue`` that names the field.
    init(_ body: [UInt8], maxUpstreams: Int) throws(InvalidValue) {
        guard body.count <= Self.maxBodyBytes else {
            throw InvalidValue("a registration has at most \(Self.maxBodyBytes) bytes")
        }
        let document: JSONValue
        do {
            document = try JSONReader.parse(body)
        } catch {
            throw InvalidValue("the body is not JSON: \(error)")
        }
        guard case .object = document else { throw InvalidValue("the body must be a JSON object") }
        upstreams = try Self.upstreams(document["upstreams"], maxUpstreams: maxUpstreams)
        healthPath = try Self.healthPath(document["health_path"])
        ttlSeconds = try Self.ttl(document["ttl_seconds"])
        stripPrefix = document["strip_prefix"] == .boolean(true)
    }

    private static func upstreams(_ value: JSONValue?, maxUpstreams: Int) throws(InvalidValue) -> [UpstreamAddress] {
        guard let elements = value?.elements, (1...maxUpstreams).contains(elements.count) else {
            throw InvalidValue("upstreams: expected a list of 1 to \(maxUpstreams) URLs")
        }
        var addresses: [UpstreamAddress] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.text ?? element["url"]?.text else {
                throw InvalidValue("upstreams[\(index)]: expected a URL")
            }
            do {
                let address = try UpstreamAddress(parsing: text)
                if !addresses.contains(address) { addresses.append(address) }
            } catch {
                throw InvalidValue("upstreams[\(index)]: \(error.message)")
            }
        }
        return addresses
    }

    private static func healthPath(_ value: JSONValue?) throws(InvalidValue) -> String? {
        guard let value, value != .null else { return nil }
        guard let path = value.text, GovernedCell.isPath(path) else {
            throw InvalidValue("health_path: expected a path that begins with /")
        }
        return path
    }

    private static func ttl(_ value: JSONValue?) throws(InvalidValue) -> Int64 {
        guard let value, value != .null else { return 30 }
        guard let seconds = value.wholeNumber, ttlRange.contains(seconds) else {
            throw InvalidValue(
                "ttl_seconds: expected a whole number of \(ttlRange.lowerBound) … \(ttlRange.upperBound)")
        }
        return seconds
    }
}
