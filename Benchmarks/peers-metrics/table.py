"""Makes the table of docs/PERFORMANCE.md from the reports of metrics-bench, client_golang and prometheus_client."""
import collections
import statistics
import sys


def read(path):
    values = collections.defaultdict(list)
    with open(path) as file:
        for line in file:
            name, value = line.rstrip("\n").split("\t")
            values[name].append(float(value))
    return values


# What, our measurement, the peers' measurement, unit, goal.
ROWS = [
    ("increment, own cell", "inc_own", "inc_shared", "ns", "≤ 0.6"),
    ("the same, two threads with a cell each", "inc_own_2_threads", None, "ns", ""),
    ("increment, shared cell, one thread", "inc_shared", "inc_shared", "ns", "≤ 3"),
    ("increment, cell of the current thread", "inc_current", None, "ns", ""),
    ("classic observe, 11 buckets, own cells", "observe_classic_own", "observe_classic_shared", "ns", "≤ 6"),
    ("the same, two threads with cells each", "observe_classic_own_2_threads", None, "ns", "≤ one thread"),
    ("without sharing: two threads with a registry each", "observe_classic_2_registries", None, "ns", ""),
    ("classic observe, shared cells, one thread", "observe_classic_shared", "observe_classic_shared", "ns", ""),
    ("native observe, own cells", "observe_native_own", "observe_native_shared", "ns", "≤ 15"),
    ("the same, two threads with cells each", "observe_native_own_2_threads", None, "ns", "≤ one thread"),
    ("without sharing: two threads with a registry each", "observe_native_2_registries", None, "ns", ""),
    ("native observe, shared cells, one thread", "observe_native_shared", "observe_native_shared", "ns", ""),
    ("child by three strings", "bind_strings", "bind_strings", "ns", "≤ 40"),
    ("child by three interned ids", "bind_ids", None, "ns", "≤ 5"),
    ("creating a series, of 10,000", "create_10000", None, "ns", "≤ 400"),
    ("of 100,000", "create_100000", "create_100000", "ns", "≤ 400"),
    ("of 1,000,000", "create_1000000", "create_1000000", "ns", "≤ 400"),
    ("memory of a counter series, of 1,000,000", "bytes_per_series_1000000", "bytes_per_series_1000000", "bytes", "≤ 300"),
    ("text scrape of 100,000 counter series", "scrape_counters_ms", "scrape_counters_ms", "ms", "≤ 3"),
    ("text scrape of 100,000 histogram lines", "scrape_histogram_lines_ms", "scrape_histogram_lines_ms", "ms", "≤ 5"),
    ("text scrape of 100,000 counter series, gzip", "scrape_counters_gzip_ms", None, "ms", ""),
    ("protobuf scrape of 100,000 counter series", "scrape_counters_protobuf_ms", None, "ms", ""),
    ("allocations of 1,000 increments", "inc_allocations", None, "", "0"),
    ("allocations of 1,024 classic observes", "observe_classic_allocations", None, "", "0"),
    ("allocations of 1,024 native observes", "observe_native_allocations", None, "", "0"),
    ("allocations of a scrape of counters", "scrape_counters_allocations", None, "", "0"),
    ("of histograms", "scrape_histogram_lines_allocations", None, "", "0"),
    ("parser, text format 0.0.4, samples as views", "parse_views_mb_per_s", None, "MB/s", "≥ 300"),
    ("parser, text format 0.0.4, samples with strings", "parse_samples_mb_per_s", None, "MB/s", "≥ 300"),
]


def best(numbers, unit):
    """What the code costs: others on the machine only add to a time, and only take from a rate."""
    if not numbers:
        return None
    return max(numbers) if unit == "MB/s" else min(numbers)


def number(value, unit):
    text = f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
    return f"{text} {unit}".rstrip()


def show(numbers, unit):
    """The best run and, where there were more, the median."""
    if not numbers:
        return "–"
    text = number(best(numbers, unit), unit)
    if len(numbers) == 1 or text == number(statistics.median(numbers), unit):
        return text
    return f"{text} ({number(statistics.median(numbers), '')})"


def main():
    ours, go, python = (read(path) for path in sys.argv[1:4])
    print("| what | goal | Gatehouse | client_golang | prometheus_client | Gatehouse to client_golang |")
    print("|---|---|---|---|---|---|")
    for what, own_name, peer_name, unit, goal in ROWS:
        own, peer = ours.get(own_name), go.get(peer_name)
        ratio = f"{best(own, unit) / best(peer, unit):.3f}" if own and peer else ""
        cells = [what, goal, show(own, unit), show(peer, unit), show(python.get(peer_name), unit), ratio]
        print("| " + " | ".join(cells) + " |")


main()
