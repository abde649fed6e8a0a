/// Lines of one tenant and file that were in batches and were given back, so that they are read a second time.
///
/// Between them stand lines that a rule had dropped, and they are counted already. So what stands before `end` was decided:
/// the lines at `offsets` are taken, all others are not.
struct RereadLines {
    private var offsets: [Int64] = []
    private var isSorted = true
    /// Up to where lines were decided on.
    private(set) var end: Int64 = 0

    mutating func add(_ offset: Int64) {
        if let last = offsets.last, last >= offset { isSorted = false }
        offsets.append(offset)
    }

    mutating func decide(until offset: Int64) { end = max(end, offset) }

    mutating func merge(_ other: RereadLines) {
        for offset in other.offsets { add(offset) }
        decide(until: other.end)
    }

    mutating func holds(_ offset: Int64) -> Bool {
        if !isSorted {
            offsets.sort()
            isSorted = true
        }
        var (low, high) = (0, offsets.count)
        while low < high {
            let middle = (low + high) / 2
            if offsets[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low < offsets.count && offsets[low] == offset
    }
}
