extension RuleCheck {
    /// Checks of counters, gauges and histograms.
    var counterEntry: Entry? {
        switch self {
        case .rateOfGauge:
            Entry(
                .warning, "`rate`, `irate` or `increase` of what isn't a counter",
                why: """
                    They take every fall for a restart, so a gauge gives nonsense. Proven by `--metrics`, by the rule \
                    that records the series, and for Prometheus's own gauges. A name with an ending of gauges \
                    (`_ratio`, `_celsius`, `_usage`, `_info` and the like) is a hint; other names, `node_load1` say, \
                    tell nothing without `--metrics`.
                    """,
                bad: """
                    - record: job:busy:avg
                      expr: avg by (job) (busy)
                    - alert: Busy
                      expr: rate(job:busy:avg[5m]) > 1
                    """,
                good: """
                    - record: job:busy:avg
                      expr: avg by (job) (busy)
                    - alert: Busy
                      expr: deriv(job:busy:avg[5m]) > 1
                    """)
        case .counterWithoutRate:
            Entry(
                .hint, "the bare value of a counter decides",
                why: """
                    It depends on when the process started, and an alert on it never ends. A warning for what `--metrics` \
                    declares a counter and for `_bucket`; a name in `_total` is a hint, because some exporters call \
                    gauges so. `== 0` is left alone, and so is the difference of a counter and itself with an offset.
                    """,
                bad: """
                    - alert: Errors
                      expr: errors_total > 10
                      for: 5m
                    """,
                good: """
                    - alert: Errors
                      expr: increase(errors_total[1h]) > 10
                      for: 5m
                    """)
        case .deltaOfCounter:
            Entry(
                .hint, "`delta`, `idelta`, `deriv` or `predict_linear` of a counter",
                why: """
                    They are made for gauges and take a restart for a fall. A warning for what `--metrics` declares a \
                    counter and for `_bucket`, a hint for names in `_total`.
                    """,
                bad: """
                    - record: errors:delta
                      expr: delta(errors_total[5m])
                    """,
                good: """
                    - record: errors:increase
                      expr: increase(errors_total[5m])
                    """)
        case .rateAfterSum:
            Entry(
                .warning, "counters are added up before their rate is taken",
                why: """
                    A sum of counters falls when one of them restarts, and `rate` then counts the whole sum anew. Take \
                    the rate first, in subqueries as in recording rules.
                    """,
                bad: """
                    - record: errors:rate
                      expr: rate(sum(errors_total)[5m:1m])
                    """,
                good: """
                    - record: errors:rate
                      expr: sum(rate(errors_total[5m]))
                    """)
        case .histogramQuantile:
            Entry(
                .warning, "`histogram_quantile` of something that has no quantiles",
                why: """
                    The label `le` of classic buckets is aggregated away, or the quantile lies outside of 0 to 1. Raw \
                    buckets, which count from the start of their process, are a hint.
                    """,
                bad: """
                    - record: latency:p99
                      expr: histogram_quantile(0.99, sum by (job) (rate(latency_seconds_bucket[5m])))
                    """,
                good: """
                    - record: latency:p99
                      expr: histogram_quantile(0.99, sum by (job, le) (rate(latency_seconds_bucket[5m])))
                    """)
        default: nil
        }
    }
}
