/// How much a spool may take, and what happens when that is reached.
struct SpoolLimits: Equatable, Sendable {
    /// Bytes of all tenants' segments on the disk.
    var maxBytes: Int64 = 1 << 30
    /// Bytes of one tenant's segments.
    var tenantMaxBytes: Int64 = 1 << 28
    /// A segment is closed at this size; a single frame may go beyond.
    var segmentBytes: Int64 = 8 << 20
    /// How many tenants may have a spool at a time; the others stay in their log files.
    var maxTenants = 256
    var whenFull = SpoolOptions.WhenFull.block

    /// Small limits get small segments, so that there is something to drop or delete before all is.
    var effectiveSegmentBytes: Int64 {
        max(4096, min(segmentBytes, min(maxBytes, tenantMaxBytes) / 8))
    }
}
