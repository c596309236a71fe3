#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds of the explorer must choose the same schedules from the same seed, step by step.

    same_trace.py PROGRAM PROGRAM...

Each PROGRAM is a memcgsim-explore, built by another compiler or with another switch of fibers. Every subject is
explored by each random strategy, and by DPOR; what each build says of it, the hash of all steps among it, must be the
same. One PROGRAM, given twice, is held to be the same from run to run.
"""

import json
import subprocess
import sys

STRATEGIES = {"random": 40, "pct2": 20, "pct3": 20, "pos": 20, "dpor": 20}
MACHINES_OWN = {"elapsed_ms", "schedules_per_second"}


def explored(program, strategy, schedules):
    """{subject: what became of it}, without what depends on the machine."""
    command = [program, "explore", "all", "--seed", "7", "--json", "--strategy", strategy, "--schedules", str(schedules)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}: {done.stderr}")
    return {result["subject"]: {key: value for key, value in result.items() if key not in MACHINES_OWN}
            for result in map(json.loads, done.stdout.splitlines())}


def main():
    programs = sys.argv[1:]
    if len(programs) < 2:
        sys.exit(__doc__)
    compared = different = 0
    for strategy, schedules in STRATEGIES.items():
        first, *others = [explored(program, strategy, schedules) for program in programs]
        for program, other in zip(programs[1:], others):
            for name in sorted(first.keys() | other.keys()):
                compared += 1
                if not first.get(name) or first.get(name) != other.get(name):
                    different += 1
                    print(f"{name}, {strategy}: {program} says {other.get(name)}, {programs[0]} {first.get(name)}")
    print(f"{compared} explorations compared, {different} differ")
    return compared == 0 or different > 0


if __name__ == "__main__":
    sys.exit(main())
