/// What a client of HTTP/2 begins with where TLS has not said so before (RFC 9113, section 3.4).
enum HTTP2Preface {
    /// Whether the bytes begin with it; nil when there are too few to tell.
    static func isBegun(by bytes: UnsafeRawBufferPointer) -> Bool? {
        let preface = UnsafeRawBufferPointer(HTTP2Connection.preface)
        let count = min(bytes.count, preface.count)
        guard bytes.part(0, count).isEqual(preface.part(0, count)) else { return false }
        return count == preface.count ? true : nil
    }
}
