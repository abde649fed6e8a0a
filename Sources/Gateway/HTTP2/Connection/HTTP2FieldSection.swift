/// The header section that is being sent.
struct HTTP2FieldSection {
    /// 0 between sections.
    var stream: UInt32 = 0
    var isTrailers = false
    /// 1xx: the final head is still to come.
    var isInterim = false
    /// From the `content-length` added, below 0 without.
    var contentLength = -1
    var isHead = false
    var isConnect = false
    /// 204 and 304 have no content, whatever `content-length` says.
    var hasNoContent = false
}
