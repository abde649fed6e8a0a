import CurlHTTP

/// One output: what is sent next, and what turns lines into requests. Belongs to the sender's thread.
final class OutputLane {
    let configuration: ShipperConfiguration.Output
    let deadLetters: DeadLetterFile
    /// Where lines of the type `file` go.
    let archive: Archive?
    private let encoder: any OutputEncoder
    private let sink: BodySink
    private let authenticator: Authenticator

    /// What is sent next.
    var plan: SendPlan

    init(
        configuration: ShipperConfiguration.Output, timeFields: [String], stateDirectory: String,
        system: any StateFileSystem, fileKey: @escaping (FileSerial) -> UInt64
    ) throws {
        self.configuration = configuration
        encoder = OutputEncoders.make(configuration, timeFields: timeFields, fileKey: fileKey)
        let codec = try BodyCodecs.make(configuration.compression, level: configuration.compressionLevel)
        sink = BodySink(codec: codec)
        archive =
            configuration.type == .file
            ? try Archive(configuration.file, codec: codec, timeFields: timeFields) : nil
        plan = SendPlan(
            policy: RetryPolicy(initialNanos: configuration.retryInitialNanos, maxNanos: configuration.retryMaxNanos),
            concurrency: configuration.concurrency, quantumBytes: max(configuration.batchMaxBytes, 256 << 10))
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
        request.truncatesBody = true
        request.tls = configuration.tls
        request.proxy = configuration.proxy
        request.authentication = try authenticator.authentication(nowNanos: Clock.monotonicNanos())
        if configuration.type == .splunkHEC, case .bearer(let token) = request.authentication {
            request.headers.append(("Authorization", "Splunk \(token)"))
            request.authentication = .none
        }
        return request
    }

    /// Lets the next request read the secrets again.
    func forgetAuthentication() { authenticator.forget() }

    /// What an answer, or its absence, means for the lines that were sent.
    func verdict(_ result: Result<HTTPResponse, CurlError>, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        switch result {
        case .failure(let error): ResponseClasses.verdict(error)
        case .success(let response): encoder.verdict(response, for: unit, nowWallNanos: nowWallNanos)
        }
    }
}
