# Writes a unit-test file for promtool and the rule file it names: counters of TENANTS tenants with four codes each, over
# POINTS minutes, and RULES rules, in turn a recorded rate and an alert on the ratio of errors.
# KIND=steps adds a rule that reads its own past, which no program can evaluate for a whole range at a time, and rules
# that read it and each other; alerts are compared, too.
# usage: awk -v NAME=mid -v TENANTS=25 -v POINTS=1440 -v RULES=20 -v FOLDER=. -f rules.awk

function rate(selector) { return "rate(http_requests_total" selector "[5m])" }

function alert(number, expr) {
    print "  - alert: HighErr" number > rules
    print "    expr: " expr > rules
    print "    for: 5m" > rules
    print "    labels: {severity: page}" > rules
    print "    annotations: {summary: \"{{ $labels.tenant }} {{ $value | humanizePercentage }}\"}" > rules
}

function record(name, expr) {
    print "  - record: " name > rules
    print "    expr: " expr > rules
}

BEGIN {
    test = FOLDER "/" NAME ".yml"
    rules = FOLDER "/" NAME "_rules.yml"
    split("200 404 500 503", code, " ")
    print "rule_files: [" NAME "_rules.yml]\nevaluation_interval: 1m\ntests:\n- interval: 1m\n  input_series:" > test
    for (series = 0; series < TENANTS * 4; series++) {
        print "  - series: 'http_requests_total{tenant=\"t" int(series / 4) "\",code=\"" code[series % 4 + 1] "\"}'" > test
        print "    values: '0+" series % 7 + 1 "x" POINTS "'" > test
    }
    print "  promql_expr_test:" > test
    print "  - {expr: 'count(http_requests_total)', eval_time: " POINTS "m, exp_samples: [{labels: '{}', value: " \
        TENANTS * 4 "}]}" > test
    print "groups:\n- name: g\n  rules:" > rules
    for (i = 0; i < RULES; i += 2) {
        record("job:req:rate5m_" i, "sum by (tenant,code) (" rate("") ") + " i)
        alert(i + 1, "sum by (tenant) (" rate("{code=\"500\"}") ") / sum by (tenant) (" rate("") ") > 0." i * 2 % 9 + 1)
    }
    if (KIND == "steps") {
        record("tenant:requests:sum", "sum by (tenant) (" rate("") ") + (tenant:requests:sum or 0 * sum by (tenant) (" rate("") "))")
        record("tenant:requests:top", "topk(3, tenant:requests:sum)")
        alert(RULES + 1, "tenant:requests:sum > 0 unless on (tenant) ALERTS{alertname=\"HighErr" RULES + 1 "\"}")
        print "  alert_rule_test:\n  - {eval_time: 1m, alertname: HighErr" RULES + 1 ", exp_alerts: []}" > test
    }
}
