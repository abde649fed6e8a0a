#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Which of the lines that leave somebody wants to see, and how.
public struct TapFilter: Sendable, Equatable {
    /// Of this tenant only.
    public var tenant: String?
    /// Of this output only.
    public var output: String?
    /// Only lines that contain these bytes.
    public var grep: [UInt8] = []
    /// One JSON object a line instead of text.
    public var isJSON = false
    /// After how many lines it ends; nil for never.
    public var limit: Int?

    /// Everything, as text.
    public init() {}

    /// Reads the query of `/tap`. Nil for an unknown key or a value that makes no sense.
    init?(query: String?) {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let value = TapFilter.decode(parts.count > 1 ? String(parts[1]) : "") else { return nil }
            switch parts[0] {
            case "tenant": tenant = String(decoding: value, as: UTF8.self)
            case "output": output = String(decoding: value, as: UTF8.self)
            case "grep": grep = value
            case "format":
                guard value.elementsEqual("json".utf8) || value.elementsEqual("text".utf8) else { return nil }
                isJSON = value.elementsEqual("json".utf8)
            case "limit":
                guard let number = Int(String(decoding: value, as: UTF8.self)), number > 0 else { return nil }
                limit = number
            default: return nil
            }
        }
    }

    /// The query that says the same.
    var query: String {
        var parts = isJSON ? ["format=json"] : []
        if let tenant { parts.append("tenant=\(TapFilter.encode(Array(tenant.utf8)))") }
        if let output { parts.append("output=\(TapFilter.encode(Array(output.utf8)))") }
        if !grep.isEmpty { parts.append("grep=\(TapFilter.encode(grep))") }
        if let limit { parts.append("limit=\(limit)") }
        return parts.joined(separator: "&")
    }

    func wants(output name: String, tenant id: String) -> Bool {
        (output == nil || output == name) && (tenant == nil || tenant == id)
    }

    func wants(_ line: UnsafeRawBufferPointer) -> Bool {
        guard !grep.isEmpty else { return true }
        guard let base = line.baseAddress, let first = grep.first else { return false }
        var index = 0
        while line.count - index >= grep.count, let found = memchr(base + index, Int32(first), line.count - index) {
            index = base.distance(to: UnsafeRawPointer(found))
            guard line.count - index >= grep.count else { return false }
            if memcmp(base + index, grep, grep.count) == 0 { return true }
            index += 1
        }
        return false
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes {
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80,
                Character(scalar).isLetter || Character(scalar).isNumber || "-._".unicodeScalars.contains(scalar)
            {
                text.unicodeScalars.append(scalar)
            } else {
                text += byte < 16 ? "%0\(String(byte, radix: 16))" : "%\(String(byte, radix: 16))"
            }
        }
        return text
    }

    private static func decode(_ text: String) -> [UInt8]? {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                result.append(byte == 0x2b ? 0x20 : byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
            result.append(value)
            rest = rest.dropFirst(2)
        }
        return result
    }
}
