extension RuleCheck {
    /// Checks of alerts, recording rules, groups and comments.
    var ruleEntry: Entry { alertEntry ?? templateEntry ?? fileEntry }

    private var alertEntry: Entry? {
        switch self {
        case .noCondition:
            Entry(
                .warning, "the alert's expression filters nothing",
                why: """
                    An alert fires for every series that its expression returns, whatever the value: `up` fires for all \
                    targets, and so does a comparison with `bool`, which answers 0 instead of dropping the series.
                    """,
                bad: """
                    - alert: Down
                      expr: up == bool 0
                      for: 5m
                    """,
                good: """
                    - alert: Down
                      expr: up == 0
                      for: 5m
                    """)
        case .alwaysFiring:
            Entry(
                .warning, "the alert reads no metric and always fires",
                why: """
                    `vector(1)` is right for a dead man's switch only. Alerts whose name says so (Watchdog, DeadMan…, \
                    Heartbeat, AlwaysFiring) are left alone; a comment suppresses others.
                    """,
                bad: """
                    - alert: Broken
                      expr: vector(1)
                    """,
                good: """
                    - alert: Watchdog
                      expr: vector(1)
                    """)
        case .missingFor:
            Entry(
                .hint, "the alert fires at the first bad sample",
                why: """
                    Without `for`, and without a window in the expression, one failed scrape is enough. Also found: a \
                    `for` shorter than the group's interval, which then lasts one interval.
                    """,
                bad: """
                    - alert: Down
                      expr: up == 0
                    """,
                good: """
                    - alert: Down
                      expr: up == 0
                      for: 5m
                    """)
        case .fragile:
            Entry(
                .warning, "the alert's series change from evaluation to evaluation",
                why: """
                    `topk` and its kin choose among all series, and a series that is chosen no more ends its alert: \
                    `for` starts anew. `irate` (a hint) sees two samples only.
                    """,
                bad: """
                    - alert: Busiest
                      expr: topk(3, busy) > 10
                      for: 5m
                    """,
                good: """
                    - alert: Busiest
                      expr: busy > 10
                      for: 5m
                    """)
        default: nil
        }
    }

    private var templateEntry: Entry? {
        switch self {
        case .template:
            Entry(
                .warning, "a template cannot be rendered",
                why: "It fails with every value that was tried; the alert would show the error instead of its text.",
                bad: """
                    - alert: Down
                      expr: up == 0
                      for: 5m
                      annotations:
                        summary: '{{ $value.Unit }}'
                    """,
                good: """
                    - alert: Down
                      expr: up == 0
                      for: 5m
                      annotations:
                        summary: '{{ $value }}'
                    """)
        case .templateLabel:
            Entry(
                .warning, "a template uses a label that the expression never returns",
                why: """
                    An aggregation, `on(…)` or `absent()` has dropped it, or it is one of the rule's own labels, which \
                    `$labels` doesn't hold: the text has a hole.
                    """,
                bad: """
                    - alert: Errors
                      expr: sum by (job) (rate(errors_total[5m])) > 1
                      annotations:
                        summary: 'errors of {{ $labels.instance }}'
                    """,
                good: """
                    - alert: Errors
                      expr: sum by (job) (rate(errors_total[5m])) > 1
                      annotations:
                        summary: 'errors of {{ $labels.job }}'
                    """)
        case .valueLabel:
            Entry(
                .warning, "a label holds the value",
                why: """
                    Labels are the alert's identity: with another value it is another alert, `for` starts anew, and \
                    every evaluation notifies. Conditions such as `{{ if gt $value 10.0 }}` are left alone.
                    """,
                bad: """
                    - alert: Busy
                      expr: busy > 10
                      for: 5m
                      labels:
                        value: '{{ $value }}'
                    """,
                good: """
                    - alert: Busy
                      expr: busy > 10
                      for: 5m
                      annotations:
                        value: '{{ $value }}'
                    """)
        case .labelConflict:
            Entry(
                .warning, "a label of the rule hides one of the series",
                why: """
                    The rule's label overwrites the one that the expression keeps: two series that differ in it alone \
                    become the same alert, which makes the evaluation fail. `alertname` is overwritten in any case.
                    """,
                bad: """
                    - alert: Errors
                      expr: sum by (job, team) (rate(errors_total[5m])) > 1
                      labels:
                        team: web
                    """,
                good: """
                    - alert: Errors
                      expr: sum by (job) (rate(errors_total[5m])) > 1
                      labels:
                        team: web
                    """)
        case .recordingTemplate:
            Entry(
                .warning, "a template where none is expanded",
                why: "Labels of recording rules are taken as they stand: the series gets a label with braces.",
                bad: """
                    - record: busy:max
                      expr: max by (job) (busy)
                      labels:
                        team: '{{ $labels.job }}'
                    """,
                good: """
                    - record: busy:max
                      expr: max by (job) (busy)
                      labels:
                        team: web
                    """)
        default: nil
        }
    }

    private var fileEntry: Entry {
        switch self {
        case .duplicate:
            Entry(
                .warning, "two rules with the same name and labels",
                why: "Over all files of the run. They write the same series, or fire the same alert twice.",
                bad: """
                    - record: busy:max
                      expr: max(busy)
                    - record: busy:max
                      expr: max(busy)
                    """,
                good: """
                    - record: busy:max
                      expr: max(busy)
                    """)
        case .unused:
            Entry(
                .hint, "a recorded series that no rule of the run reads",
                why: "A dashboard may read it; nothing here does.",
                bad: """
                    - record: busy:max
                      expr: max(busy)
                    """,
                good: """
                    - record: busy:max
                      expr: max(busy)
                    - alert: Busy
                      expr: busy:max > 1
                      for: 5m
                    """)
        case .order:
            Entry(
                .hint, "a rule reads what a later rule of its group writes",
                why: "Rules of a group run one after the other: it sees the value of the evaluation before.",
                bad: """
                    - alert: Busy
                      expr: busy:max > 1
                      for: 5m
                    - record: busy:max
                      expr: max(busy)
                    """,
                good: """
                    - record: busy:max
                      expr: max(busy)
                    - alert: Busy
                      expr: busy:max > 1
                      for: 5m
                    """)
        case .interval:
            Entry(
                .warning, "recorded series vanish between two evaluations",
                why: "A series is looked for five minutes back; one that is written less often has gaps.",
                bad: """
                    groups:
                    - name: g
                      interval: 10m
                      rules:
                      - record: busy:max
                        expr: max(busy)
                    """,
                good: """
                    groups:
                    - name: g
                      interval: 2m
                      rules:
                      - record: busy:max
                        expr: max(busy)
                    """)
        case .ignore:
            Entry(
                .warning, "a suppressing comment does nothing",
                why: """
                    It names no check, gives no reason, or (a hint) suppresses nothing any more.
                    """,
                bad: """
                    # alert-rules: ignore alerts/for
                    - alert: Down
                      expr: up == 0
                    """,
                good: """
                    # alert-rules: ignore alerts/for the prober has tried three times already
                    - alert: Down
                      expr: up == 0
                    """)
        default:
            Entry(
                .error, "the file cannot be read as a rule file",
                why: "YAML, structure, names, expressions and templates must be right before anything else is judged.",
                bad: """
                    - alert: Down
                      expr: up ==
                    """,
                good: """
                    - alert: Down
                      expr: up == 0
                      for: 5m
                    """)
        }
    }

    /// The check of what stands behind the rules.
    var documentEntry: Entry? {
        guard self == .documents else { return nil }
        return Entry(
            .warning, "a second document in the file, which nobody reads",
            why: "Prometheus takes the first document of a file and says in its log only that there are more.",
            bad: """
                groups:
                - name: g
                  rules:
                  - {alert: Down, expr: up == 0, for: 5m}
                ---
                groups:
                - name: h
                  rules:
                  - {alert: Slow, expr: latency_seconds > 1, for: 5m}
                """,
            good: """
                groups:
                - name: g
                  rules:
                  - {alert: Down, expr: up == 0, for: 5m}
                - name: h
                  rules:
                  - {alert: Slow, expr: latency_seconds > 1, for: 5m}
                """)
    }

    /// The check of comments inside expressions.
    var commentEntry: Entry? {
        guard self == .comment else { return nil }
        return Entry(
            .warning, "a comment swallows a part of the expression",
            why: """
                YAML joins the lines of a `>` block, and of a scalar in quotes, before PromQL is read: a comment that \
                ends its line in the file then goes on to the end of the text. A `|` block keeps the lines.
                """,
            bad: """
                - alert: Down
                  expr: >
                    up == 0  # the target itself
                    or probe_success == 0
                  for: 5m
                """,
            good: """
                - alert: Down
                  expr: |
                    up == 0  # the target itself
                    or probe_success == 0
                  for: 5m
                """)
    }
}
