#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts a generated scenario to the library and to the reference model: no answer may differ, few may be left
unpredicted, and every invariant holds at the end.

    generated.py MEMCGSIM MODEL SEED [--hard]
"""
import os
import re
import subprocess
import sys
import tempfile

LINES = 2000
MIN_PREDICTED = 0.9  # of the lines: less, and the comparison says little


def main():
    program, model, seed, *hard = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        scenario = os.path.join(folder, f'seed-{seed}.scn')
        answers = os.path.join(folder, f'seed-{seed}.out')
        with open(scenario, 'w', encoding='utf-8') as out:
            subprocess.run([program, 'gen', '--seed', seed, '--lines', str(LINES), *hard], stdout=out, check=True)
        with open(answers, 'w', encoding='utf-8') as out:
            subprocess.run([program, 'run', scenario], stdout=out, check=True)
        compared = subprocess.run([sys.executable, model, scenario, '--against', answers], capture_output=True,
                                  text=True, check=False)
        print(compared.stdout, compared.stderr, sep='')
        if compared.returncode:
            return 1
        lines, predicted = map(int, re.search(r'(\d+) lines, (\d+) predicted', compared.stdout).groups())
        assert lines == LINES, f'{LINES} lines were asked for, {lines} came'
        assert predicted >= MIN_PREDICTED * lines, 'too few lines are predicted'
        return subprocess.run([program, 'check', scenario], check=False).returncode


if __name__ == '__main__':
    sys.exit(main())
