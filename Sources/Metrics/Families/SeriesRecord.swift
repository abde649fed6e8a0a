/// One child of a family: its cells, its key and the bytes its lines start with.
///
/// An address, valid inside the body that got it. The record of a removed series stays as it is for a minute, and for
/// as long as a scrape has it in hand.
struct SeriesRecord: @unchecked Sendable {
    /// What stands before the key and the text.
    struct Header {
        /// Where the cells are, with the generation of this series.
        var cells: CellHandle
        /// Counts the children of the family in the order in which they were made.
        var sequence: UInt64
        var createdMillis: Int64
        var textBytes: UInt32
        /// Position in the table's list.
        var slot: UInt32
        var keyBytes: UInt16
        /// True for a series that stands for many label sets.
        var isOverflow: Bool
        /// The next free block, in a block that is free.
        var nextFree: UInt32
    }

    let header: UnsafeMutablePointer<Header>

    @inline(__always)
    init(_ header: UnsafeMutablePointer<Header>) { self.header = header }

    /// Where the cells are, with the generation of this series.
    var cells: CellHandle { header.pointee.cells }

    /// Counts the children of the family in the order in which they were made.
    var sequence: UInt64 { header.pointee.sequence }

    /// When the series was made: milliseconds since 1970 by the registry's wall clock.
    var createdMillis: Int64 { header.pointee.createdMillis }

    /// True for a series that stands for many label sets.
    var isOverflow: Bool { header.pointee.isOverflow }

    /// The packed label values (``LabelKey``).
    var key: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: UnsafeRawPointer(header + 1), count: Int(header.pointee.keyBytes))
    }

    /// What stands before the value (counters and gauges: `name{labels} `) or the escaped labels (histograms).
    var text: UnsafeRawBufferPointer {
        let start = UnsafeRawPointer(header + 1) + Int(header.pointee.keyBytes)
        return UnsafeRawBufferPointer(start: start, count: Int(header.pointee.textBytes))
    }

    /// Bytes of a record.
    static func byteCount(key: Int, text: Int) -> Int { MemoryLayout<Header>.stride + key + text }

    /// Bytes of this record.
    var byteCount: Int {
        SeriesRecord.byteCount(key: Int(header.pointee.keyBytes), text: Int(header.pointee.textBytes))
    }

    /// Writes a record into memory that nobody reads yet.
    func write(_ header: Header, key: UnsafeRawBufferPointer, text: UnsafeRawBufferPointer) {
        self.header.initialize(to: header)
        let start = UnsafeMutableRawPointer(self.header + 1)
        UnsafeMutableRawBufferPointer(start: start, count: key.count).copyMemory(from: key)
        UnsafeMutableRawBufferPointer(start: start + key.count, count: text.count).copyMemory(from: text)
    }
}
