/// One child of a family: its cells, its key and the bytes its lines start with.
struct SeriesRecord {
    /// Where the cells are, with the generation of this series.
    let cells: CellHandle
    /// The hash of the key.
    let hash: UInt64
    /// Counts the children of the family in the order in which they were made; set by the table.
    var sequence: UInt64 = 0
    /// The key, then the text, in one allocation.
    private let memory: UnsafeMutableRawPointer
    private let keyBytes: UInt32
    private let textBytes: UInt32

    init(cells: CellHandle, hash: UInt64, key: UnsafeRawBufferPointer, text: UnsafeRawBufferPointer) {
        self.cells = cells
        self.hash = hash
        memory = .allocate(byteCount: max(key.count + text.count, 1), alignment: 1)
        UnsafeMutableRawBufferPointer(start: memory, count: key.count).copyMemory(from: key)
        UnsafeMutableRawBufferPointer(start: memory + key.count, count: text.count).copyMemory(from: text)
        keyBytes = UInt32(key.count)
        textBytes = UInt32(text.count)
    }

    /// The packed label values; valid until ``free()``.
    var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: Int(keyBytes)) }

    /// What stands before the value (counters and gauges: `name{labels} `) or the escaped labels (histograms).
    var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory + Int(keyBytes), count: Int(textBytes)) }

    /// Gives the key and the text back.
    func free() { memory.deallocate() }
}
