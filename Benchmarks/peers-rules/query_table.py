"""The tables of rules-query.sh: query_table.py SET OURS PROMETHEUS VICTORIA

Of Prometheus's list, queries that cost it less than two milliseconds are only in the sums.
"""

import sys


def peer(path):
    rows = {}
    for line in open(path):
        expression, steps, best, median, _ = line.rstrip("\n").split("\t")
        rows[expression, steps] = (int(best), int(median))
    return rows


def ratio(other, own):
    return "–" if not other else f"{other[0] / own:.1f} ×"


def each(pair, units):
    return "–" if not pair else f"{pair[0] / units:.1f} ({pair[1] / units:.1f})"


def millis(nanos):
    return f"{nanos / 1e6:.3g}"


def main():
    name, ours, prometheus, victoria = sys.argv[1:]
    prometheus, victoria = peer(prometheus), peer(victoria)
    day = name == "day"
    unit = "ns a series and step" if day else "CPU ms"
    print(f"| {'24 h at 15 s' if day else 'query'} | steps | {unit} | with JSON | Prometheus | VictoriaMetrics | less than Prometheus |")
    print("|---|---|---|---|---|---|---|")
    totals = [0, 0, 0]
    slower = []
    for line in open(ours):
        expression, steps, series, best, median, with_json, _ = line.rstrip("\n").split("\t")
        best, median, with_json = int(best), int(median), int(with_json)
        units = int(series) * int(steps) if day else 1e6
        one, two = prometheus.get((expression, steps)), victoria.get((expression, steps))
        if one:
            totals = [totals[0] + best, totals[1] + with_json, totals[2] + one[0]]
            if one[0] < with_json:
                slower.append(f"`{expression}` ({steps})")
        if not day and (not one or one[0] < 2e6):
            continue
        if day:
            cells = [each((best, median), units), f"{with_json / units:.1f}", each(one, units), each(two, units)]
        else:
            cells = [f"{millis(best)} ({millis(median)})", millis(with_json)]
            cells += [f"{millis(pair[0])} ({millis(pair[1])})" if pair else "–" for pair in (one, two)]
        text = expression.replace("|", "\\|")
        print(f"| `{text}` | {steps} | {' | '.join(cells)} | {ratio(one, best)} |")
    print()
    print(
        f"All {len(prometheus)} queries that Prometheus 2.42 answers: {totals[0] / 1e6:.1f} ms, with JSON {totals[1] / 1e6:.1f} ms, Prometheus"
        f" {totals[2] / 1e6:.1f} ms, {totals[2] / max(1, totals[0]):.1f} times as much ({totals[2] / max(1, totals[1]):.1f} times"
        f" with JSON). Slower than Prometheus, our JSON included: {', '.join(slower) or 'none'}."
    )


main()
