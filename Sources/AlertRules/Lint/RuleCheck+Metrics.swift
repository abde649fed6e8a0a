extension RuleCheck {
    /// Checks of what programs expose.
    var metricsEntry: Entry? {
        switch self {
        case .metricsSyntax:
            Entry(
                .error, "a source of `--metrics` cannot be read as metrics",
                why: """
                    Text, OpenMetrics and protobuf must be what their specifications demand; Prometheus refuses the \
                    whole page otherwise.
                    """,
                bad: """
                    # TYPE requests_total counter
                    requests_total{code="200} 1
                    """,
                good: """
                    # HELP requests_total Requests answered.
                    # TYPE requests_total counter
                    requests_total{code="200"} 1
                    """)
        case .metricsPractice:
            Entry(
                .warning, "a metric is against the practices of Prometheus",
                why: """
                    The rules of `promtool check metrics`, and a few beyond: a help text, base units, `_total` behind \
                    counters and behind nothing else, names in snake_case without the type, no label of histograms and \
                    summaries elsewhere, each series once, the lines of a metric together.
                    """,
                bad: """
                    # HELP requests Requests answered.
                    # TYPE requests counter
                    requests{code="200"} 1
                    """,
                good: """
                    # HELP requests_total Requests answered.
                    # TYPE requests_total counter
                    requests_total{code="200"} 1
                    """)
        default: nil
        }
    }
}
