import Exposition

/// How many values of a label get series of their own, and what a value has to show for it.
///
/// Provisioned values always have series. Of all others the busiest have a *place*; the rest is counted as `_other`,
/// and what names no value as `_none`. So the values of the label are at most
/// `provisioned.count + places + frozenPlaces + 2`, whatever comes from outside.
public struct LabelPolicy: Sendable, Equatable {
    /// Values that always have series; those that are empty, reserved or too long are left out.
    public var provisioned: [String] {
        didSet { provisioned = LabelPolicy.distinct(provisioned) }
    }
    /// Values besides the provisioned ones that are counted by name at a time; at most 1,000,000.
    public var places: Int
    /// Values that lost their place and whose series still stand in the scrape; half of `places` unless said
    /// otherwise. While so many are frozen nobody loses a place.
    public var frozenPlaces: Int
    /// Counters of the Space-Saving summary that finds the busy ones among the unplaced, 16 … 65,536.
    ///
    /// A value with more than one in `counters` of the unplaced requests is sure to be found.
    public var counters: Int
    /// Requests in one window that must be guaranteed (count − error) before a place is given.
    public var guaranteedCount: UInt32
    /// Length of a window.
    public var windowNanos: UInt64
    /// How long a demoted value's series stay.
    public var frozenNanos: UInt64
    /// By how many percent a newcomer must be busier than the least busy placed value.
    public var marginPercent: UInt32
    /// By how many requests in a window at least.
    public var marginCount: UInt32
    /// Whole windows that a value keeps its place before it can be demoted.
    public var minimumStayWindows: UInt32
    /// Longest value in bytes, 1 … 1,024; a longer one counts as `_other`.
    public var longestValueBytes: Int

    /// 200 places, 4,096 counters, 100 requests in windows of five minutes, frozen for an hour.
    public init(provisioned: [String] = [], places: Int = 200, frozenPlaces: Int? = nil, longestValueBytes: Int = 64) {
        self.provisioned = LabelPolicy.distinct(provisioned)
        self.places = places
        self.frozenPlaces = frozenPlaces ?? places / 2 + places % 2
        self.longestValueBytes = longestValueBytes
        counters = 4096
        guaranteedCount = 100
        windowNanos = 300_000_000_000
        frozenNanos = 3_600_000_000_000
        marginPercent = 25
        marginCount = 50
        minimumStayWindows = 1
    }

    /// Values that may stand in a scrape at the same time, `_other` and `_none` included.
    public var valueBound: Int {
        fixedSeats + LabelPolicy.clamped(places) + LabelPolicy.clamped(frozenPlaces)
    }

    /// `_other`, `_none` and the provisioned values.
    var fixedSeats: Int { provisioned.count + 2 }

    /// The same within the stated ranges.
    var clamped: LabelPolicy {
        var policy = self
        policy.places = LabelPolicy.clamped(places)
        policy.frozenPlaces = LabelPolicy.clamped(frozenPlaces)
        policy.counters = min(max(counters, 16), 65_536)
        policy.guaranteedCount = max(guaranteedCount, 1)
        policy.windowNanos = max(windowNanos, 1)
        policy.longestValueBytes = min(max(longestValueBytes, BoundedLabel.other.utf8.count), 1024)
        let longest = policy.longestValueBytes
        policy.provisioned = provisioned.filter { !$0.isEmpty && $0.utf8.count <= longest }
        return policy
    }

    private static func clamped(_ places: Int) -> Int { min(max(places, 0), 1_000_000) }

    private static func distinct(_ values: [String]) -> [String] {
        var seen: Set<ExactText> = [ExactText(BoundedLabel.other), ExactText(BoundedLabel.none)]
        return values.filter { seen.insert(ExactText($0)).inserted }
    }

    /// What a newcomer needs to take the place of a value that had `count` requests.
    func bar(over count: UInt32) -> UInt64 {
        let count = UInt64(count)
        return count + max(count * UInt64(marginPercent) / 100, UInt64(marginCount))
    }
}
