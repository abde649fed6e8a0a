/// Walks over a segment's frames and finds the next one behind damage.
struct SegmentScanner {
    enum Step: Equatable {
        case frame(FrameHeader)
        /// No frame begins here; the next one does at `resume`, nil where there is none.
        case damaged(resume: Int64?)
        case end
    }

    private static let chunkBytes = 64 << 10

    let file: SegmentFile
    let salt: UInt64
    /// Where the segment ends: the file may be longer by what a failed write left.
    let end: Int64

    func step(at offset: Int64) -> Step {
        guard offset < end else { return .end }
        if let header = header(at: offset) { return .frame(header) }
        return .damaged(resume: firstFrame(from: offset + 1))
    }

    /// Where the frame after the one at `offset` begins.
    func next(_ header: FrameHeader, at offset: Int64) -> Int64 {
        offset + Int64(FrameHeader.size + header.storedBytes)
    }

    /// The payload as it is stored; nil where its checksum is another one.
    func payload(_ header: FrameHeader, at offset: Int64) -> [UInt8]? {
        guard let bytes = file.bytes(at: offset + Int64(FrameHeader.size), count: header.storedBytes),
            bytes.count == header.storedBytes, bytes.withUnsafeBytes({ SpoolCRC.of($0) }) == header.payloadCRC
        else { return nil }
        return bytes
    }

    /// Looks for a frame's header. Its checksum starts from the segment's salt, so nothing else passes for one.
    func firstFrame(from start: Int64) -> Int64? {
        var base = start
        while base < end {
            let count = Int(min(Int64(SegmentScanner.chunkBytes), end - base))
            if let chunk = file.bytes(at: base, count: count) {
                for index in chunk.indices where chunk[index] == FrameHeader.marker[0] {
                    let offset = base + Int64(index)
                    if isMarker(chunk, index), header(at: offset) != nil { return offset }
                }
            }
            base += Int64(count)
        }
        return nil
    }

    /// A marker that the chunk cuts off is looked at, too.
    private func isMarker(_ chunk: [UInt8], _ index: Int) -> Bool {
        chunk[index...].prefix(4).elementsEqual(FrameHeader.marker.prefix(chunk.count - index))
    }

    /// The header of a whole frame at an offset.
    private func header(at offset: Int64) -> FrameHeader? {
        guard let bytes = file.bytes(at: offset, count: FrameHeader.size),
            let header = bytes.withUnsafeBytes({ FrameHeader($0, salt: salt) }), next(header, at: offset) <= end
        else { return nil }
        return header
    }
}
