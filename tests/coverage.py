#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How much of src/ the tests reach: over the whole, and room by room.

    coverage.py ROOT BUILD...

BUILD: trees configured with -Db_coverage=true whose tests have run; a line that any of them reached counts. Needs
gcovr. Fails below 92 % of lines or 80 % of branches of the whole, or 85 % of lines of one room.
"""
import json
import os
import subprocess
import sys
import tempfile

LINES, BRANCHES, ROOM_LINES = 92.0, 80.0, 85.0


# Objects of the other archive: what stands in both may be another function there, which gcovr does not take.
OTHER_ARCHIVE = '.*lib(explored|memcgsim-explore).*'
ONLY_THERE = ['src/explore/', 'src/verify/']


def gcovr(root, *arguments, only=('src/',)):
    filters = [word for folder in only for word in ('--filter', os.path.join(root, folder))]
    subprocess.run(['gcovr', '--root', root, *filters, '--exclude-unreachable-branches', *arguments], check=True,
                   stdout=subprocess.DEVNULL)


def summary(root, builds):
    """gcovr's summary of all builds together."""
    with tempfile.TemporaryDirectory() as folder:
        traces = []
        for number, build in enumerate(builds):
            for part, arguments, only in (('plain', ['--exclude-directories', OTHER_ARCHIVE], ['src/']),
                                          ('explore', [], ONLY_THERE)):
                trace = os.path.join(folder, f'{number}-{part}.json')
                gcovr(root, '--json', trace, *arguments, build, only=only)
                traces += ['--add-tracefile', trace]
        result = os.path.join(folder, 'summary.json')
        gcovr(root, *traces, '--json-summary', result)
        with open(result, encoding='utf-8') as text:
            return json.load(text)


def rooms(files):
    """{room: (lines reached, lines)}: a room is a pair of .c and .h."""
    found = {}
    for entry in files:
        room = os.path.splitext(entry['filename'])[0]
        reached, lines = found.get(room, (0, 0))
        found[room] = (reached + entry['line_covered'], lines + entry['line_total'])
    return found


def main():
    root, builds = os.path.abspath(sys.argv[1]), sys.argv[2:]
    whole = summary(root, builds)
    failures = []
    for room, (reached, lines) in sorted(rooms(whole['files']).items()):
        share = 100.0 * reached / lines if lines else 100.0
        print(f'{share:6.1f} %  {reached:5} of {lines:5} lines  {room}')
        if share < ROOM_LINES:
            failures.append(f'{room}: {share:.1f} % of lines, {ROOM_LINES:.0f} are asked for')
    for kind, kinds, least in (('line', 'lines', LINES), ('branch', 'branches', BRANCHES)):
        share = whole[f'{kind}_percent']
        print(f'{share:6.1f} %  of {kinds}: {whole[f"{kind}_covered"]} of {whole[f"{kind}_total"]}')
        if share < least:
            failures.append(f'{share:.1f} % of {kinds}, {least:.0f} are asked for')
    for failure in failures:
        print(failure)
    return 1 if failures or not whole['files'] else 0


if __name__ == '__main__':
    sys.exit(main())
