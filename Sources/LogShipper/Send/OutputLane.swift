import CurlHTTP

/// The queues of an output's tenants, taken in turn, and what turns lines into requests. Belongs to the sender's thread.
final class OutputLane {
    /// How many requests that hang may be in flight beside the usual ones.
    private static let maxHangingRequests = 64

    let configuration: ShipperConfiguration.Output
    let policy: RetryPolicy
    let deadLetters: DeadLetterFile
    /// Where lines of the type `file` go.
    let archive: Archive?
    private let encoder: any OutputEncoder
    private let codec: (any BodyCodec)?
    private let authenticator: Authenticator
    private let compressed = GrowableBytes()

    private(set) var queues: [TenantID: TenantQueue] = [:]
    /// Tenants in the phase `ready`, in the order they became so.
    private var ready: [TenantID] = []
    private var readyHead = 0
    private var waiting: Set<TenantID> = []
    private(set) var inFlightCount = 0
    /// How many of the requests in flight hang. They do not count against `concurrency`, or tenants whose destination
    /// hangs would take all of it.
    private(set) var hangingCount = 0
    /// How long requests that were answered took, smoothed.
    private var usualNanos: Int64 = 0

    init(
        configuration: ShipperConfiguration.Output, timeFields: [String], stateDirectory: String,
        system: any StateFileSystem, fileKey: @escaping (FileSerial) -> UInt64
    ) throws {
        self.configuration = configuration
        encoder = OutputEncoders.make(configuration, timeFields: timeFields, fileKey: fileKey)
        codec = try BodyCodecs.make(configuration.compression, level: configuration.compressionLevel)
        archive =
            configuration.type == .file
            ? try Archive(configuration.file, codec: codec, timeFields: timeFields) : nil
        policy = RetryPolicy(
            initialNanos: configuration.retryInitialNanos, maxNanos: configuration.retryMaxNanos)
        authenticator = Authenticator(configuration, system: system)
        deadLetters = DeadLetterFile(
            directory: stateDirectory, output: configuration.name, limits: configuration.deadLetters, system: system)
    }

    /// After how long without an answer a request hangs: far longer than usual, and never less than a second.
    var hangsAfterNanos: Int64 { max(1_000_000_000, usualNanos * 4) }

    func noteAnswer(afterNanos: Int64) {
        let sample = min(afterNanos, 2_000_000_000)
        usualNanos = usualNanos == 0 ? sample : usualNanos - usualNanos / 8 + sample / 8
    }

    func noteHanging(_ change: Int) { hangingCount += change }

    /// The batches of a tenant, among some, of which nothing was sent here.
    func unsent(_ tenant: TenantID, among batches: Set<UInt64>) -> Set<UInt64> {
        queues[tenant].map { batches.intersection($0.unsentBatches) } ?? []
    }

    func remove(_ batches: Set<UInt64>, of tenant: TenantID) { queues[tenant]?.remove(batches) }

    var codecName: String { codec?.name ?? "none" }
    var repairedBytes: Int { encoder.repairedBytes }

    func enqueue(_ batch: Batch) {
        if queues[batch.tenant, default: TenantQueue()].enqueue(Unit(whole: batch)) {
            ready.append(batch.tenant)
        }
    }

    /// Makes those tenants ready whose wait is over; returns when the next one's is.
    func tick(nowNanos: Int64) -> Int64? {
        var next: Int64?
        for tenant in waiting {
            if queues[tenant]?.tick(nowNanos: nowNanos) == true {
                waiting.remove(tenant)
                ready.append(tenant)
            } else if case .waiting(let until)? = queues[tenant]?.phase {
                next = min(next ?? until, until)
            }
        }
        return next
    }

    /// The next tenant's first unit, if another request may start.
    func startNext() -> Unit? {
        let hanging = min(hangingCount, OutputLane.maxHangingRequests)
        guard inFlightCount - hanging < configuration.concurrency else { return nil }
        while readyHead < ready.count {
            let tenant = ready[readyHead]
            readyHead += 1
            if readyHead == ready.count || readyHead > 256 {
                ready.removeFirst(readyHead)
                readyHead = 0
            }
            if let unit = queues[tenant]?.start() {
                inFlightCount += 1
                return unit
            }
        }
        return nil
    }

    /// The request for a unit; an error is no reason to lose it, only to wait.
    func request(for unit: Unit) throws -> HTTPRequest {
        let plain = encoder.encode(unit)
        let tenant = unit.batch.tenantName
        var request = HTTPRequest(
            method: "POST", url: encoder.url(configuration.url, tenant: tenant),
            connectTimeoutMillis: configuration.connectTimeoutMillis,
            totalTimeoutMillis: configuration.totalTimeoutMillis,
            maxBodyBytes: encoder.maxResponseBytes(lineCount: unit.lineCount))
        request.headers.append(("Content-Type", encoder.contentType))
        request.headers += encoder.headers(tenant: tenant)
        if let codec {
            compressed.count = 0
            try codec.compress(plain, into: compressed)
            // Loki's protobuf is snappy without saying so, and older versions refuse the header.
            if configuration.type != .loki || codec.contentEncoding != "snappy" {
                request.headers.append(("Content-Encoding", codec.contentEncoding))
            }
            request.sharedBody = BodyBuffer(copying: compressed.bytes)
        } else {
            request.sharedBody = BodyBuffer(copying: plain)
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

    /// The request of a tenant ended.
    func finish(
        _ tenant: TenantID, _ verdict: Verdict, nowNanos: Int64, random: inout some RandomNumberGenerator
    ) -> TenantQueue.Effect {
        change(tenant) { queue in
            queue.finish(verdict, nowNanos: nowNanos, policy: policy, random: &random)
        }
    }

    /// The dead letters of a tenant's first unit are written, or could not be.
    func buried(
        _ tenant: TenantID, isWritten: Bool, nowNanos: Int64, random: inout some RandomNumberGenerator
    ) -> TenantQueue.Effect {
        change(tenant) { queue in
            queue.buried(isWritten: isWritten, nowNanos: nowNanos, policy: policy, random: &random)
        }
    }

    private func change(
        _ tenant: TenantID, _ body: (inout TenantQueue) -> TenantQueue.Effect
    ) -> TenantQueue.Effect {
        guard var queue = queues.removeValue(forKey: tenant) else { return .none }
        let wasInFlight = queue.phase == .inFlight
        let effect = body(&queue)
        if wasInFlight, queue.phase != .inFlight { inFlightCount -= 1 }
        switch queue.phase {
        case .idle:
            // An empty queue is not kept: memory follows the tenants that have something to send.
            return effect
        case .ready: ready.append(tenant)
        case .waiting: waiting.insert(tenant)
        case .inFlight: break
        }
        queues[tenant] = queue
        return effect
    }
}
