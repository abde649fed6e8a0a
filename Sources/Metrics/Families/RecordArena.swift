/// Where the records of a family lie: chunks that stay until the family goes, cut into blocks of a few size classes.
///
/// A block is named by its place, the number of its first 16 bytes. A block that is given back serves records of the
/// same class only, so a reader that is late finds another record there, never the middle of one. Chunks double in
/// size; the place says which chunk it is.
struct RecordArena {
    /// Bytes of a unit.
    static let unitBytes = 16
    /// The largest record, in bytes.
    static let maxBytes = 32 * 1024
    /// Finds chunks; may be read without the lock.
    let directory: RecordDirectory
    /// Units that may be used.
    private(set) var limitUnits: Int
    /// The next place that was never used; 0 means nothing in an index.
    private var next = 1
    /// Places below have their pages.
    private var prepared = 0
    /// The first block of each class that may be used again, linked through the records.
    private var free: [UInt32] = Array(repeating: 0, count: SizeClass.count)

    /// - Parameter limitBytes: what all blocks together may take
    init(limitBytes: Int) {
        directory = RecordDirectory()
        limitUnits = RecordArena.units(limitBytes)
    }

    private static func units(_ bytes: Int) -> Int { min(max(bytes / unitBytes, 0), Int(UInt32.max)) }

    /// Lets the blocks take more.
    mutating func raiseLimit(to bytes: Int) { limitUnits = max(limitUnits, RecordArena.units(bytes)) }

    /// Room for a record of `byteCount` bytes, or 0 when there is none left.
    ///
    /// - Parameter beyondLimit: take room that is not within the limit
    mutating func allocate(_ byteCount: Int, beyondLimit: Bool = false) -> UInt32 {
        guard byteCount <= RecordArena.maxBytes else { return 0 }
        let size = SizeClass(byteCount)
        let reused = free[size.number]
        if reused != 0 {
            free[size.number] = directory.header(at: reused).pointee.nextFree
            return reused
        }
        return cut(size.units, limit: beyondLimit ? Int(UInt32.max) : limitUnits)
    }

    /// Gives a block back whose record has `byteCount` bytes.
    mutating func release(_ place: UInt32, byteCount: Int) {
        let size = SizeClass(byteCount)
        directory.header(at: place).pointee.nextFree = free[size.number]
        free[size.number] = place
    }

    private mutating func cut(_ units: Int, limit: Int) -> UInt32 {
        var start = next
        while true {
            let chunk = RecordDirectory.chunk(of: UInt32(start))
            let end = RecordDirectory.end(ofChunk: chunk)
            // What is left at the end of a chunk is too small for this block: it starts in the next one.
            guard start + units <= end else {
                start = end
                if start >= limit { return 0 }
                continue
            }
            guard start + units <= limit else { return 0 }
            directory.provide(chunk)
            prepare(upTo: start + units, in: chunk)
            next = start + units
            return UInt32(start)
        }
    }

    /// Asks the system for the pages of the next stretch at once, which costs half of what as many page faults do.
    private mutating func prepare(upTo end: Int, in chunk: Int) {
        guard end > prepared else { return }
        let stretch = LargeMemory.stretchBytes / RecordArena.unitBytes
        let last = min(max(end, RecordDirectory.end(ofChunk: chunk)), (end / stretch + 1) * stretch)
        let first = max(prepared, RecordDirectory.start(ofChunk: chunk))
        prepared = last
        guard last - first >= stretch / 2 else { return }
        LargeMemory.populate(directory.header(at: UInt32(first)), byteCount: (last - first) * RecordArena.unitBytes)
    }

    /// Bytes used so far, without what is free again.
    var usedBytes: Int { next * RecordArena.unitBytes }
}

/// From a place to its address.
struct RecordDirectory: @unchecked Sendable {
    /// Units of the first chunk, as a power of two.
    private static let firstBits = 8
    private static let chunks = 32 - firstBits + 1

    /// Of each chunk its address less that of its first place, so that one addition finds a record; 0 if there is none.
    ///
    /// An element is written once, before the first entry that points into its chunk is published.
    private let bases: UnsafeMutablePointer<UInt>

    init() {
        bases = .allocate(capacity: RecordDirectory.chunks)
        bases.initialize(repeating: 0, count: RecordDirectory.chunks)
    }

    /// The chunk in which a place lies: 256 units, then 256 more, 512, 1,024, ….
    @inline(__always)
    static func chunk(of place: UInt32) -> Int {
        32 &- firstBits &- (place | 0xff).leadingZeroBitCount
    }

    static func start(ofChunk chunk: Int) -> Int { chunk == 0 ? 0 : 1 << (firstBits + chunk - 1) }

    static func end(ofChunk chunk: Int) -> Int { 1 << (firstBits + chunk) }

    /// The record at a place that was given out.
    @inline(__always)
    func header(at place: UInt32) -> UnsafeMutablePointer<SeriesRecord.Header> {
        let address = bases[RecordDirectory.chunk(of: place)] &+ UInt(place) &* UInt(RecordArena.unitBytes)
        return UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
    }

    /// Makes the chunk if it isn't there.
    func provide(_ chunk: Int) {
        guard bases[chunk] == 0 else { return }
        let start = RecordDirectory.start(ofChunk: chunk) * RecordArena.unitBytes
        let end = RecordDirectory.end(ofChunk: chunk) * RecordArena.unitBytes
        let memory = UnsafeMutableRawPointer.allocate(byteCount: end - start, alignment: RecordArena.unitBytes)
        bases[chunk] = UInt(bitPattern: memory) &- UInt(start)
    }

    /// Gives everything back.
    func deallocate() {
        for chunk in 0..<RecordDirectory.chunks where bases[chunk] != 0 {
            let start = RecordDirectory.start(ofChunk: chunk) * RecordArena.unitBytes
            UnsafeMutableRawPointer(bitPattern: bases[chunk] &+ UInt(start))?.deallocate()
        }
        bases.deallocate()
    }
}

/// The size of a block: multiples of 16 bytes up to 512, then four steps up to each doubling.
struct SizeClass: Equatable {
    static let count = 56

    let number: Int
    let units: Int

    /// The smallest class for `byteCount` bytes, at most ``RecordArena/maxBytes``.
    init(_ byteCount: Int) {
        let needed = max((byteCount + RecordArena.unitBytes - 1) / RecordArena.unitBytes, 1)
        guard needed > 32 else {
            number = needed - 1
            units = needed
            return
        }
        let bits = Int.bitWidth - 1 - (needed - 1).leadingZeroBitCount
        let quarter = (needed - 1) >> (bits - 2)
        number = 32 + (bits - 5) * 4 + quarter - 4
        units = (quarter + 1) << (bits - 2)
    }
}
