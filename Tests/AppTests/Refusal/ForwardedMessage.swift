import Foundation

/// A message as an upstream received it, read without any leniency.
struct ForwardedMessage: Sendable {
    var method = ""
    var target: String
    var headers: [(name: String, value: String)]
    var body: [UInt8] = []
    /// False when the connection's bytes stop before the message's end.
    var isComplete = false
    /// False when a byte of it isn't what a careful sender writes, such as two lengths or a bare line feed.
    var isCanonical = true

    func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }

    /// All values of a name in lower case.
    func values(_ name: String) -> [String] { headers.filter { $0.name.lowercased() == name }.map(\.value) }

    /// The messages in a connection's bytes; the last one may be incomplete.
    static func parse(_ bytes: [UInt8]) -> [ForwardedMessage] {
        var messages: [ForwardedMessage] = []
        var rest = bytes[...]
        while let message = next(from: &rest) {
            messages.append(message)
            if !message.isComplete { break }
        }
        return messages
    }

    /// Takes one message off the front; nil when there is nothing. An incomplete one takes all there is.
    static func next(from rest: inout ArraySlice<UInt8>) -> ForwardedMessage? {
        if rest.isEmpty { return nil }
        guard let headEnd = rest.firstRange(of: Array("\r\n\r\n".utf8)) else {
            defer { rest = [] }
            return unfinishedHead(rest)
        }
        var message = head(rest[..<headEnd.lowerBound])
        rest = rest[headEnd.upperBound...]
        message.takeBody(from: &rest)
        return message
    }

    private static func unfinishedHead(_ bytes: ArraySlice<UInt8>) -> ForwardedMessage {
        ForwardedMessage(target: String(decoding: bytes, as: UTF8.self), headers: [], isCanonical: false)
    }

    static func head(_ bytes: ArraySlice<UInt8>) -> ForwardedMessage {
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let first = lines[0].components(separatedBy: " ")
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (String(line[..<colon]), line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
        }
        var message = ForwardedMessage(
            method: first[0], target: first.count == 3 ? first[1] : lines[0], headers: headers)
        let framing = headers.filter { ["content-length", "transfer-encoding"].contains($0.name.lowercased()) }
        let isToken = { (name: String) in
            !name.isEmpty && name.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
        }
        message.isCanonical =
            first.count == 3 && first[2].hasPrefix("HTTP/1.") && framing.count <= 1
            && headers.allSatisfy { isToken($0.name) }
            && !bytes.contains { $0 == 0 || $0 == 127 }
            && !lines.contains { $0.utf8.contains(10) || $0.utf8.contains(13) }
        return message
    }

    private mutating func takeBody(from rest: inout ArraySlice<UInt8>) {
        if let coding = value("transfer-encoding") {
            if coding != "chunked" { isCanonical = false }
            isComplete = takeChunks(from: &rest)
        } else {
            let text = value("content-length") ?? "0"
            guard let length = Int(text), String(length) == text else {
                isCanonical = false
                return
            }
            isComplete = rest.count >= length
            body = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
    }

    private mutating func takeChunks(from rest: inout ArraySlice<UInt8>) -> Bool {
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let digits = rest[..<line.lowerBound]
            guard !digits.isEmpty, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
            else {
                isCanonical = false
                return false
            }
            let data = rest[line.upperBound...]
            guard data.count >= size + 2 else { return false }
            body += data.prefix(size)
            rest = data.dropFirst(size)
            if Array(rest.prefix(2)) != [13, 10] { isCanonical = false }
            rest = rest.dropFirst(2)
            if size == 0 { return true }
        }
        return false
    }
}
