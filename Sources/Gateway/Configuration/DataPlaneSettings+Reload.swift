extension DataPlaneSettings {
    /// These settings with what a reload can change taken from `next`.
    func reloaded(with next: DataPlaneSettings) -> DataPlaneSettings {
        var result = next
        result.listen = listen
        result.loops = loops
        result.pool = pool
        result.maxConnections = maxConnections
        result.tenants = tenants
        result.quotas.rateTable = quotas.rateTable
        result.quotas.inFlightTable = quotas.inFlightTable
        result.tls.listen = tls.listen
        // A listener is not opened or closed by a reload.
        if tls.isEnabled != next.tls.isEnabled { result.tls = tls }
        return result
    }
}
