#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs every race of a build again and again with fresh seeds, for as long as it is given.

    soak.py BUILD SECONDS [--seed SEED] [--rounds ROUNDS]

For nights and before releases, on a build with -Db_sanitize=thread -Dnoise=true. Races take turns, @ROUNDS rounds
each, so that all have had the same number of turns when the time is up. Stops at the first that fails, and says how
to see it again.
"""
import argparse
import subprocess
import sys
import time
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build', type=Path)
    parser.add_argument('seconds', type=float)
    parser.add_argument('--seed', type=int, default=1000000, help='of the first turn')
    parser.add_argument('--rounds', type=int, default=50, help='of a race before the next has its turn')
    arguments = parser.parse_args()
    folder = arguments.build / 'tests' / 'race'
    races = sorted(path for path in folder.glob('race-*') if path.is_file() and not path.name.startswith('race-explore'))
    if not races:
        print(f'{folder}: no race to run')
        return 1
    end = time.monotonic() + arguments.seconds
    turns, seed = 0, arguments.seed
    while time.monotonic() < end:
        for race in races:
            result = subprocess.run([race, '-s', str(seed), '-r', str(arguments.rounds)], stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True, check=False)
            if result.returncode:
                print(result.stdout)
                print(f'{race.name}: exit status {result.returncode}; to see it again: '
                      f'{race} -s {seed} -r {arguments.rounds}')
                return 1
        turns += 1
        seed += arguments.rounds
    print(f'{len(races)} races, {turns} turns of {arguments.rounds} rounds each, '
          f'seeds {arguments.seed} to {seed - 1}: nothing')
    return 0


if __name__ == '__main__':
    sys.exit(main())
