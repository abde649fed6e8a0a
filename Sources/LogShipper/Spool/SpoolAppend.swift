/// What became of a block that was to be spooled.
enum SpoolAppend: Equatable {
    enum Limit: Equatable {
        /// The tenant's own bytes.
        case tenant
        /// Those of all tenants.
        case all
        /// The number of tenants that may have a spool.
        case tenants
    }

    /// Written; it survives a loss of power after the next `sync`.
    case stored
    /// Not written: there is no room.
    case full(Limit)
    /// Not written: the disk is full or broken.
    case failed(SystemError)
}
