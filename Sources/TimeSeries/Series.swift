/// One series' samples as columns, oldest first; timestamps strictly ascend and both columns are equally long.
///
/// Native-histogram samples will come as a third, optional column beside `values`.
public struct Series: Sendable, Equatable {
    /// What identifies the series.
    public var labels: Labels
    /// Milliseconds since the epoch.
    public var timestamps: [Int64]
    /// One value a timestamp; ``staleMarker`` says that the series ended there.
    public var values: [Double]

    /// Makes a series from its columns.
    public init(labels: Labels, timestamps: [Int64] = [], values: [Double] = []) {
        self.labels = labels
        self.timestamps = timestamps
        self.values = values
    }

    /// How many samples there are.
    public var count: Int { timestamps.count }
}

/// The value that ends a series: a NaN with the bits `0x7ff0000000000002`.
///
/// Specified in Prometheus's model/value package; it is told from other NaNs by its bits only.
public let staleMarker = Double(bitPattern: 0x7ff0_0000_0000_0002)

extension Double {
    /// Whether this is exactly the staleness marker, not just any NaN.
    @inlinable public var isStaleMarker: Bool { bitPattern == 0x7ff0_0000_0000_0002 }
}
