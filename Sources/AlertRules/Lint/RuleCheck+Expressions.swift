extension RuleCheck {
    /// Checks of what an expression can return.
    var expressionEntry: Entry? { valueEntry ?? labelEntry ?? fallbackEntry ?? timeEntry }

    private var valueEntry: Entry? {
        switch self {
        case .impossible:
            Entry(
                .warning, "the expression, or a part of it, can never return anything",
                why: """
                    Matchers that contradict each other, comparisons that no value passes (`count` is never below 1, \
                    `up` is 0 or 1, rates are not negative, nothing compares with NaN), and conditions that exclude \
                    each other. `count(x) == 0` is the classic: without series there is no count at all.
                    """,
                bad: """
                    - alert: NoneLeft
                      expr: count(up{job="api"}) == 0
                      for: 5m
                    """,
                good: """
                    - alert: NoneLeft
                      expr: absent(up{job="api"})
                      for: 5m
                    """)
        case .alwaysTrue:
            Entry(
                .warning, "a comparison holds for every value",
                why: """
                    It filters nothing, so the alert fires for every series; or, with `bool`, the result is a constant. \
                    The ranges are those of `promql/impossible`. (`absent(x) == 1` is superfluous only: a hint.)
                    """,
                bad: """
                    - alert: Errors
                      expr: rate(errors_total[5m]) >= 0
                      for: 5m
                    """,
                good: """
                    - alert: Errors
                      expr: rate(errors_total[5m]) > 0
                      for: 5m
                    """)
        case .notANumber:
            Entry(
                .hint, "a division inside an aggregation: one 0 / 0 makes the whole NaN",
                why: """
                    `sum(errors / requests)` is NaN as soon as one of the series has no requests, and NaN fulfils no \
                    comparison. The ratio of the sums has no such flaw, and weighs the series by their traffic.
                    """,
                bad: """
                    - record: job:errors:ratio
                      expr: avg by (job) (job:errors:rate5m / job:requests:rate5m)
                    """,
                good: """
                    - record: job:errors:ratio
                      expr: sum by (job) (job:errors:rate5m) / sum by (job) (job:requests:rate5m)
                    """)
        case .absentUnsafe:
            Entry(
                .hint, "the alert stays silent, or fires, when its series vanish",
                why: """
                    `sum(rate(x[5m])) == 0` is meant to say that nothing happens any more, but when `x` is gone the sum \
                    is empty, not 0. The same holds for the right side of `unless`, where the alert then fires. Nothing \
                    is found when the expression has `or` or `absent()`, or when another rule of the run asks \
                    `absent()` about the metric.
                    """,
                bad: """
                    - alert: NoTraffic
                      expr: sum(rate(requests_total[5m])) == 0
                    """,
                good: """
                    - alert: NoTraffic
                      expr: (sum(rate(requests_total[5m])) or vector(0)) == 0
                    """)
        default: nil
        }
    }

    private var labelEntry: Entry? {
        switch self {
        case .vectorMatching:
            Entry(
                .warning, "two sides whose series can never be partners",
                why: """
                    Series match when the labels that count have the same values. An aggregation that drops a label on \
                    one side only, or different values asked for on both sides, leaves no partners: the result is \
                    empty, and `unless` removes nothing.
                    """,
                bad: """
                    - record: job:errors:ratio
                      expr: sum by (job) (rate(errors_total[5m])) / sum by (job, code) (rate(requests_total[5m]))
                    """,
                good: """
                    - record: job:errors:ratio
                      expr: sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m]))
                    """)
        case .lostLabel:
            Entry(
                .warning, "a label is asked for where it is gone already",
                why: """
                    `by`, `group_left`, `group_right` or `label_replace` names a label that an inner aggregation has \
                    dropped.
                    """,
                bad: """
                    - record: job:requests:rate5m
                      expr: sum by (job) (sum by (instance) (rate(requests_total[5m])))
                    """,
                good: """
                    - record: job:requests:rate5m
                      expr: sum by (job) (sum by (job, instance) (rate(requests_total[5m])))
                    """)
        case .unusedLabel:
            Entry(
                .hint, "a join takes over a label that is dropped again",
                why: """
                    `group_left(version)` adds a label, but an aggregation around it, a join with `on(…)`, or the right \
                    side of `and` and `unless` leaves it out: the join costs time for nothing, or the brackets are wrong.
                    """,
                bad: """
                    - record: job:up:sum
                      expr: sum by (job) (up * on (instance) group_left (version) build_info)
                    """,
                good: """
                    - record: job:up:sum
                      expr: sum by (job, version) (up * on (instance) group_left (version) build_info)
                    """)
        case .equalsRegex:
            Entry(
                .warning, "`=` with something that looks like a regular expression",
                why: "`code=\"5..\"` asks for the code `5..` itself; patterns need `=~`.",
                bad: """
                    - record: errors:rate5m
                      expr: sum(rate(requests_total{code="5.."}[5m]))
                    """,
                good: """
                    - record: errors:rate5m
                      expr: sum(rate(requests_total{code=~"5.."}[5m]))
                    """)
        case .regex:
            Entry(
                .hint, "a regular expression does something else than it seems to",
                why: """
                    Anchors (the whole value is matched anyway), patterns without any special character, `.*` (which \
                    also accepts series without the label), an empty alternative, file patterns like `web-*`, and \
                    addresses whose dots match any character.
                    """,
                bad: """
                    - record: web:requests:rate5m
                      expr: sum(rate(requests_total{host=~"web-*"}[5m]))
                    """,
                good: """
                    - record: web:requests:rate5m
                      expr: sum(rate(requests_total{host=~"web-.*"}[5m]))
                    """)
        default: nil
        }
    }

    private var timeEntry: Entry? {
        switch self {
        case .window:
            Entry(
                .warning, "a window that doesn't fit the interval",
                why: """
                    `rate` and its kin need two samples in their window: one of less than twice the interval of a \
                    recorded series (or of `--scrape-interval`) often holds a single one. A window shorter than the \
                    group's own interval never sees what happens in between.
                    """,
                bad: """
                    groups:
                    - name: g
                      interval: 5m
                      rules:
                      - alert: Errors
                        expr: increase(errors_total[1m]) > 0
                    """,
                good: """
                    groups:
                    - name: g
                      interval: 1m
                      rules:
                      - alert: Errors
                        expr: increase(errors_total[5m]) > 0
                    """)
        case .subquery:
            Entry(
                .warning, "a subquery sees too few steps, or isn't needed",
                why: """
                    A range shorter than the step holds one value at most; `rate` and its kin need two. Over a plain \
                    selector a range does the same without missing samples (a hint).
                    """,
                bad: """
                    - record: busy:max
                      expr: max_over_time(sum(busy)[1m:5m])
                    """,
                good: """
                    - record: busy:max
                      expr: max_over_time(sum(busy)[1h:5m])
                    """)
        case .offset:
            Entry(
                .warning, "a rule reads the future, or a fixed time",
                why: """
                    A rule runs at the present: a negative offset beyond the group's `query_offset` finds nothing, and \
                    `@ 1609746000` gives the same result for ever.
                    """,
                bad: """
                    - record: busy:later
                      expr: busy offset -5m
                    """,
                good: """
                    - record: busy:before
                      expr: busy offset 5m
                    """)
        case .mixedWindows:
            Entry(
                .hint, "a ratio of rates over different windows",
                why:
                    "After a change the two sides move at different times, and the ratio shows a peak that isn't there.",
                bad: """
                    - record: errors:ratio
                      expr: sum(rate(errors_total[1m])) / sum(rate(requests_total[5m]))
                    """,
                good: """
                    - record: errors:ratio
                      expr: sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))
                    """)
        default: nil
        }
    }

    private var fallbackEntry: Entry? {
        guard self == .fallback else { return nil }
        return Entry(
            .hint, "`or vector(0)` has none of the labels that are used further on",
            why: """
                Its series has no labels, so it stands beside those with labels instead of replacing one of them, and an \
                aggregation, a join or a template that asks for a label finds none.
                """,
            bad: """
                - alert: NoTraffic
                  expr: (sum by (job) (rate(requests_total[5m])) or vector(0)) == 0
                  for: 5m
                  annotations:
                    summary: 'no requests of {{ $labels.job }}'
                """,
            good: """
                - alert: NoTraffic
                  expr: (sum(rate(requests_total{job="api"}[5m])) or vector(0)) == 0
                  for: 5m
                  annotations:
                    summary: 'no requests of the api'
                """)
    }
}
