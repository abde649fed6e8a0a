import Exposition

/// The memory that scrapes write into, used again and again: what is full goes out as one piece.
///
/// One scrape at a time. It holds ``pieceBytes``, the compressor if it was ever asked for (zlib's 268 KiB and its
/// output), and more only while a record that is larger than a piece, or a whole family in protobuf, is in it.
final class ScrapePage: @unchecked Sendable {
    /// The most bytes a piece has.
    static let pieceBytes = 64 << 10
    /// Memory that a registry keeps from one scrape to the next.
    static let keptBytes = 16 << 20

    let scratch = NativeScratch()
    private(set) var memory: UnsafeMutableBufferPointer<UInt8>
    /// Bytes of `memory` that wait to go out.
    private(set) var used = 0
    /// Where the message begins that is being written.
    private var message: Int?
    private var isCompressing = false
    private var gzip: GzipStream?
    private var gzipLevel = 0
    private var pace = ScrapePace(share: 1, patienceNanos: 0, clock: { 0 })

    /// - Parameter capacity: bytes to begin with, at least one
    init(capacity: Int = ScrapePage.pieceBytes) { memory = .allocate(capacity: max(capacity, 1)) }

    deinit { memory.deallocate() }

    /// Writes at the end of what is there; what does not fit leaves no trace.
    ///
    /// Returns false when there was no room.
    @inline(__always)
    func append(_ body: (inout ByteCursor) -> Void) -> Bool {
        var cursor = ByteCursor(UnsafeMutableBufferPointer(rebasing: memory[used...]))
        body(&cursor)
        guard !cursor.didOverflow else { return false }
        used += cursor.count
        return true
    }

    /// Room behind what is there, for many records in a row.
    var room: UnsafeMutableBufferPointer<UInt8> { UnsafeMutableBufferPointer(rebasing: memory[used...]) }

    /// Counts bytes that were written into ``room``.
    func advance(by count: Int) {
        used += min(max(count, 0), memory.count - used)
        pace.worked(count)
    }

    /// Starts a body.
    func begin(_ coding: ContentCoding, level: Int, pace: ScrapePace) throws {
        used = 0
        message = nil
        self.pace = pace
        isCompressing = coding == .gzip
        guard isCompressing else { return }
        if let gzip, gzipLevel == level {
            gzip.reset()
            return
        }
        do {
            gzip = try GzipStream(level: level)
            gzipLevel = level
        } catch {
            throw ScrapeError.compression(error.description)
        }
    }

    /// Sends what is there or, if it cannot be sent yet or there is nothing, makes the memory larger.
    func makeRoom(_ sink: ScrapeRun.Sink) throws {
        guard message == nil, used > 0 else { return grow() }
        try send(0..<used, sink)
        used = 0
    }

    /// Ends the body.
    func finish(_ sink: ScrapeRun.Sink) throws {
        try send(0..<used, sink)
        used = 0
        if isCompressing { try gzip?.finish(to: sink) }
    }

    private func send(_ range: Range<Int>, _ sink: ScrapeRun.Sink) throws {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + ScrapePage.pieceBytes, range.upperBound)
            let piece = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[start..<end])
            if isCompressing, let gzip {
                try gzip.write(piece, to: sink)
            } else {
                try sink(piece)
            }
            pace.worked(piece.count)
            start = end
        }
    }

    /// Starts a message whose length will stand before it; from here on nothing is sent.
    func beginMessage() {
        while !append({ for _ in 0..<ScrapePage.lengthBytes { $0.append(UInt8(0)) } }) { grow() }
        message = used
    }

    /// Puts the length before the message.
    ///
    /// The gap between what was there and the length is closed by moving the message, if that is short; else what
    /// was there is sent first.
    func endMessage(_ sink: ScrapeRun.Sink) throws {
        guard let message else { return }
        self.message = nil
        let length = used - message
        let size = ProtobufWire.varintSize(UInt64(length))
        let start = message - size
        var cursor = ByteCursor(UnsafeMutableBufferPointer(rebasing: memory[start..<message]))
        cursor.append(varint: UInt64(length))
        let before = message - ScrapePage.lengthBytes
        if length < ScrapePage.pieceBytes / 4 {
            UnsafeMutableRawBufferPointer(memory).baseAddress.map {
                ($0 + before).copyMemory(from: $0 + start, byteCount: used - start)
            }
            used -= start - before
        } else {
            try send(0..<before, sink)
            try send(start..<used, sink)
            used = 0
        }
    }

    /// Room for the length of a message.
    static let lengthBytes = 10

    /// Makes the memory twice as large; what is in it stays.
    private func grow() {
        let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: memory.count * 2)
        _ = larger.update(fromContentsOf: memory[..<used])
        memory.deallocate()
        memory = larger
    }

    /// Gives back what only an unusual scrape needed, and forgets what was not sent.
    func shrink(keeping keptBytes: Int) {
        used = 0
        message = nil
        guard memory.count > keptBytes else { return }
        memory.deallocate()
        memory = .allocate(capacity: ScrapePage.pieceBytes)
    }
}
