/// One query with its range.
struct BenchQuery {
    let expression: String
    /// As Prometheus 2.42 writes it; nil where it doesn't know the function.
    var older: String?
    let steps: Int
    /// Series that its selectors read.
    let series: Int

    static func list(for dataSet: String) -> [BenchQuery] { dataSet == "day" ? day : prometheus }

    /// 24 hours at 15 s over 1,000 series.
    private static var day: [BenchQuery] {
        [
            ("sum(rate(requests_total[5m]))", 1000),
            ("sum by (job) (rate(requests_total[5m]))", 1000),
            ("histogram_quantile(0.99, sum by (le) (rate(latency_seconds_bucket[5m])))", 1000),
            ("max(histogram_quantile(0.99, rate(latency_seconds_bucket[5m])))", 1000),
            (
                "sum by (job) (rate(requests_total{code=~\"5..\"}[5m])) / sum by (job) (rate(requests_total[5m]))",
                1400
            ),
            ("topk(5, rate(requests_total[5m]))", 1000),
            ("sum(rate(requests_total[1h]))", 1000),
            ("avg(avg_over_time(load[1h]))", 1000),
            ("max(max_over_time(load[1h]))", 1000),
            ("max(stddev_over_time(load[1h]))", 1000),
            ("max(quantile_over_time(0.9, load[1h]))", 1000),
            ("max(deriv(load[1h]))", 1000),
        ].map { BenchQuery(expression: $0.0, older: $0.0, steps: 5760, series: $0.1) }
    }

    /// The list of Prometheus's benchmark; ten thousand steps are a thousand on a tenth of the data.
    private static var prometheus: [BenchQuery] {
        var out: [BenchQuery] = []
        for (expression, steps, series) in templates {
            for (size, count) in [("one", 1), ("hundred", 100)] {
                if size == "hundred", !expression.contains("X") { continue }
                let text = expression.split(separator: "X", omittingEmptySubsequences: false).joined(separator: size)
                let isNew = ["limitk", "limit_ratio", "smoothed"].contains(where: text.contains)
                let older =
                    text.hasPrefix("double_exponential_smoothing") ? "holt_winters" + text.dropFirst(28) : text
                for steps in steps.map({ [$0] }) ?? [1, 1000] {
                    out.append(
                        BenchQuery(expression: text, older: isNew ? nil : older, steps: steps, series: series * count))
                }
            }
        }
        return out
    }

    /// Expression, steps other than one and a thousand, and how many times X series are read.
    private static let templates: [(String, Int?, Int)] = [
        ("a_X", nil, 1), ("rate(a_X[1m])", nil, 1), ("rate(sparse[1m])", 1000, 51), ("rate(a_X[1m] smoothed)", nil, 1),
        ("double_exponential_smoothing(a_X[1d], 0.3, 0.3)", nil, 1), ("changes(a_X[1d])", nil, 1),
        ("rate(a_X[1d])", nil, 1), ("absent_over_time(a_X[1d])", nil, 1), ("-a_X", nil, 1), ("a_X - b_X", nil, 2),
        ("a_X and b_X{l=~'.*[0-4]$'}", nil, 2), ("a_X or b_X{l=~'.*[0-4]$'}", nil, 2),
        ("a_X unless b_X{l=~'.*[0-4]$'}", nil, 2), ("a_X and b_X{l='notfound'}", nil, 1), ("abs(a_X)", nil, 1),
        ("label_replace(a_X, 'l2', '$1', 'l', '(.*)')", nil, 1), ("label_join(a_X, 'l2', '-', 'l', 'l')", nil, 1),
        ("sum(a_X)", nil, 1), ("avg(a_X)", nil, 1), ("sum without (l)(h_X)", nil, 11),
        ("sum without (le)(h_X)", nil, 11), ("sum by (l)(h_X)", nil, 11), ("sum by (le)(h_X)", nil, 11),
        ("count_values('value', h_X)", 100, 11), ("topk(1, a_X)", nil, 1), ("topk(5, a_X)", nil, 1),
        ("limitk(1, a_X)", nil, 1), ("limitk(5, a_X)", nil, 1), ("limit_ratio(0.1, a_X)", nil, 1),
        ("limit_ratio(0.5, a_X)", nil, 1), ("limit_ratio(-0.5, a_X)", nil, 1),
        ("rate(a_X[1m]) + rate(b_X[1m])", nil, 2), ("sum without (l)(rate(a_X[1m]))", nil, 1),
        ("sum without (l)(rate(a_X[1m])) / sum without (l)(rate(b_X[1m]))", nil, 2),
        ("histogram_quantile(0.9, rate(h_X[5m]))", nil, 11), ("a_X + on(l) group_right a_one", nil, 1),
        ("count({__name__!=\"\"})", 1, 1494), ("count({__name__!=\"\",l=\"\"})", 1, 13), ("timestamp(a_X)", nil, 1),
    ]
}
