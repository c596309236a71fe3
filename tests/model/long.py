#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Long scenarios: every invariant holds at their end, and ten times as many lines take no more memory.

    long.py MEMCGSIM [LINES]

LINES (100000): of the long one; 1000000 for a night.
"""
import re
import subprocess
import sys
import tempfile

MOST_MORE = 1.05  # so many times the memory of the short one, at most
SLACK_KIB = 1024  # what a process's own memory varies by


def peak_kib(*command):
    """What the process had resident at its largest; its output."""
    script = ('import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True);'
              'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); print(done.stdout);'
              'sys.exit(done.returncode)')
    done = subprocess.run([sys.executable, '-c', script, *command], stdout=subprocess.PIPE, text=True, check=True)
    first, _, rest = done.stdout.partition('\n')
    return int(first), rest


def main():
    program, lines = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for number in (lines // 10, lines):
            name = f'{folder}/{number}.scn'
            with open(name, 'w', encoding='utf-8') as out:
                subprocess.run([program, 'gen', '--seed', '3', '--lines', str(number), '--hard'], stdout=out, check=True)
            run, _ = peak_kib(program, 'run', '--quiet', name)
            check, said = peak_kib(program, 'check', name)
            assert re.search(rf': {number} commands, 0 violations, 0 simulated bugs', said), said
            print(f'{number} lines: run {run} KiB, check {check} KiB at most')
            peaks.append((run, check))
    fine = all(long <= short * MOST_MORE + SLACK_KIB for short, long in zip(*peaks))
    return 0 if fine else 1


if __name__ == '__main__':
    sys.exit(main())
