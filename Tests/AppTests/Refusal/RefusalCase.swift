import Foundation
import TestSupport

/// A request that must be refused, from a corpus that nobody on this project wrote.
struct RefusalCase: Sendable {
    var name: String
    var bytes: [UInt8]
    /// Whether the fault is the target itself, so that another target would make the request a good one.
    var isAboutTarget = false

    /// llhttp's requests that a strict parser rejects. Its pauses at CONNECT, Upgrade and PRI (codes 21 to 23) are no
    /// rejections.
    static func llhttp() throws -> [RefusalCase] {
        struct Entry: Decodable {
            var file: String
            var side: String
            var strict: Bool
            var error: Int?
        }
        let entries = try JSONDecoder().decode([Entry].self, from: Data(Conformance.bytes("http/llhttp/index.json")))
        let rejected = entries.filter { entry in
            entry.side == "request" && entry.strict && entry.error.map { !(21...23).contains($0) } == true
        }
        return try rejected.map { try load($0.file) }
    }

    /// gunicorn's invalid requests.
    static func gunicorn() throws -> [RefusalCase] {
        struct Entry: Decodable {
            var file: String
            var expect: String
        }
        let entries = try JSONDecoder().decode([Entry].self, from: Data(Conformance.bytes("http/gunicorn/index.json")))
        return try entries.filter { $0.expect == "reject" }.map { try load($0.file) }
    }

    private static func load(_ file: String) throws -> RefusalCase {
        let name = file.replacingOccurrences(of: ".raw", with: "").replacingOccurrences(of: "/", with: "-")
        return RefusalCase(
            name: name, bytes: try Conformance.bytes("http/\(file)"), isAboutTarget: targetFaults.contains(name))
    }

    private static let targetFaults: Set = [
        "llhttp-request-157", "gunicorn-invalid-006", "gunicorn-invalid-016",
    ]

    /// The forms in which the request is sent, each with the mark that its target carries when it could reach the cell:
    /// as it is; with its head ended where it stops inside of it, so that it is judged and does not just wait; with the
    /// target replaced, and with it put in front of the original one.
    func variants(cell: String) -> [RefusalVariant] {
        let ended = headEnded(bytes)
        var variants = [RefusalVariant(name: name, mark: nil, bytes: bytes)]
        if ended != bytes { variants.append(RefusalVariant(name: name, mark: nil, bytes: ended)) }
        let lineEnd = bytes.firstIndex { $0 == 13 || $0 == 10 } ?? bytes.endIndex
        let line = bytes[..<lineEnd].split(separator: 32, omittingEmptySubsequences: false)
        guard line.count >= 3, line[1].first == UInt8(ascii: "/") else { return variants }
        let forms = isAboutTarget ? ["put-in-front"] : ["replaced", "put-in-front"]
        for form in forms {
            let mark = "\(name)-\(form)"
            let target = Array("/api/v1/\(cell)/\(mark)".utf8) + (form == "replaced" ? [] : line[1])
            let first = Array(
                [Array(line[0]), target, Array(line[2...].joined(separator: [32]))].joined(separator: [32]))
            variants.append(RefusalVariant(name: name, mark: mark, bytes: withHost(first, from: lineEnd)))
        }
        return variants
    }

    /// The new first line, a Host where an HTTP/1.1 request lacks one, and the rest.
    private func withHost(_ first: [UInt8], from lineEnd: Int) -> [UInt8] {
        let rest = headEnded(bytes)[lineEnd...]
        let ending = rest.prefix { $0 == 13 || $0 == 10 }.prefix(rest.prefix(2) == [13, 10] ? 2 : 1)
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        let needsHost = text.contains("http/1.1") && !text.contains("\nhost:")
        return first + ending + (needsHost ? Array("Host: a\r\n".utf8) : []) + rest.dropFirst(ending.count)
    }

    private func headEnded(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.firstRange(of: Array("\r\n\r\n".utf8)) != nil || bytes.firstRange(of: [10, 10]) != nil {
            return bytes
        }
        return bytes + Array((bytes.suffix(2) == [13, 10] ? "\r\n" : "\r\n\r\n").utf8)
    }
}

/// One form of a ``RefusalCase``.
struct RefusalVariant: Sendable {
    var name: String
    /// Part of its target when that leads to the recording cell.
    var mark: String?
    var bytes: [UInt8]
}
