/// When which tenant's wait is over: a binary heap. Entries are not removed early; whoever takes one asks the tenant's
/// queue whether it still counts.
struct WakeHeap {
    private var entries: [(atNanos: Int64, tenant: TenantID)] = []

    var firstNanos: Int64? { entries.first?.atNanos }

    mutating func add(_ tenant: TenantID, atNanos: Int64) {
        entries.append((atNanos, tenant))
        var index = entries.count - 1
        while index > 0, entries[(index - 1) / 2].atNanos > entries[index].atNanos {
            entries.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Takes the earliest whose time has come.
    mutating func popDue(nowNanos: Int64) -> TenantID? {
        guard let first = entries.first, first.atNanos <= nowNanos else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var index = 0
        while let child = [2 * index + 1, 2 * index + 2].filter({ $0 < entries.count })
            .min(by: { entries[$0].atNanos < entries[$1].atNanos }),
            entries[child].atNanos < entries[index].atNanos
        {
            entries.swapAt(index, child)
            index = child
        }
        return first.tenant
    }
}
