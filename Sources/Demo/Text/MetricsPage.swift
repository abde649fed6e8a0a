/// The few numbers that the demo needs from a metrics page: sums of one name over all its labels.
enum MetricsPage {
    static func sum(_ name: String, in page: String) -> Double? {
        var total: Double?
        for line in page.split(separator: "\n") where line.hasPrefix(name) {
            let rest = line.dropFirst(name.count)
            guard rest.first == "{" || rest.first == " ", let last = rest.split(separator: " ").last else { continue }
            total = (total ?? 0) + (Double(last) ?? 0)
        }
        return total
    }
}
