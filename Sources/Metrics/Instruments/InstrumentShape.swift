import Exposition
import Locking

/// What all children of a family have in common and carry along: bucket bounds, native histogram, exemplars, states.
///
/// A value of addresses, so that copying it counts nothing. What it points to belongs to a family's declaration, of
/// which a program has a fixed number, so those few bytes stay allocated like the cells do.
@frozen
public struct InstrumentShape: @unchecked Sendable {
    /// The bounds of classic buckets.
    @usableFromInline
    let bounds: BucketBounds
    /// The cell that leads to a native histogram, or -1.
    @usableFromInline
    let nativeCell: Int32
    /// True when the children keep exemplars.
    @usableFromInline
    let hasExemplars: Bool
    /// What only slow paths look at.
    @usableFromInline
    let details: UnsafePointer<ShapeDetails>

    /// For children that were refused.
    static let none = InstrumentShape(
        FamilyDescriptor(name: "", kind: .unknown, help: ""), clock: MetricsRegistry.uptime,
        wallClock: MetricsRegistry.systemTime, refusals: Refusals())

    /// Addresses of all details ever made, so that they count as in use.
    private static let allocated = Locked<[UInt]>([])

    /// The shape of the family's children; lives as long as the process.
    init(
        _ descriptor: FamilyDescriptor, clock: @escaping MonotonicClock, wallClock: @escaping WallMillisClock,
        refusals: Refusals
    ) {
        let isHistogram = descriptor.kind == .histogram
        let native = isHistogram ? descriptor.native : nil
        let hasClassic = isHistogram && (native == nil || !descriptor.buckets.isEmpty)
        bounds = hasClassic ? BucketBounds(descriptor.buckets) : .none
        let classicCells = hasClassic ? descriptor.buckets.count + 2 : 0
        nativeCell = native == nil ? -1 : Int32(classicCells)
        hasExemplars = descriptor.exemplars
        let memory = UnsafeMutablePointer<ShapeDetails>.allocate(capacity: 1)
        memory.initialize(
            to: ShapeDetails(
                kind: descriptor.kind, classicCells: classicCells, native: native, states: descriptor.states,
                hasExemplars: descriptor.exemplars, clock: clock, wallClock: wallClock, refusals: refusals,
                exemplarSlots: ShapeDetails.exemplarSlots(descriptor, classicCells: classicCells)))
        details = UnsafePointer(memory)
        let address = UInt(bitPattern: memory)
        InstrumentShape.allocated.withLock { $0.append(address) }
    }

    /// Cells that one child has in each shard.
    var cellsPerChild: Int { details.pointee.cellsPerChild }

    /// True when there are classic buckets: counts in cells 0…buckets.count, then the sum.
    @inlinable
    package var hasClassicBuckets: Bool { nativeCell != 0 }

    /// True when there is a native histogram.
    @inlinable
    package var isNative: Bool { nativeCell >= 0 }

    /// The slots of a native histogram's exemplars; those of classic buckets are 0…buckets.count.
    package var nativeExemplarSlots: Range<Int> {
        let end = details.pointee.exemplarSlots
        return isNative && hasExemplars ? end - ExemplarSlot.nativeCount..<end : 0..<0
    }
}

/// The part of a shape that increments and observations do not look at.
@usableFromInline
struct ShapeDetails {
    let kind: MetricKind
    /// Cells of a classic histogram: its buckets, `+Inf` and the sum; else 0.
    let classicCells: Int
    let native: NativeHistogramOptions?
    let states: [String]
    let hasExemplars: Bool
    let clock: MonotonicClock
    let wallClock: WallMillisClock
    let refusals: Refusals
    /// Exemplars of one child: the newest of a counter or of each classic bucket, then those of a native histogram.
    let exemplarSlots: Int
    let scale = ExponentialScale.shared

    /// True when the second word in the region of generations is an address.
    var hasAuxiliaryWord: Bool { hasExemplars || native != nil }

    /// Cells that hold numbers, before the one that leads to a native histogram.
    var valueCells: Int { native == nil ? max(classicCells, 1) : classicCells }

    static func exemplarSlots(_ descriptor: FamilyDescriptor, classicCells: Int) -> Int {
        guard descriptor.exemplars else { return 0 }
        if descriptor.kind != .histogram { return 1 }
        return max(classicCells - 1, 0) + (descriptor.native == nil ? 0 : ExemplarSlot.nativeCount)
    }

    /// In the region of generations a child has as many words as cells: the generation, then an address (exemplars
    /// and what a native histogram remembers), then what the last reading of a native histogram was like.
    var cellsPerChild: Int {
        if native != nil { return max(classicCells + 1, 3) }
        return hasExemplars ? max(valueCells, 2) : valueCells
    }
}
