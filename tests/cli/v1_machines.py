#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenarios on the machines of 2012 to 2014: a worker's memory is charged, moved and uncharged as there.

    v1_machines.py MEMCGSIM
"""
import subprocess
import sys

PROFILES = ("v3.7", "v3.8", "v3.8-posted", "v3.16", "v3.17")

IN_A = "mkdir lab/a\nmkdir lab/b\ntask w\nmove w lab/a\nanon w 2p\nread lab/a/memory.usage_in_bytes\n"
READ_ALL = "".join(f"read lab{group}/memory.usage_in_bytes\n" for group in ("/a", "/b", ""))

# a scenario, and what its reads answer
SCENARIOS = {
    "its pages are uncharged as they are unmapped": (
        IN_A + "free w 1p\n" + READ_ALL + "exit w\n" + READ_ALL,
        [8192, 4096, 0, 4096, 0, 0, 0]),
    "a drain leaves nothing charged": (
        IN_A + "drain\nexit w\ndrain\n" + READ_ALL,
        [8192, 0, 0, 0]),
    "its charge comes along where the new group says so": (
        IN_A + "write lab/b/memory.move_charge_at_immigrate 1\nmove w lab/b\n" + READ_ALL + "exit w\n" + READ_ALL,
        [8192, 0, 8192, 8192, 0, 0, 0]),
    "it stays behind where not, and goes to the parent at the end": (
        IN_A + "move w lab/b\n" + READ_ALL + "rmdir lab/a\nread lab/memory.usage_in_bytes\nexit w\n"
        "read lab/memory.usage_in_bytes\n",
        [8192, 8192, 0, 8192, 8192, 0]),
}


def run(program, verb, profile, scenario, *options):
    """A scenario on its standard input."""
    return subprocess.run([program, verb, "--profile", profile, *options, "-"], input=scenario, capture_output=True, text=True,
                          check=False)


def main(program):
    hard = subprocess.run([program, "gen", "--seed", "3", "--lines", "200", "--hard"], capture_output=True, text=True,
                          check=True).stdout
    failures = 0
    for profile in PROFILES:
        for name, (scenario, expected) in SCENARIOS.items():
            result = run(program, "run", profile, scenario)
            answers = [int(line.split()[-1]) for line in result.stdout.splitlines() if " read " in line]
            if result.returncode or result.stderr or answers != expected:
                failures += 1
                print(f"{profile}: {name}: expected {expected}, found {answers}:\n{result.stdout}{result.stderr}")
        for name, scenario in (("drain", "drain\n"), ("a generated scenario", hard)):
            result = run(program, "check", profile, scenario)
            if result.returncode or result.stderr:
                failures += 1
                print(f"{profile}: {name}:\n{result.stdout}{result.stderr}")
        tree = run(program, "run", profile, IN_A, "--quiet", "--tree").stdout
        current = {line.split()[0]: line.split()[1] for line in tree.splitlines()}
        if [current.get(group) for group in ("lab", "a", "b")] != ["8192", "8192", "0"]:
            failures += 1
            print(f"{profile}: the tree:\n{tree}")
    print(f"{len(PROFILES) * (len(SCENARIOS) + 3)} runs, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
