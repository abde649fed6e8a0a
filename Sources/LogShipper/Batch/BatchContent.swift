import CScan

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// Hot path: `append` runs once a line. Measured by `scripts/bench shipper`.
// Invariants: `room` bytes at `tip` are writable, and `tip` stands in the last chunk; `start(of:)` a line has its chunk's
// number above `ChunkPool.chunkShift` bits and its place in the chunk below; a line never crosses the end of its chunk, but a
// chunk may be longer than usual and then takes several numbers; `lineCount <= lineCapacity` references are initialised.

/// The lines of a batch in chunks of memory, each line followed by a line feed. Plain memory without reference counts: who
/// holds it last calls `free`.
struct BatchContent {
    /// One piece of memory.
    struct Chunk {
        enum Owner: UInt8 {
            case pool
            case malloc
            /// The further numbers of a chunk that is longer than usual.
            case none
        }

        var memory: UnsafeMutableRawPointer
        var capacity: UInt32
        var used: UInt32
        var owner: Owner
    }

    private(set) var chunks: UnsafeMutablePointer<Chunk>?
    private var chunkCount: Int32 = 0
    private var chunkCapacity: Int32 = 0
    private var tip: UnsafeMutableRawPointer?
    private var room = 0
    /// Bytes of lines and line feeds.
    private(set) var byteCount = 0
    private(set) var lines: UnsafeMutablePointer<LineRef>?
    private(set) var lineCount = 0
    private var lineCapacity = 0
    /// Whether all lines are known to have no byte above 0x7f.
    private(set) var isASCII = true
    /// The number of the last chunk, in the form of `LineRef.start`, and where `tip` stands in it.
    private var nextStart: UInt32 = 0

    /// The first memory of a batch: many tenants have few lines.
    private static let leastBytes = 512

    /// Appends a line and its line feed. `isASCII` says that it is known to have no byte above 0x7f.
    @inline(__always)
    mutating func append(
        _ line: UnsafeRawPointer, _ count: Int, isASCII: Bool = false, file: FileSerial, fileOffset: Int64,
        pool: ChunkPool
    ) {
        if !isASCII { self.isASCII = false }
        if room <= count { makeRoom(count &+ 1, pool) }
        if lineCount == lineCapacity { growLines(pool) }
        let target = tip.unsafelyUnwrapped
        memcpy(target, line, count)
        target.storeBytes(of: 0x0a, toByteOffset: count, as: UInt8.self)
        (lines.unsafelyUnwrapped + lineCount).initialize(
            to: LineRef(fileOffset: fileOffset, start: nextStart, file: file))
        tip = target + (count &+ 1)
        // The tenant's next line comes when hundreds of others have been written elsewhere.
        gatehouse_prefetch_for_writing(target + (count &+ 1), min(count, 1024))
        room &-= count &+ 1
        nextStart &+= UInt32(truncatingIfNeeded: count &+ 1)
        byteCount &+= count &+ 1
        lineCount &+= 1
    }

    /// Notes how far the last chunk is filled, before somebody reads.
    mutating func seal() {
        guard chunkCount > 0, let tip, let chunks else { return }
        // A chunk that is longer than usual is the last with memory of its own, however many numbers it takes.
        var last = Int(chunkCount) - 1
        while last > 0, chunks[last].owner == .none { last -= 1 }
        chunks[last].used = UInt32(truncatingIfNeeded: chunks[last].memory.distance(to: tip))
    }

    /// One line without its line feed, after `seal`.
    @inline(__always)
    func line(_ index: Int) -> UnsafeRawBufferPointer {
        let lines = lines.unsafelyUnwrapped
        let chunks = chunks.unsafelyUnwrapped
        let start = Int(lines[index].start)
        let number = start >> ChunkPool.chunkShift
        let from = start & (ChunkPool.chunkBytes - 1)
        var end = Int(chunks[number].used)
        if index + 1 < lineCount, Int(lines[index + 1].start) >> ChunkPool.chunkShift == number {
            end = Int(lines[index + 1].start) & (ChunkPool.chunkBytes - 1)
        }
        return UnsafeRawBufferPointer(start: chunks[number].memory + from, count: end - from - 1)
    }

    /// Calls `body` with the bytes of some lines and their line feeds, in as few pieces as they stand in.
    func forEachPart(of range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard let lines else { return }
        var index = range.lowerBound
        while index < range.upperBound {
            let number = lines[index].start >> ChunkPool.chunkShift
            var next = index + 1
            while next < range.upperBound, lines[next].start >> ChunkPool.chunkShift == number { next += 1 }
            let first = line(index)
            let last = line(next - 1)
            guard let start = first.baseAddress, let end = last.baseAddress else { return }
            body(UnsafeRawBufferPointer(start: start, count: start.distance(to: end) + last.count + 1))
            index = next
        }
    }

    func byteCount(of range: Range<Int>) -> Int {
        guard range.count < lineCount else { return byteCount }
        var total = 0
        forEachPart(of: range) { total += $0.count }
        return total
    }

    /// Lets go of all memory.
    mutating func free(_ pool: ChunkPool) {
        if let chunks {
            for index in 0..<Int(chunkCount) {
                switch chunks[index].owner {
                case .pool: pool.give(chunks[index].memory)
                case .malloc:
                    pool.note(-Int(chunks[index].capacity))
                    systemFree(chunks[index].memory)
                case .none: break
                }
            }
        }
        pool.note(
            -(lineCapacity * MemoryLayout<LineRef>.stride + Int(chunkCapacity) * MemoryLayout<Chunk>.stride))
        systemFree(chunks)
        systemFree(lines)
        self = BatchContent()
    }

    private mutating func makeRoom(_ wanted: Int, _ pool: ChunkPool) {
        seal()
        if chunkCount == 1, let chunks, chunks[0].owner == .malloc, chunks[0].capacity < ChunkPool.chunkBytes,
            Int(chunks[0].used) + wanted <= ChunkPool.chunkBytes
        {
            return growFirst(Int(chunks[0].used) + wanted, pool)
        }
        nextStart = UInt32(chunkCount) << UInt32(ChunkPool.chunkShift)
        if wanted > ChunkPool.chunkBytes {
            let numbers = (wanted + ChunkPool.chunkBytes - 1) >> ChunkPool.chunkShift
            add(allocate(numbers << ChunkPool.chunkShift, pool), numbers << ChunkPool.chunkShift, .malloc, pool)
            for index in 1..<numbers {
                add(tip.unsafelyUnwrapped + index << ChunkPool.chunkShift, 0, .none, pool)
            }
            // No other line in it, so that lines start in the first of its numbers only.
            room = wanted
        } else if chunkCount == 0, wanted <= ChunkPool.chunkBytes / 2 {
            let bytes = BatchContent.powerOfTwo(atLeast: wanted)
            add(allocate(bytes, pool), bytes, .malloc, pool)
        } else {
            add(pool.take(), ChunkPool.chunkBytes, .pool, pool)
        }
    }

    /// The first chunk starts small and doubles until it is a whole one of the pool's.
    private mutating func growFirst(_ wanted: Int, _ pool: ChunkPool) {
        guard let chunks else { return }
        let old = chunks[0]
        let bytes = BatchContent.powerOfTwo(atLeast: wanted)
        if bytes < ChunkPool.chunkBytes {
            guard let larger = realloc(old.memory, bytes) else { preconditionFailure("out of memory") }
            pool.note(bytes - Int(old.capacity))
            chunks[0] = Chunk(memory: larger, capacity: UInt32(bytes), used: old.used, owner: .malloc)
        } else {
            let chunk = pool.take()
            memcpy(chunk, old.memory, Int(old.used))
            pool.note(-Int(old.capacity))
            systemFree(old.memory)
            chunks[0] = Chunk(memory: chunk, capacity: UInt32(ChunkPool.chunkBytes), used: old.used, owner: .pool)
        }
        tip = chunks[0].memory + Int(old.used)
        room = Int(chunks[0].capacity) - Int(old.used)
    }

    private mutating func add(
        _ memory: UnsafeMutableRawPointer, _ capacity: Int, _ owner: Chunk.Owner, _ pool: ChunkPool
    ) {
        if chunkCount == chunkCapacity { growChunks(pool) }
        (chunks.unsafelyUnwrapped + Int(chunkCount)).initialize(
            to: Chunk(memory: memory, capacity: UInt32(truncatingIfNeeded: capacity), used: 0, owner: owner))
        chunkCount += 1
        guard owner != .none else { return }
        tip = memory
        room = capacity
    }

    private func allocate(_ bytes: Int, _ pool: ChunkPool) -> UnsafeMutableRawPointer {
        guard let memory = malloc(bytes) else { preconditionFailure("out of memory") }
        pool.note(bytes)
        return memory
    }

    private mutating func growChunks(_ pool: ChunkPool) {
        let wanted = max(1, Int(chunkCapacity) * 2)
        guard let larger = realloc(chunks, wanted * MemoryLayout<Chunk>.stride) else {
            preconditionFailure("out of memory")
        }
        pool.note((wanted - Int(chunkCapacity)) * MemoryLayout<Chunk>.stride)
        chunks = larger.bindMemory(to: Chunk.self, capacity: wanted)
        chunkCapacity = Int32(wanted)
    }

    private mutating func growLines(_ pool: ChunkPool) {
        let wanted = max(4, lineCapacity * 2)
        guard let larger = realloc(lines, wanted * MemoryLayout<LineRef>.stride) else {
            preconditionFailure("out of memory")
        }
        pool.note((wanted - lineCapacity) * MemoryLayout<LineRef>.stride)
        lines = larger.bindMemory(to: LineRef.self, capacity: wanted)
        lineCapacity = wanted
    }

    private static func powerOfTwo(atLeast wanted: Int) -> Int {
        var bytes = leastBytes
        while bytes < wanted { bytes *= 2 }
        return bytes
    }
}
