/// How many names there were, and the first of them; for one warning instead of many.
struct NameList: CustomStringConvertible {
    private(set) var first: [String] = []
    private(set) var count = 0

    private static let shown = 3

    mutating func add(_ name: String) {
        count += 1
        if first.count < NameList.shown { first.append(name) }
    }

    /// `a, b, c and 5 more`
    var description: String {
        let names = first.joined(separator: ", ")
        return count == first.count ? names : "\(names) and \(count - first.count) more"
    }
}
