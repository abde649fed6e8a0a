import Foundation
import Testing

/// A row of the table of attacks and bad input that the gateway must answer itself.
struct RefusedCase: CustomTestStringConvertible, Sendable {
    /// What the upstream may have got of it.
    enum Arrival: Sendable {
        /// Not one byte.
        case nothing
        /// The beginning of a message that never becomes whole.
        case cutOff
    }

    /// `case N: …`
    let testDescription: String
    var bytes: [UInt8]
    var status = 400
    var code = "BAD_REQUEST"
    /// The label of `gateway_rejected_total`.
    var reason: String
    var tenant: String?
    var tenantSource = "none"
    /// The labels of `gateway_requests_total`.
    var tenantLabel = "_none"
    var cell = "_unknown"
    /// Whether the connection takes another request.
    var isKept = false
    var arrival = Arrival.nothing
    /// Whether another request follows the bytes.
    var hasCanary = true

    init(_ description: String, _ bytes: [UInt8], reason: String) {
        testDescription = description
        self.bytes = bytes
        self.reason = reason
    }

    init(_ description: String, _ text: String, reason: String) {
        self.init(description, Array(text.utf8), reason: reason)
    }

    /// A POST to the cell with these lines.
    static func post(_ description: String, _ lines: String, body: String = "hello", reason: String) -> RefusedCase {
        let start = "POST /api/v1/\(CaseBench.cell)/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n"
        return RefusedCase(description, "\(start)\(lines)\r\n\r\n\(body)", reason: reason)
    }

    /// A GET of the cell with one more line.
    static func line(_ description: String, _ line: String, reason: String = "header") -> RefusedCase {
        let start = "GET /api/v1/\(CaseBench.cell)/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n"
        return RefusedCase(description, "\(start)\(line)\r\n\r\n", reason: reason)
    }

    /// A request line with Host and a tenant.
    static func start(_ description: String, _ line: String, reason: String) -> RefusedCase {
        RefusedCase(description, "\(line)\r\nHost: a\r\nX-Tenant-Id: acme\r\n\r\n", reason: reason)
    }

    func answered(_ status: Int, _ code: String) -> RefusedCase {
        var copy = self
        copy.status = status
        copy.code = code
        return copy
    }

    /// Refused after its tenant was known.
    func by(_ tenant: String?, _ source: String, label: String? = nil) -> RefusedCase {
        var copy = self
        copy.tenant = tenant
        copy.tenantSource = source
        copy.tenantLabel = label ?? (source == "header" ? tenant ?? "_none" : "_none")
        return copy
    }

    func counted(cell: String) -> RefusedCase {
        var copy = self
        copy.cell = cell
        return copy
    }

    /// With another text in the place of one.
    func replacing(_ text: String, _ other: String) -> RefusedCase {
        var copy = self
        copy.bytes = Array(String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: text, with: other).utf8)
        return copy
    }

    /// The connection goes on.
    var kept: RefusedCase {
        var copy = self
        copy.isKept = true
        return copy
    }

    /// The upstream has seen the beginning.
    var begun: RefusedCase {
        var copy = self
        copy.arrival = .cutOff
        copy.tenant = "acme"
        copy.tenantSource = "header"
        copy.tenantLabel = "acme"
        copy.cell = CaseBench.cell
        return copy
    }

    /// Nothing follows the case's bytes.
    var alone: RefusedCase {
        var copy = self
        copy.hasCanary = false
        return copy
    }

    private var methodLabel: String {
        let method = String(decoding: bytes.prefix { $0 != 32 }, as: UTF8.self)
        let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"]
        return known.contains(method) ? method : "_OTHER"
    }

    /// Sends it and checks everything that can be seen from outside.
    func check() throws {
        let bench = try CaseBench.booted()
        let seen = try bench.observe { connection in
            connection.send(bytes + (hasCanary ? Array(CaseBench.canary.utf8) : []))
            guard isKept else { return connection.receiveAll() }
            return [connection.receive(), connection.receive()].compactMap(\.self)
        }
        checkReplies(seen)
        checkTraces(seen)
    }

    private func checkReplies(_ seen: Observation) {
        #expect(seen.replies.map(\.status) == [status] + (isKept ? [200] : []))
        if !isKept { #expect(seen.ending == .ended) }
        guard let reply = seen.replies.first else { return }
        reply.expectFailure(status, code)
        #expect(reply.header("Connection") == (isKept ? nil : "close"))
        #expect(reply.header("Content-Length") == "\(reply.body.count)")
    }

    /// The upstream, the log and the metrics.
    private func checkTraces(_ seen: Observation) {
        switch arrival {
        case .nothing: #expect(seen.forwarded.isEmpty)
        case .cutOff:
            #expect(!seen.forwarded.contains { $0.isComplete })
            #expect(seen.forwarded.count <= 1)
        }
        #expect(seen.lines.count == 1)
        if let line = seen.lines.first {
            #expect(line.status == status)
            #expect(line.errorCode == code)
            #expect(line.requestID == seen.replies.first?.failure?.requestID)
            #expect(line.tenantSource == tenantSource)
            #expect(line.tenant == tenant)
        }
        #expect(seen.rejected == [reason: 1])
        let counted = CountedRequest(tenant: tenantLabel, cell: cell, method: methodLabel, code: status)
        #expect(seen.counted == [counted: 1])
    }
}

extension Reply {
    /// An answer of the gateway's own with the contract's body.
    func expectFailure(_ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self.status == status, sourceLocation: sourceLocation)
        #expect(header("Content-Type") == "application/json", sourceLocation: sourceLocation)
        guard let failure else {
            Issue.record("not the contract's body: \(text)", sourceLocation: sourceLocation)
            return
        }
        #expect(failure.code == code, sourceLocation: sourceLocation)
        #expect(!failure.message.isEmpty, sourceLocation: sourceLocation)
        #expect(!failure.requestID.isEmpty, sourceLocation: sourceLocation)
        #expect(failure.requestID == header("X-Request-Id"), sourceLocation: sourceLocation)
    }
}
