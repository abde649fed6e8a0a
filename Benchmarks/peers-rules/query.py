"""CPU time of a server's range queries: query.py PID URL PREFERRED ROUNDS < queries.tsv > times.tsv

Reads lines of `PromQLBench queries`, writes expression, steps, and the CPU nanoseconds of the best and the median batch.
A batch repeats a query until the process has used a quarter of a second; what the same query costs over a metric that
does not exist (HTTP, parsing, an empty answer) is subtracted. Results leave the server as JSON, unlike ours.
PREFERRED is `older` for the expressions as Prometheus 2.42 writes them.
"""

import glob
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def cpu_nanos(pid):
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path) as file:
                total += int(file.read().split()[0])
        except OSError:
            pass
    return total


def ask(url, expression, start, end, steps):
    step = (int(end) - int(start)) / max(1, int(steps) - 1) or 15
    form = {"query": expression, "start": start, "end": end, "step": f"{step:g}s", "nocache": "1"}
    with urllib.request.urlopen(url + "/api/v1/query_range?" + urllib.parse.urlencode(form)) as answer:
        return answer.read()


def batch(pid, least, body):
    begin = cpu_nanos(pid)
    count = 0
    while True:
        body()
        count += 1
        used = cpu_nanos(pid) - begin
        if used >= least or count >= 200:
            return used / count


def measure(pid, rounds, least, body):
    times = sorted(batch(pid, least, body) for _ in range(rounds))
    return times[0], times[len(times) // 2]


def main():
    pid, url, preferred, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    empty = {}
    for line in sys.stdin:
        expression, steps, _, start, end, older = line.rstrip("\n").split("\t")
        text = older if preferred == "older" else expression
        if not text:
            continue
        try:
            answer = json.loads(ask(url, text, start, end, steps))
        except urllib.error.HTTPError as error:
            print(f"{text}: {error.read()[:200]}", file=sys.stderr)
            continue
        points = sum(len(series["values"]) for series in answer["data"]["result"])
        if steps not in empty:
            nothing = lambda: ask(url, "no_such_metric", start, end, steps)
            empty[steps] = measure(pid, 3, 5e7, nothing)[0]
        best, median = measure(pid, rounds, 2.5e8, lambda: ask(url, text, start, end, steps))
        best, median = max(0, best - empty[steps]), max(0, median - empty[steps])
        print(expression, steps, round(best), round(median), points, sep="\t", flush=True)
        time.sleep(0.01)


main()
