import CurlHTTP
import TestSupport

@testable import LogShipper

/// What stands behind one output of a model: takes requests, with all the trouble that destinations make, and remembers
/// every line over all starts of the shipper.
final class ModelDestination: @unchecked Sendable {
    struct Arrival {
        let start: Int
        /// The shipper was told.
        var isAcknowledged = false
    }

    enum Ending {
        /// What the protocol says to what was stored.
        case answer
        case status(Int, [(name: String, value: String)])
        /// The answer breaks off.
        case cut
        case failure(CurlError.Kind)
    }

    struct Request {
        let id: UInt64
        let lines: [Int]
        /// Elasticsearch's ids of the documents.
        let ids: [String]
        /// Nil where nothing is stored.
        var storeNanos: Int64?
        let endNanos: Int64
        let ending: Ending
        /// What the protocol says, from the moment it is stored.
        var answer: HTTPResponse?
    }

    let type: ShipperConfiguration.OutputType
    let lines: ModelLines
    var generator: SeededGenerator
    private let time: ModelTime
    private(set) var arrivals: [Int: [Arrival]] = [:]
    /// Lines by their first arrival.
    private(set) var order: [Int] = []
    /// Lines that the destination has taken notice of and dropped.
    private(set) var refused: Set<Int> = []
    private(set) var faults: [String] = []
    /// Bytes of lines that came again, in one start, behind their acknowledgement.
    private(set) var bytesInBoth: [Int: Int] = [:]
    private var documents: [String: Int] = [:]
    private var running: [Request] = []
    private(set) var start = 0
    /// One request in so many goes wrong; 0 for none.
    var troublesOneIn = 0
    var failingTenants: Set<String> = []
    var isDown = false

    init(type: ShipperConfiguration.OutputType, lines: ModelLines, time: ModelTime, _ generator: SeededGenerator) {
        self.type = type
        self.lines = lines
        self.time = time
        self.generator = generator
    }

    var isIdle: Bool { running.isEmpty }

    /// The shipper is gone. What was on its way arrives or does not.
    func abandon() {
        for request in running where request.storeNanos != nil && generator.oneIn(2) {
            var request = request
            store(&request)
        }
        running = []
        start += 1
    }

    func heal() {
        troublesOneIn = 0
        failingTenants = []
        isDown = false
    }

    func add(_ request: HTTPRequest, id: UInt64) {
        let body = request.sharedBody.map { Array($0.bytes) } ?? request.body
        let (numbers, ids) = read(body)
        let tenants = Set(numbers.map { lines.lines[$0].tenant })
        if tenants.count != 1 { faults.append("a request of \(tenants.sorted())") }
        if request.headers.contains(where: { $0.name == "X-Tenant-Id" && !tenants.contains($0.value) }) {
            faults.append("a wrong tenant")
        }
        let (isStored, ending, delay) = decide(tenants.first ?? "", request.totalTimeoutMillis)
        let end = time.nowNanos + delay
        time.trace(
            "request \(id) with \(numbers) of \(tenants), stored \(isStored), then \(ending) after \(delay / 1_000_000) ms"
        )
        running.append(
            Request(
                id: id, lines: numbers, ids: ids,
                storeNanos: isStored ? time.nowNanos + Int64(generator.int(0...Int(delay))) : nil, endNanos: end,
                ending: ending))
    }

    private func decide(_ tenant: String, _ timeoutMillis: Int) -> (isStored: Bool, Ending, delayNanos: Int64) {
        let quick = Int64(generator.int(1...200)) * 1_000_000
        if isDown { return (false, .failure(.connect), quick) }
        if failingTenants.contains(tenant) {
            if generator.oneIn(3) { return (false, .failure(.timeout), Int64(timeoutMillis) * 1_000_000) }
            return (false, .status([429, 503, 401].randomElement(using: &generator) ?? 429, retryAfter()), quick)
        }
        guard troublesOneIn > 0, generator.oneIn(troublesOneIn) else { return (true, .answer, quick) }
        let isStored = generator.oneIn(2)
        switch generator.int(0...11) {
        case 0: return (false, .status(429, retryAfter()), quick)
        case 1: return (false, .status(503, retryAfter()), quick)
        case 2: return (isStored, .status([500, 502, 504, 408].randomElement(using: &generator) ?? 500, []), quick)
        case 3: return (false, .failure(.connect), quick)
        case 4, 5: return (isStored, .failure(.receive), quick)
        case 6: return (isStored, .failure(.timeout), Int64(timeoutMillis) * 1_000_000)
        case 7: return (false, .status(400, []), quick)
        case 8: return (false, .status(413, []), quick)
        case 9: return (false, .status([401, 404, 260, 301].randomElement(using: &generator) ?? 401, []), quick)
        case 10: return (true, .cut, quick)
        default: return (true, .answer, Int64(generator.int(1...25)) * 1_000_000_000)
        }
    }

    private func retryAfter() -> [(name: String, value: String)] {
        let values = [
            "2", "0", "-1", "999999999", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 2100 00:00:00 GMT",
        ]
        return generator.oneIn(3) ? [("Retry-After", values.randomElement(using: &generator) ?? "2")] : []
    }

    /// What ended by now.
    func poll() -> [CurlMulti.Completion] {
        let now = time.nowNanos
        for index in running.indices.sorted(by: { running[$0].storeNanos ?? 0 < running[$1].storeNanos ?? 0 })
        where running[index].answer == nil && running[index].storeNanos ?? .max <= now {
            store(&running[index])
        }
        let ended = running.filter { $0.endNanos <= now }.sorted { ($0.endNanos, $0.id) < ($1.endNanos, $1.id) }
        running.removeAll { $0.endNanos <= now }
        for request in ended { time.trace("answer to \(request.id)") }
        return ended.map { CurlMulti.Completion(id: $0.id, result: end($0)) }
    }

    private func end(_ request: Request) -> Result<HTTPResponse, CurlError> {
        switch request.ending {
        case .answer:
            guard let answer = request.answer else { return failure(.receive) }
            if (200...299).contains(answer.status) { acknowledge(request.lines) }
            return .success(answer)
        case .cut:
            guard var answer = request.answer, answer.body.count > 2 else { return failure(.receive) }
            answer.body.removeLast(generator.int(1...(answer.body.count - 1)))
            return .success(answer)
        case .status(let status, let headers):
            return .success(HTTPResponse(status: status, headers: headers, body: Array("<html>no</html>".utf8)))
        case .failure(let kind): return failure(kind)
        }
    }

    private func failure(_ kind: CurlError.Kind) -> Result<HTTPResponse, CurlError> {
        .failure(CurlError(kind: kind, message: "model"))
    }

    private func acknowledge(_ numbers: [Int]) {
        for number in numbers {
            guard let last = arrivals[number]?.indices.last else { continue }
            arrivals[number]?[last].isAcknowledged = true
        }
    }

    private func store(_ request: inout Request) {
        switch type {
        case .elasticsearch: request.answer = storeDocuments(request)
        case .otlp:
            let bad = request.lines.filter { lines.lines[$0].isPoison }
            for number in request.lines where !lines.lines[number].isPoison { arrive(number) }
            refused.formUnion(bad)
            let text = bad.isEmpty ? "{}" : "{\"partialSuccess\":{\"rejectedLogRecords\":\"\(bad.count)\"}}"
            request.answer = HTTPResponse(
                status: 200, headers: [("Content-Type", "application/json")], body: Array(text.utf8))
        default:
            if request.lines.contains(where: { lines.lines[$0].isPoison }) {
                request.answer = HTTPResponse(status: 400, body: Array("bad".utf8))
            } else {
                for number in request.lines { arrive(number) }
                request.answer = HTTPResponse(status: 204)
            }
        }
    }

    private func storeDocuments(_ request: Request) -> HTTPResponse {
        var statuses: [Int] = []
        for (number, id) in zip(request.lines, request.ids) {
            if lines.lines[number].isPoison {
                statuses.append(400)
            } else if troublesOneIn > 0, generator.oneIn(troublesOneIn * 3) {
                statuses.append([429, 503].randomElement(using: &generator) ?? 429)
            } else if let known = documents[id] {
                if known != number { faults.append("lines \(known) and \(number) have one id") }
                statuses.append(409)
            } else {
                documents[id] = number
                arrive(number)
                statuses.append(201)
            }
        }
        let items = statuses.map { status in
            "{\"create\":{\"status\":\(status)" + (status > 299 ? ",\"error\":{\"type\":\"x\"}" : "") + "}}"
        }
        let hasErrors = statuses.contains { $0 > 299 }
        return HTTPResponse(
            status: 200, body: Array("{\"errors\":\(hasErrors),\"items\":[\(items.joined(separator: ","))]}".utf8))
    }

    private func arrive(_ number: Int) {
        let line = lines.lines[number]
        if type != .elasticsearch, arrivals[number]?.contains(where: { $0.start == start && $0.isAcknowledged }) == true
        {
            // A kill between an append to the spool and the next checkpoint leaves lines in the spool and in their files.
            bytesInBoth[start, default: 0] += line.byteCount
            time.trace("line \(number) was acknowledged and comes again")
        }
        if arrivals[number] == nil { order.append(number) }
        arrivals[number, default: []].append(Arrival(start: start))
    }

    /// The numbers of the lines in a body, and what stands before each.
    private func read(_ body: [UInt8]) -> (numbers: [Int], ids: [String]) {
        let texts = body.split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
        switch type {
        case .elasticsearch:
            let ids = stride(from: 0, to: texts.count, by: 2).map { String(texts[$0]) }
            return (stride(from: 1, to: texts.count, by: 2).compactMap { numbers(texts[$0]).first }, ids)
        case .otlp: return (numbers(texts.joined()), [])
        default:
            return (
                texts.compactMap { text in
                    guard let number = numbers(text).first else { return nil }
                    if lines.lines[number].text != text { faults.append("line \(number) is changed: \(text)") }
                    return number
                }, []
            )
        }
    }

    private func numbers(_ text: String) -> [Int] {
        text.split(separator: "~").compactMap { Int($0) }
    }
}

/// The way to a destination that one start of the shipper has.
final class ModelTransport: Transport {
    private let destination: ModelDestination
    private let system: ModelFileSystem

    init(_ destination: ModelDestination, _ system: ModelFileSystem) {
        self.destination = destination
        self.system = system
    }

    func add(_ request: HTTPRequest, id: UInt64) throws(CurlError) {
        // A dead process sends nothing.
        if !system.isDead { destination.add(request, id: id) }
    }

    func poll(timeoutMillis: Int) -> [CurlMulti.Completion] { system.isDead ? [] : destination.poll() }

    func wakeup() {}
}
