import Foundation
import Testing

/// A row of the table that must be served, and what the upstream gets of it.
struct ServedCase: CustomTestStringConvertible, Sendable {
    /// `case N: …`
    let testDescription: String
    let bytes: [UInt8]
    /// Of the one message that arrives.
    var target = "/api/v1/\(CaseBench.cell)/x"
    var body = ""
    var tenant = "acme"
    /// Names in lower case that must not arrive.
    var absent: [String] = []
    /// Names in lower case with all their values as they must arrive.
    var present: [String: [String]] = [:]

    init(_ description: String, _ text: String) {
        testDescription = description
        bytes = Array(text.utf8)
    }

    /// A GET of the cell with these lines.
    static func get(_ description: String, _ lines: String, target: String? = nil) -> ServedCase {
        let path = target ?? "/api/v1/\(CaseBench.cell)/x"
        var made = ServedCase(
            description, "GET \(path) HTTP/1.1\r\nHost: a\r\n\(lines)X-Tenant-Id: acme\r\n\r\n")
        made.target = path
        return made
    }

    /// A chunked POST.
    static func chunked(_ description: String, _ chunks: String) -> ServedCase {
        let head = "POST /api/v1/\(CaseBench.cell)/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n"
        var made = ServedCase(description, "\(head)Transfer-Encoding: chunked\r\n\r\n\(chunks)")
        made.body = "hello"
        return made
    }

    func without(_ names: String...) -> ServedCase {
        var copy = self
        copy.absent += names
        return copy
    }

    func with(_ name: String, _ values: String...) -> ServedCase {
        var copy = self
        copy.present[name] = values
        return copy
    }

    /// Sends it with a canary behind it, and checks everything that can be seen from outside.
    func check() throws {
        let bench = try CaseBench.booted()
        let seen = try bench.observe { connection in
            connection.send(bytes + Array(CaseBench.canary.utf8))
            return [connection.receive(), connection.receive()].compactMap(\.self)
        }
        #expect(seen.replies.map(\.status) == [200, 200])
        #expect(seen.replies.map(\.text) == ["ok", "ok"])
        checkForwarded(seen)
        #expect(seen.lines.count == 1)
        if let line = seen.lines.first {
            #expect(line.status == 200)
            #expect(line.errorCode == nil)
            #expect(line.tenant == tenant)
            #expect(line.tenantSource == "header")
            #expect(line.requestID == seen.replies.first?.header("X-Request-Id"))
            #expect(line.requestBytes == body.utf8.count)
        }
        #expect(seen.rejected.isEmpty)
        let method = String(decoding: bytes.prefix { $0 != 32 }, as: UTF8.self)
        #expect(
            seen.counted == [CountedRequest(tenant: tenant, cell: CaseBench.cell, method: method, code: 200): 1])
    }

    private func checkForwarded(_ seen: Observation) {
        #expect(seen.forwarded.count == 1)
        guard let message = seen.forwarded.first else { return }
        #expect(message.isComplete && message.isCanonical)
        #expect(message.target == target)
        #expect(String(decoding: message.body, as: UTF8.self) == body)
        #expect(message.values("x-tenant-id") == [tenant])
        for name in absent { #expect(message.values(name).isEmpty, "\(name) was forwarded") }
        for (name, values) in present { #expect(message.values(name) == values, "\(name)") }
    }
}
