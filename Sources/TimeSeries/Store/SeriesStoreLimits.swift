/// The bounds of a ``SeriesStore``.
public struct SeriesStoreLimits: Sendable {
    /// Series held at once.
    public var maxSeries: Int
    /// Samples held at once, over all series; a number takes 16 bytes, and a histogram counts as the numbers
    /// that its memory would hold.
    public var maxSamples: Int

    /// Defaults of one million series and 64 million samples (1 GiB).
    public init(maxSeries: Int = 1_000_000, maxSamples: Int = 64_000_000) {
        self.maxSeries = maxSeries
        self.maxSamples = maxSamples
    }
}
