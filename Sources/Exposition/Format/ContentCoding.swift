/// How a body is compressed on its way.
public enum ContentCoding: String, Sendable, CaseIterable {
    /// Not at all.
    case identity
    /// RFC 1952.
    case gzip

    /// The coding to answer with: gzip when it is accepted and not less welcome than identity.
    ///
    /// RFC 9110, section 12.5.3: a coding that isn't named has the weight of `*`; identity that is neither named nor
    /// covered by `*` is acceptable. Where nothing acceptable is left, the answer is identity, as it never fails.
    public static func negotiate(acceptEncoding: String?) -> ContentCoding {
        guard let acceptEncoding else { return .identity }
        var weights: [String: Int] = [:]
        for item in AcceptHeader.weightedTokens(acceptEncoding) where weights[item.token] == nil {
            weights[item.token] = item.quality
        }
        let gzip = weights["gzip"] ?? weights["x-gzip"] ?? weights["*"] ?? 0
        guard gzip > 0 else { return .identity }
        return gzip >= weights["identity"] ?? 0 ? .gzip : .identity
    }
}
