#!/usr/bin/env python3
"""Writes OpenMetrics text with timestamps: usage: rules-data.py MIB FILE, or rules-data.py --series N --steps N FILE.

Families of counters (whole numbers), gauges (decimals of three digits) and the buckets of a histogram, a series'
samples one after the other, 15 s apart, as a backfill or `promtool tsdb dump-openmetrics` writes them. The values
come from a fixed recurrence, so every run writes the same bytes.
"""
import sys

START, STEP, METHODS, CODES = 1_700_000_000, 15, ("GET", "POST", "PUT", "DELETE"), ("200", "204", "404", "500", "503")
BOUNDS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "+Inf")


def families():
    """Name, type, and the series' labels; without an end."""
    number = 0
    while True:
        nodes = [f"10.1.{number % 250}.{node}:9100" for node in range(10)]
        labels = [f'job="api",instance="{node}"' for node in nodes]
        yield f"app{number}_requests", "counter", [
            f'app{number}_requests_total{{{one},method="{m}",code="{c}"}}' for one in labels for m in METHODS for c in CODES]
        yield f"app{number}_memory_bytes", "gauge", [f"app{number}_memory_bytes{{{one}}}" for one in labels]
        yield f"app{number}_latency_seconds", "histogram", [
            f'app{number}_latency_seconds_bucket{{{one},le="{le}"}}' for one in labels for le in BOUNDS]
        number += 1


def series_text(name, kind, steps, times, seed):
    state, value, lines = seed * 2654435761 % 4294967296 | 1, 0, []
    for place in range(steps):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        if kind == "gauge":
            lines.append(f"{name} {state / 1000:.3f} {times[place]}\n")
        else:
            value += state >> 26
            lines.append(f"{name} {value} {times[place]}\n")
    return "".join(lines)


def main(arguments):
    limit, steps, series_left = 1 << 62, 5760, 1 << 62
    if arguments[0] == "--series":
        series_left, steps, path = int(arguments[1]), int(arguments[3]), arguments[4]
    else:
        limit, path = int(arguments[0]) << 20, arguments[1]
    times = [f"{START + STEP * place}" for place in range(steps)]
    written, seed = 0, 1
    with open(path, "w", buffering=1 << 20) as out:
        for name, kind, all_series in families():
            out.write(f"# TYPE {name} {kind}\n")
            for one in all_series:
                text = series_text(one, kind, steps, times, seed)
                out.write(text)
                written, seed, series_left = written + len(text), seed + 1, series_left - 1
                if written >= limit or series_left == 0:
                    out.write("# EOF\n")
                    return


main(sys.argv[1:])
