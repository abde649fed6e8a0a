/// What a gateway by docs/HTTP.md makes of a client's bytes: the plainest reader there can be, with all bytes at hand. It
/// knows nothing of the gateway's code and no limits, which the bytes stay below. They end with a whole good request, so
/// that no head is left open.
struct PipelineModel {
    /// A request that reaches the cell, whole.
    struct Request: Hashable {
        var method: String
        var target: String
        var body: [UInt8]
    }

    /// How the connection stands after the last byte.
    enum Ending {
        /// The gateway waits for the rest of a request, or for the next one.
        case waiting
        /// The gateway has ended the connection.
        case ended
    }

    private(set) var requests: [Request] = []
    /// What each answer is: 200, or 400 for any refusal.
    private(set) var answers: [Int] = []
    private(set) var ending = Ending.waiting
    private let cell: String
    private var rest: ArraySlice<UInt8>

    /// Reads all there is for a gateway whose only cell has that name.
    init(_ bytes: [UInt8], cell: String) {
        self.cell = cell
        rest = bytes[...]
        while readOne() {}
    }

    private static let lineEnd: [UInt8] = [13, 10]
    fileprivate static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// False when nothing more is read.
    private mutating func readOne() -> Bool {
        if rest.starts(with: Self.lineEnd) { rest = rest.dropFirst(2) }
        guard !rest.isEmpty else { return false }
        // What is left of a good request's end is no beginning of another.
        guard let end = rest.firstRange(of: Self.lineEnd + Self.lineEnd) else { return refuseForGood() }
        let lines = Self.lines(rest[..<end.lowerBound])
        rest = rest[end.upperBound...]
        guard let head = Head(lines) else { return refuseForGood() }
        let isServed = head.isServed(cell: cell)
        if !isServed { return refuse(head) }
        guard let body = head.takeBody(from: &rest) else { return endInBody(head) }
        requests.append(Request(method: head.method, target: head.target, body: body))
        answers.append(200)
        return goOn(head)
    }

    private static func lines(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes
        while let end = rest.firstRange(of: lineEnd) {
            lines.append(rest[..<end.lowerBound])
            rest = rest[end.upperBound...]
        }
        return lines + [rest]
    }

    private mutating func goOn(_ head: Head) -> Bool {
        if head.staysOpen { return true }
        ending = .ended
        return false
    }

    private mutating func refuse(_ head: Head) -> Bool {
        answers.append(400)
        guard head.hasBody else { return goOn(head) }
        ending = .ended
        return false
    }

    private mutating func refuseForGood() -> Bool {
        answers.append(400)
        ending = .ended
        return false
    }

    private mutating func endInBody(_ head: Head) -> Bool {
        guard head.isMalformedBody(rest) else { return false }
        return refuseForGood()
    }
}

// MARK: - Heads

extension PipelineModel {
    fileprivate static func field(_ line: ArraySlice<UInt8>) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: 58), isToken(line[..<colon]) else { return nil }
        let value = line[(colon + 1)...]
        guard value.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 }) else { return nil }
        return (text(line[..<colon]).lowercased(), text(value).trimming(while: " \t"))
    }

    fileprivate static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { tokenBytes.contains($0) }
    }

    /// Each byte a character.
    fileprivate static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    /// A head that can be understood.
    fileprivate struct Head {
        let method: String
        let target: String
        let isNew: Bool
        private let fields: [(name: String, value: String)]
        private let length: Int?
        private let isChunked: Bool

        /// Nil when the connection cannot go on after it.
        init?(_ lines: [ArraySlice<UInt8>]) {
            guard let (method, target, isNew) = Self.startLine(lines[0]) else { return nil }
            (self.method, self.target, self.isNew) = (method, target, isNew)
            var fields: [(name: String, value: String)] = []
            for line in lines.dropFirst() {
                guard let field = PipelineModel.field(line) else { return nil }
                if !field.name.contains("_") { fields.append(field) }
            }
            self.fields = fields
            guard method != "CONNECT", target.first == "/", !target.contains("#"),
                Self.isGoodHost(fields, isNeeded: isNew),
                let framing = Self.framing(fields, isNew: isNew), fields.count(where: { $0.name == "content-type" }) < 2
            else { return nil }
            (length, isChunked) = framing
            let expectations = fields.filter { $0.name == "expect" }.map { $0.value.lowercased() }
            guard !isNew || expectations.isEmpty || expectations == ["100-continue"] else { return nil }
        }

        var hasBody: Bool { isChunked || (length ?? 0) > 0 }

        var staysOpen: Bool {
            let tokens = fields.filter { $0.name == "connection" }.flatMap {
                $0.value.lowercased().split(separator: ",")
            }
            .map { $0.trimming(while: " \t") }
            return !tokens.contains("close") && (isNew || tokens.contains("keep-alive"))
        }

        /// By method, path and tenant; else it is refused and the connection goes on.
        func isServed(cell: String) -> Bool {
            guard ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"].contains(method) else { return false }
            let path = String(target.prefix { $0 != "?" })
            guard PathModel.isGood(path) else { return false }
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count >= 4, parts[1] == "api", parts[2] == "v1", parts[3] == cell else { return false }
            let tenants = fields.filter { $0.name == "x-tenant-id" }.map(\.value)
            guard tenants.count < 2 else { return false }
            return tenants.allSatisfy { $0.isEmpty || Self.isID($0) } && (length ?? 0) <= 16 << 20
        }

        private static func isID(_ text: String) -> Bool {
            let isPlain = text.allSatisfy { $0.isPlainLetterOrDigit || ".-_".contains($0) }
            return isPlain && text.count <= 64 && text.first?.isPlainLetterOrDigit == true
        }

        private static func startLine(_ line: ArraySlice<UInt8>) -> (String, String, Bool)? {
            let parts = line.split(separator: 32, omittingEmptySubsequences: false)
            guard parts.count == 3, PipelineModel.isToken(parts[0]), parts[0].count <= 32, !parts[1].isEmpty,
                parts[1].allSatisfy({ $0 > 32 && $0 < 127 })
            else { return nil }
            let version = PipelineModel.text(parts[2])
            guard version == "HTTP/1.1" || version == "HTTP/1.0" else { return nil }
            return (PipelineModel.text(parts[0]), PipelineModel.text(parts[1]), version == "HTTP/1.1")
        }

        private static func isGoodHost(_ fields: [(name: String, value: String)], isNeeded: Bool) -> Bool {
            let hosts = fields.filter { $0.name == "host" }.map(\.value)
            guard hosts.count <= 1, let host = hosts.first else { return hosts.isEmpty && !isNeeded }
            if host.first == "[" { return isGoodLiteral(host) }
            let parts = host.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~!$%&'()*+;=")
            guard !parts[0].isEmpty, parts[0].allSatisfy({ allowed.contains($0) }) else { return false }
            return parts.count == 1 || isGoodPort(parts[1])
        }

        private static func isGoodPort(_ text: Substring) -> Bool {
            text.count <= 5 && text.allSatisfy { $0.isPlainDigit } && (Int("0" + text) ?? .max) <= 65_535
        }

        private static func isGoodLiteral(_ host: String) -> Bool {
            guard let end = host.firstIndex(of: "]") else { return false }
            let inside = host[..<end].dropFirst()
            let behind = host[end...].dropFirst()
            return inside.count >= 2 && inside.allSatisfy { $0.isASCII && $0.isHexDigit || $0 == ":" || $0 == "." }
                && (behind.isEmpty || behind.first == ":" && isGoodPort(behind.dropFirst()))
        }

        /// Nil when it is in doubt.
        private static func framing(
            _ fields: [(name: String, value: String)], isNew: Bool
        ) -> (length: Int?, isChunked: Bool)? {
            let codings = fields.filter { $0.name == "transfer-encoding" }.map { $0.value.lowercased() }
            let lengths = fields.filter { $0.name == "content-length" }.map(\.value)
            if !codings.isEmpty {
                return lengths.isEmpty && isNew && codings == ["chunked"] ? (nil, true) : nil
            }
            guard let text = lengths.first else { return (nil, false) }
            guard lengths.count == 1, !text.isEmpty, text.allSatisfy({ $0.isPlainDigit }), let length = Int(text)
            else { return nil }
            return (length, false)
        }
    }
}

/// Paths that every server reads alike.
private enum PathModel {
    static func isGood(_ path: String) -> Bool {
        guard !path.contains("\\"), !path.contains(";") else { return false }
        var decoded = ""
        var rest = path[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                decoded.append(character)
                continue
            }
            guard rest.count >= 2, rest.prefix(2).allSatisfy({ $0.isASCII && $0.isHexDigit }),
                let code = UInt8(rest.prefix(2), radix: 16), code >= 32, code != 127, code != 47, code != 92
            else { return false }
            rest = rest.dropFirst(2)
            decoded.append(code == 46 ? "." : "x")
        }
        let segments = decoded.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return !segments.contains(".") && !segments.contains("..") && !segments.dropLast().contains("")
    }
}

// MARK: - Bodies

extension PipelineModel.Head {
    /// Nil when it is not complete or malformed.
    func takeBody(from rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard isChunked else {
            guard rest.count >= length ?? 0 else { return nil }
            defer { rest = rest.dropFirst(length ?? 0) }
            return Array(rest.prefix(length ?? 0))
        }
        var chunks = ChunkModel(rest)
        guard chunks.read() == .whole else { return nil }
        rest = chunks.rest
        return chunks.body
    }

    func isMalformedBody(_ rest: ArraySlice<UInt8>) -> Bool {
        guard isChunked else { return false }
        var chunks = ChunkModel(rest)
        return chunks.read() == .malformed
    }
}

/// A chunked body.
private struct ChunkModel {
    enum Outcome {
        case whole
        case incomplete
        case malformed
    }

    private(set) var body: [UInt8] = []
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func read() -> Outcome {
        while true {
            guard let line = takeLine() else { return rest.isEmpty ? .incomplete : .malformed }
            guard let size = Self.size(line) else { return .malformed }
            if size == 0 { return readTrailers() }
            guard rest.count >= size else { return .incomplete }
            body += rest.prefix(size)
            rest = rest.dropFirst(size)
            let end = Array(rest.prefix(2))
            guard end == Array([13, 10].prefix(end.count)) else { return .malformed }
            guard end.count == 2 else { return .incomplete }
            rest = rest.dropFirst(2)
        }
    }

    private mutating func readTrailers() -> Outcome {
        let forbidden: Set = [
            "host", "content-length", "transfer-encoding", "content-type", "te", "trailer", "connection",
        ]
        while let line = takeLine() {
            if line.isEmpty { return .whole }
            guard let field = PipelineModel.field(line), !forbidden.contains(field.name) else { return .malformed }
        }
        return rest.isEmpty ? .incomplete : .malformed
    }

    private mutating func takeLine() -> ArraySlice<UInt8>? {
        guard let end = rest.firstRange(of: [13, 10]) else { return nil }
        defer { rest = rest[end.upperBound...] }
        return rest[..<end.lowerBound]
    }

    /// Nil when the line is no size with extensions.
    private static func size(_ line: ArraySlice<UInt8>) -> Int? {
        let digits = line.prefix { Character(Unicode.Scalar($0)).isASCII && Character(Unicode.Scalar($0)).isHexDigit }
        guard digits.count <= 16, let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
        var rest = line[digits.endIndex...]
        while !rest.isEmpty {
            guard rest.first == UInt8(ascii: ";") else { return nil }
            rest = rest.dropFirst()
            guard takeToken(&rest) else { return nil }
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst()
            guard rest.first == UInt8(ascii: "\"") ? takeQuoted(&rest) : takeToken(&rest) else { return nil }
        }
        return size
    }

    private static func takeToken(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let token = rest.prefix { PipelineModel.tokenBytes.contains($0) }
        rest = rest[token.endIndex...]
        return !token.isEmpty
    }

    private static func takeQuoted(_ rest: inout ArraySlice<UInt8>) -> Bool {
        rest = rest.dropFirst()
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return true }
            let inside = byte == UInt8(ascii: "\\") ? rest.popFirst() : byte
            guard let inside, inside >= 32 && inside != 127 || inside == 9 else { return false }
        }
        return false
    }
}

extension Character {
    fileprivate var isPlainDigit: Bool { ("0"..."9").contains(self) }
    fileprivate var isPlainLetterOrDigit: Bool {
        isPlainDigit || ("a"..."z").contains(self) || ("A"..."Z").contains(self)
    }
}

extension StringProtocol {
    fileprivate func trimming(while characters: String) -> String {
        var text = String(self)[...]
        while let first = text.first, characters.contains(first) { text.removeFirst() }
        while let last = text.last, characters.contains(last) { text.removeLast() }
        return String(text)
    }
}
