import GatewayMetrics
import Logging

extension ReaderLoop {
    /// A front that stands within a line moves back to where the line begins: whatever has put it there, the rest of a
    /// line is no line of its own. A front at the end of the file may be behind a last line that is done though it has no
    /// line feed, and stays; so does one where lines are sent in pieces or joined to records.
    func resynchronize(
        _ start: inout TailedFile.Start, _ source: FileSource, _ size: Int64, _ input: ShipperConfiguration.Input
    ) {
        guard start.front > 0, start.front < size, !start.isInsideLongLine, !source.isGzip, source.guardian == nil,
            input.longLines != .split, input.multiline == nil, !input.holdsDeadLetters,
            let around = source.bytes(at: start.front - 1, count: 2), around.count == 2,
            !ReaderLoop.endsLine(around[0]), around[1] != 0x0a, around[1] != 0x0d
        else { return }
        metrics.fileEvents.bind(["resynchronized"]).increment()
        logger.warning(
            "progress stood within a line, which is read again from its start",
            metadata: ["path": "\(source.path)", "offset": "\(start.front)"])
        if let begin = lineStart(before: start.front, source, maxLineBytes: input.maxLineBytes) {
            start.front = begin
        } else {
            start.isInsideLongLine = true
        }
    }

    /// Nil where the line is longer than lines may be.
    private func lineStart(before offset: Int64, _ source: FileSource, maxLineBytes: Int) -> Int64? {
        let oldest = max(0, offset - Int64(maxLineBytes) - 1)
        var end = offset
        while end > oldest {
            let begin = max(oldest, end - (64 << 10))
            guard let bytes = source.bytes(at: begin, count: Int(end - begin)), !bytes.isEmpty else { return nil }
            if let last = bytes.lastIndex(where: ReaderLoop.endsLine) { return begin + Int64(last) + 1 }
            end = begin
        }
        return oldest == 0 ? 0 : nil
    }

    /// Behind NULs a line may begin as well: see `skipNULs`.
    private static func endsLine(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0 }
}
