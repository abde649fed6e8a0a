import TestSupport

/// Random input series in promtool's notation.
struct GeneratedInputs {
    private(set) var series: [(series: String, values: String)] = []

    init(_ random: inout SeededGenerator) {
        for job in ["a", "b"].prefix(random.int(1...2)) {
            for instance in 0..<random.int(1...2) {
                let labels = "{job=\"\(job)\",instance=\"i\(instance)\"}"
                series.append(("up" + labels, GeneratedInputs.switches(&random)))
                series.append(("temp" + labels, GeneratedInputs.gauge(&random)))
                if !random.oneIn(3) { series.append(("req_total" + labels, GeneratedInputs.counter(&random))) }
            }
        }
        guard random.oneIn(3) else { return }
        for (bound, rate) in [("0.1", 1), ("1", 3), ("+Inf", 4)] {
            series.append(("lat_bucket{le=\"\(bound)\"}", "0+\(rate * random.int(1...5))x30"))
        }
    }

    private static func switches(_ random: inout SeededGenerator) -> String {
        (0..<random.int(2...6)).map { _ in
            ["1x3", "0x2", "0x4", "_", "1", "0", "stale", "_x2", "1x6"].randomElement(using: &random) ?? "1"
        }.joined(separator: " ")
    }

    private static func gauge(_ random: inout SeededGenerator) -> String {
        (0..<random.int(2...5)).map { _ in
            let start = random.int(-10...60)
            return [
                "\(start)", "\(start)+\(random.int(1...7))x\(random.int(1...6))", "\(start)-2.5x4", "\(start).25", "_",
                "1e1", "NaN", "Inf", "-Inf", "\(start)x2", "0.1+0.1x5",
            ].randomElement(using: &random) ?? "1"
        }.joined(separator: "  ")
    }

    private static func counter(_ random: inout SeededGenerator) -> String {
        let step = random.int(1...60)
        return random.oneIn(2)
            ? "0+\(step)x20" : "0+\(step)x\(random.int(2...8)) _ 3+\(step)x6 \(random.oneIn(2) ? "stale" : "7") 10+1x9"
    }
}
