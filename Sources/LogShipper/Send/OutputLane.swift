import CurlHTTP

/// One output: what is sent next, and what turns lines into requests. Belongs to the sender's thread.
final class OutputLane {
    let configuration: ShipperConfiguration.Output
    let deadLetters: DeadLetterFile
    /// Where lines of the type `file` go.
    let archive: Archive?
    private let encoder: any OutputEncoder
    private let sink: BodySink
    let authenticator: Authenticator
    private let monotonicNanos: () -> Int64
    /// What the file with the secret looked like before the last request.
    private var secretStamp: String?
    /// What Splunk knows this run of the program by: acknowledgements are given for a channel.
    private let channel = OutputLane.makeChannel()

    /// What is sent next.
    var plan: SendPlan

    init(
        configuration: ShipperConfiguration.Output, timeFields: [String], stateDirectory: String,
        system: any StateFileSystem, monotonicNanos: @escaping () -> Int64 = Clock.monotonicNanos,
        weights: TenantWeights = TenantWeights(), fileKey: @escaping (FileSerial) -> UInt64
    ) throws {
        self.monotonicNanos = monotonicNanos
        self.configuration = configuration
        encoder = OutputEncoders.make(configuration, timeFields: timeFields, fileKey: fileKey)
        let codec = try BodyCodecs.make(configuration.compression, level: configuration.compressionLevel)
        sink = BodySink(codec: codec)
        archive =
            configuration.type == .file
            ? try Archive(configuration.file, codec: codec, timeFields: timeFields) : nil
        plan = SendPlan(
            policy: RetryPolicy(initialNanos: configuration.retryInitialNanos, maxNanos: configuration.retryMaxNanos),
            concurrency: configuration.concurrency, quantumBytes: max(configuration.batchMaxBytes, 256 << 10),
            maxInFlightPerTenant: configuration.splunk.acks?.maxOutstanding
                ?? (configuration.order == .strict ? 1 : configuration.concurrency.upperBound),
            weights: weights)
        authenticator = Authenticator(configuration, system: system)
        deadLetters = DeadLetterFile(
            directory: stateDirectory, output: configuration.name, limits: configuration.deadLetters, system: system)
    }

    var codecName: String { sink.codecName }
    var repairedBytes: Int { encoder.repairedBytes }

    /// The request for a unit; an error is no reason to lose it, only to wait.
    func request(for unit: Unit) throws -> HTTPRequest {
        let tenant = unit.batch.tenantName
        try sink.begin()
        encoder.encode(unit, into: sink)
        let finished = try sink.finish()
        var request = HTTPRequest(
            method: "POST", url: encoder.url(configuration.url, tenant: tenant),
            connectTimeoutMillis: configuration.connectTimeoutMillis,
            totalTimeoutMillis: configuration.totalTimeoutMillis,
            maxBodyBytes: encoder.maxResponseBytes(lineCount: unit.lineCount))
        request.headers.append(("Content-Type", encoder.contentType))
        request.headers += encoder.headers(tenant: tenant)
        request.sharedBody = finished.body
        // Loki's protobuf is snappy without saying so, and older versions refuse the header.
        if let encoding = sink.contentEncoding, configuration.type != .loki || encoding != "snappy" {
            request.headers.append(("Content-Encoding", encoding))
        }
        if !configuration.tenantHeader.isEmpty {
            request.headers.append((configuration.tenantHeader, tenant))
        }
        for header in configuration.headers {
            request.headers.append((header.name, TenantTemplate.fill(header.value, tenant)))
        }
        try complete(&request)
        return request
    }

    /// Asks which requests are acknowledged by now.
    func ackRequest(for ids: [UInt64]) throws -> HTTPRequest {
        let url = configuration.url
        let root = url.firstRange(of: "/services/collector").map { url[..<$0.lowerBound] } ?? url[...]
        var request = HTTPRequest(
            method: "POST", url: "\(root)/services/collector/ack",
            headers: [("Content-Type", "application/json")], body: SplunkAcks<Unit>.body(ids),
            connectTimeoutMillis: configuration.connectTimeoutMillis,
            totalTimeoutMillis: configuration.totalTimeoutMillis, maxBodyBytes: 64 << 10)
        try complete(&request)
        return request
    }

    /// What all requests to the destination have.
    private func complete(_ request: inout HTTPRequest) throws {
        request.truncatesBody = true
        request.allowsHTTP2 = configuration.allowsHTTP2
        request.tls = configuration.tls
        request.proxy = configuration.proxy
        request.authentication = authenticator.current(nowNanos: monotonicNanos()) ?? .none
        guard configuration.type == .splunkHEC else { return }
        if case .bearer(let token) = request.authentication {
            request.headers.append(("Authorization", "Splunk \(token)"))
            request.authentication = .none
        }
        if configuration.splunk.acks != nil { request.headers.append(("X-Splunk-Request-Channel", channel)) }
    }

    /// Whether requests can be made. Where a token is missing or runs out, `fetch` is called with the request for one.
    func isAuthenticated(nowNanos: Int64, fetch: (HTTPRequest) throws(CurlError) -> Void) throws -> Bool {
        forgetReplacedSecret()
        if let request = try authenticator.prepare(nowNanos: nowNanos) {
            do throws(CurlError) {
                try fetch(request)
            } catch {
                try authenticator.fetched(.failure(error), nowNanos: nowNanos)
            }
        }
        return authenticator.current(nowNanos: nowNanos) != nil
    }

    private func forgetReplacedSecret() {
        guard let file = configuration.credentials.secretFile else { return }
        let stamp = FileStamp.of(file)
        if stamp != secretStamp { authenticator.secretReplaced() }
        secretStamp = stamp
    }

    /// What an answer, or its absence, means for the lines that were sent.
    func verdict(_ result: Result<HTTPResponse, CurlError>, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        switch result {
        case .failure(let error): ResponseClasses.verdict(error)
        case .success(let response) where response.status == 404 && configuration.on404 == .deadLetter:
            .lines(
                Array(
                    repeating: .rejected(status: 404, reason: ResponseClasses.excerpt(response.body)),
                    count: unit.lineCount))
        case .success(let response): encoder.verdict(response, for: unit, nowWallNanos: nowWallNanos)
        }
    }

    /// A random UUID (RFC 9562, version 4).
    private static func makeChannel() -> String {
        let high = UInt64.random(in: .min ... .max) & 0xffff_ffff_ffff_0fff | 0x4000
        let low = UInt64.random(in: .min ... .max) & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        let digits = GrowableBytes()
        HexText.append(high, to: digits)
        HexText.append(low, to: digits)
        let text = String(decoding: digits.bytes, as: UTF8.self)
        var parts: [Substring] = []
        var rest = text[...]
        for count in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return parts.joined(separator: "-")
    }
}
