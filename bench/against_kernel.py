#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The fast path against a real kernel's own, on this machine and in one run, as ratios.

    against_kernel.py KERNEL_RUNNER BENCH_PAIRS

KERNEL_RUNNER SCENARIO plays a scenario on a real kernel and prints its answers; its verb `insmod TASK
/memcgbench.ko label=... n=... reps=...` prints rows `@bench LABEL PAIR rep=R ops=N ns/op=NS ...`.
"""
import re
import subprocess
import sys
import tempfile

DEPTH = 4
SCENARIO = """mkdir a/b/c/d
task w
cpu w 0
move w a/b/c/d
insmod w /memcgbench.ko label=d4 n=1000000 reps=3
"""
# the kernel's name of a pair: ours, and the goal for their ratio
PAIRS = {
    'page0-pair': ('page0', None),
    'page0-acct-pair': ('page0-acct', 0.35),
    'kmalloc64-pair': ('kmalloc64', None),
    'kmalloc64-acct-pair': ('kmalloc64-acct', 0.35),
}


def kernel_ns(runner):
    """The best of the repetitions, by the kernel's names."""
    with tempfile.NamedTemporaryFile('w', suffix='.scn') as scenario:
        scenario.write(SCENARIO)
        scenario.flush()
        text = subprocess.run([runner, scenario.name], capture_output=True, text=True, check=True).stdout
    best = {}
    for pair, ns in re.findall(r'^@bench \S+ (\S+) rep=.* ns/op=(\S+)', text, re.M):
        best[pair] = min(float(ns), best.get(pair, float('inf')))
    return best


def our_ns(bench):
    text = subprocess.run([bench], capture_output=True, text=True, check=True).stdout
    return {pair: float(ns) for pair, ns in re.findall(rf'^(\S+) +{DEPTH} +(\S+)', text, re.M)}


def main():
    runner, bench = sys.argv[1:]
    kernel, ours = kernel_ns(runner), our_ns(bench)
    missed = 0
    print(f'{"pair, depth " + str(DEPTH):22} {"kernel ns":>10} {"ours ns":>8} {"ratio":>6}  goal')
    for theirs, (name, goal) in PAIRS.items():
        ratio = ours[name] / kernel[theirs]
        missed += goal is not None and ratio > goal
        print(f'{name:22} {kernel[theirs]:10.2f} {ours[name]:8.2f} {ratio:6.2f}  {goal or "-"}')
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
