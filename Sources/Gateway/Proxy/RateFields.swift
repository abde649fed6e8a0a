/// What a client is told of its rate limit (draft-ietf-httpapi-ratelimit-headers-03, section 3).
enum RateFields {
    /// The most that ``append(_:_:)`` writes.
    static let longestBytes = 128

    static func append(_ rate: RateDecision, _ writer: inout HeadWriter) {
        writer.append("RateLimit-Limit: ")
        writer.append(decimal: rate.limit)
        writer.append("\r\nRateLimit-Remaining: ")
        writer.append(decimal: rate.isAllowed ? rate.remaining : 0)
        writer.append("\r\nRateLimit-Reset: ")
        writer.append(decimal: rate.resetSeconds)
        writer.append("\r\n")
    }
}
