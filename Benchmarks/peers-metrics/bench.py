"""The same measurements with Python's prometheus_client; prints "name TAB value" like metrics-bench."""
import resource
import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest


def per_call(count, body, rounds=3):
    results = []
    for _ in range(rounds):
        start = time.process_time_ns()
        body()
        results.append((time.process_time_ns() - start) / count)
    return sorted(results)[rounds // 2]


def report(name, value):
    print(f"{name}\t{value}", flush=True)


def repeat(count, call):
    def body():
        for _ in range(count):
            call()
    return body


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


registry = CollectorRegistry()
counter = Counter("bench", "Things.", ["kind"], registry=registry).labels("a")
report("inc_shared", per_call(200_000, repeat(200_000, counter.inc)))
bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
histogram = Histogram("bench_seconds", "Times.", ["kind"], buckets=bounds, registry=registry).labels("a")
report("observe_classic_shared", per_call(200_000, repeat(200_000, lambda: histogram.observe(0.3))))
family = Counter("bench_requests", "Requests.", ["tenant", "cell", "method"], registry=registry)
report("bind_strings", per_call(200_000, repeat(200_000, lambda: family.labels("tenant-1000", "erp", "GET").inc())))

registry = CollectorRegistry()
family = Counter("bench_requests", "Requests.", ["tenant", "cell", "code"], registry=registry)
before = resident()


def create():
    for index in range(100_000):
        family.labels(f"tenant-{index // 100}", f"cell-{index % 20}", str(200 + index // 20 % 5)).inc(index * 37)


report("create_100000", per_call(100_000, create, rounds=1))
report("bytes_per_series_100000", (resident() - before) / 100_000)
report("scrape_counters_ms", per_call(1_000_000, lambda: generate_latest(registry)))
registry = CollectorRegistry()
times = Histogram("bench_duration_seconds", "Times.", ["tenant", "cell"], registry=registry,
                  buckets=[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
for index in range(6250):
    times.labels(f"tenant-{index // 10}", f"cell-{index % 10}").observe(0.3)
report("scrape_histogram_lines_ms", per_call(1_000_000, lambda: generate_latest(registry)))
