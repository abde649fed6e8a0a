#!/usr/bin/env python3
"""coverage.py FILE: line coverage of each folder of Sources, from the JSON that `swift test` writes."""
import json
import sys
from collections import defaultdict

totals = defaultdict(lambda: [0, 0])
for file in json.load(open(sys.argv[1]))["data"][0]["files"]:
    name = file["filename"]
    if "/Sources/" not in name or "/.build" in name:
        continue
    folder = name.split("/Sources/")[1].split("/")[0]
    lines = file["summary"]["lines"]
    totals[folder][0] += lines["covered"]
    totals[folder][1] += lines["count"]
for folder, (covered, count) in sorted(totals.items()):
    print(f"{folder:20} {covered:6} of {count:6} lines  {100 * covered / max(1, count):5.1f} %")
