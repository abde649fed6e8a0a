/// One tenant's open batch and what of it is not acknowledged; plain memory without reference counts.
struct TenantSlot {
    /// The open batch.
    var content = BatchContent()
    /// Monotonic time of the open batch's first line.
    var openedNanos: Int64 = 0
    /// Bytes of this tenant's lines in open and closed batches that are not settled yet.
    var unackedBytes = 0
    /// How many reasons there are at the moment not to take this tenant's lines.
    var obstacles: Int32 = 0
    /// Where the tenant stands in the list of open batches.
    var openIndex: Int32 = 0
    /// The sender was asked to give back what it has queued for this tenant and has not answered.
    var isGivingBack = false
}
