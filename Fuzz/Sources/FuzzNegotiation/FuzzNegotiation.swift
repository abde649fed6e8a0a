import Exposition

/// Three texts, separated by zero bytes: `Accept`, `Accept-Encoding` and a name to escape.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNegotiation(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
    let texts = bytes.split(separator: 0, omittingEmptySubsequences: false).prefix(3)
        .map { String(decoding: $0, as: UTF8.self) }
    let negotiated = NegotiatedExposition.negotiate(accept: texts.first)
    precondition(NegotiatedExposition.stableFormats.contains(negotiated.format))
    precondition(!negotiated.contentType.isEmpty && negotiated.contentType.utf8.allSatisfy { $0 >= 32 && $0 < 127 })
    // What we answer with is what we would understand if it were asked for.
    let again = NegotiatedExposition.negotiate(accept: negotiated.contentType)
    precondition(again.format == negotiated.format, "\(negotiated) became \(again)")
    _ = ContentCoding.negotiate(acceptEncoding: texts.dropFirst().first)
    if let name = texts.dropFirst(2).first {
        for scheme in NameEscaping.allCases {
            let escaped = scheme.escape(metric: name)
            if scheme != .allowUTF8, !name.isEmpty { precondition(MetricName.isValid(escaped), "\(scheme) \(escaped)") }
            _ = scheme.unescape(name)
        }
        // A name that needs no escaping stays as it is, also when it looks like an escaped one.
        if !name.isEmpty, !MetricName.isValid(name) {
            precondition(NameEscaping.values.unescape(NameEscaping.values.escape(metric: name)) == name)
        }
    }
    return 0
}
