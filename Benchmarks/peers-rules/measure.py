"""Runs a command and writes a line: wall and user and system CPU in ms, peak memory in KiB, exit code.

usage: measure.py REPORT COMMAND…

Peak memory counts from this program's own, about 9 MiB, on: a process starts as a copy of its parent.
"""
import os
import sys
import time

report, command = sys.argv[1], sys.argv[2:]
began = time.monotonic()
child = os.fork()
if child == 0:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.execvp(command[0], command)
_, status, usage = os.wait4(child, 0)
wall = time.monotonic() - began
with open(report, "a") as out:
    print(
        f"{wall * 1e3:.2f} {usage.ru_utime * 1e3:.2f} {usage.ru_stime * 1e3:.2f} {usage.ru_maxrss}"
        f" {os.waitstatus_to_exitcode(status)}",
        file=out,
    )
