#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a CPU keeps at hand makes it faster, and changes no answer: scenarios, generated and recorded, end with the same
counters whatever the batch, with the byte stocks or the page lists off, and on one CPU, two or sixteen.

    same_answer.py MEMCGSIM SCENARIO...

Every answer that is not a file's text must be the same, and at the end, when all CPUs are drained, every file. What
several CPUs may add is what each leaves over of an objcg's bytes: less than a page each, so that memory.current and the
kernel's part of memory.stat are more by less than a page for each CPU and objcg, and the rest is the same to the byte.
Where there are limits, how often they were met depends on what is charged at a time; and without a byte stock each
object needs a page of its own for a moment, so that more is refused: that is not compared.
"""
import os
import re
import subprocess
import sys
import tempfile

SEEDS = [(seed, hard) for seed in (1, 2, 3, 4, 5) for hard in ([], ['--hard'])]
LINES = 3000
PAGE = 4096

ONE_CPU = [
    ['--stock-batch', '0'],
    ['--stock-batch', '1'],
    ['--stock-batch', '63'],
    ['--no-byte-stock'],
    ['--pcp-high', '0'],
    ['--pcp-high', '1'],
    ['--stock-batch', '0', '--no-byte-stock', '--pcp-high', '0'],
]
MANY_CPUS = [
    (2, []),
    (16, []),
    (16, ['--stock-batch', '0']),
    (16, ['--no-byte-stock', '--pcp-high', '0']),
]
READING = ('read', 'stat')  # what a file says on the way depends on what is charged ahead
FILES = ('memory.current', 'memory.stat', 'memory.events', 'cgroup.stat')


def spread(lines, cpus):
    """The scenario with its tasks on all CPUs in turn."""
    spread_lines, nr_tasks = [], 0
    for line in lines:
        words = line.split()
        if words and words[0] == 'cpu':
            continue
        spread_lines.append(line)
        if words and words[0] == 'task':
            spread_lines.append(f'cpu {words[1]} {nr_tasks % cpus}')
            nr_tasks += 1
    return spread_lines


def directories(lines):
    """Every directory that was ever made, with those on the way; those named by detours are others anyway."""
    found = set()
    for line in lines:
        words = line.split()
        if words and words[0] == 'mkdir' and not re.search(r'(^|/)\.\.?(/|$)', words[1]):
            parts = [part for part in words[1].split('/') if part]
            found.update('/'.join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return sorted(found)


def with_end(lines):
    """The scenario, then everything drained and read: '# end' stands between the two."""
    end = ['rcu', 'drain', 'drain']
    end += [f'read {path}/{name}' for path in directories(lines) for name in FILES]
    return lines + ['# end'] + end


def play(program, lines, options):
    """(answers on the way, answers at the end, [what each cgroup holds]): the last as `run --tree` draws it."""
    with tempfile.NamedTemporaryFile('w', suffix='.scn', encoding='utf-8') as out:
        out.write('\n'.join(lines) + '\n')
        out.flush()
        done, check = (subprocess.run([program, *verb, *options, out.name], capture_output=True, text=True, check=False)
                       for verb in (['run', '--tree'], ['check']))
    if done.returncode or check.returncode:
        sys.exit(f'{" ".join(options)}: {done.stderr or check.stdout}')
    end = lines.index('# end') + 1
    on_the_way, at_the_end, tree = [], {}, []
    for line in done.stdout.splitlines():
        answer = re.fullmatch(r'@(\d+) (\S+)(.*?) -> (.*)', line)
        if not answer:
            if '_drain' not in line:  # the helper has an object on each CPU
                tree.append(re.sub(r' +\d+  user|objects \d+|, stocks \d+', '', line))
        elif int(answer.group(1)) > end:
            at_the_end[answer.group(2) + answer.group(3)] = answer.group(4)
        elif answer.group(2) not in READING + ('cpu',):
            on_the_way.append((answer.group(2) + answer.group(3), answer.group(4)))
    return on_the_way, at_the_end, tree[1:]  # the first names the options


def numbers(text):
    return [int(number) for number in re.findall(r'\b\d+\b', text)]


def differences(base, other, slack, limited):
    """What @other says otherwise than @base; @slack: how many bytes more may be charged."""
    wrong = [f'{command}: {was!r}, then {now!r}' for (command, was), (_, now) in zip(base[0], other[0]) if was != now]
    if len(base[0]) != len(other[0]) or base[1].keys() != other[1].keys():
        return wrong + ['not the same commands were answered']
    for command, was in base[1].items():
        now = other[1][command]
        if was == now or (limited and command.endswith('memory.events')):
            continue
        kernel = command.endswith('memory.stat')
        if slack and (kernel or command.endswith('memory.current')):
            was, now = numbers(was), numbers(now)
            if len(was) == len(now) and 0 <= now[0] - was[0] <= slack and was[1:] == now[1:]:
                continue
        wrong.append(f'{command}: {was!r}, then {now!r}')
    wrong += [f'held: {was!r}, then {now!r}' for was, now in zip(base[2], other[2]) if was != now]
    return wrong


def compare(program, name, lines):
    """How many variants of a scenario were compared, and how many differed."""
    limited = any(re.match(r'\s*write \S*memory.max ', line) for line in lines)
    base = play(program, with_end(spread(lines, 1)), [])
    runs = [(options, play(program, with_end(spread(lines, 1)), options), 0) for options in ONE_CPU
            if not limited or '--no-byte-stock' not in options]
    for cpus, options in MANY_CPUS:
        if limited and '--no-byte-stock' in options:
            continue
        options = ['--cpus', str(cpus), *options]
        slack = cpus * PAGE * (len(directories(lines)) + 1)
        runs.append((options, play(program, with_end(spread(lines, cpus)), options), slack))
    failed = 0
    for options, other, slack in runs:
        wrong = differences(base, other, slack, limited)
        failed += bool(wrong)
        for what in wrong[:5]:
            print(f'{name} {" ".join(options)}: {what}')
    return len(runs), failed


def main():
    program, *recorded = sys.argv[1:]
    scenarios = []
    for seed, hard in SEEDS:
        text = subprocess.run([program, 'gen', '--seed', str(seed), '--lines', str(LINES), *hard], capture_output=True,
                              text=True, check=True).stdout
        scenarios.append((f'gen --seed {seed} --lines {LINES} {" ".join(hard)}', text.splitlines()))
    for path in recorded:
        with open(path, encoding='utf-8') as file:
            scenarios.append((os.path.basename(path), file.read().splitlines()))
    compared = failed = 0
    for name, lines in scenarios:
        more, wrong = compare(program, name, lines)
        compared, failed = compared + more, failed + wrong
    print(f'{len(scenarios)} scenarios, {compared} variants compared, {failed} differing')
    return 1 if failed or not compared else 0


if __name__ == '__main__':
    sys.exit(main())
