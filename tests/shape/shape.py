#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The shape of the fast path, by its instructions: no clock is asked.

- Public functions that charge and uncharge hold no locked instruction, and leave for their slow halves by a
  jump, so that the fast halves keep nothing for them.
- A pair on a stock hit takes the same number of instructions at depth 1 and at depth 16, and not more than was
  written down here when it was last looked at.

    shape.py ARCHIVE BENCH_PAIRS
"""
import re
import subprocess
import sys

# function: its slow half
FAST = {
    'memcgsim___memcg_kmem_charge_page': 'kmem_charge_page_slow',
    'memcgsim___memcg_kmem_uncharge_page': 'kmem_uncharge_page_slow',
    'memcgsim_obj_cgroup_charge': 'obj_cgroup_charge_slow',
    'memcgsim_obj_cgroup_uncharge': 'obj_cgroup_uncharge_slow',
    'memcgsim_alloc_pages': 'alloc_pages_slow',
    'memcgsim_kmalloc': 'kmalloc_slow',
    'memcgsim_kfree': 'kfree_slow',
}
# pair: instructions, the loop's own included, with room for another compiler
AT_MOST = {'kmem-charge': 145, 'byte-charge': 65, 'page0-acct': 230, 'kmalloc64-acct': 240}
# `xchg` with a memory operand locks without a prefix
LOCKED = re.compile(r'\block\b|\bxchg\b.*\(')


def functions(archive):
    """The disassembled bodies by name, relocations included."""
    text = subprocess.run(['objdump', '-dr', '--no-show-raw-insn', archive], capture_output=True, text=True,
                          check=True).stdout
    return dict(re.findall(r'^[0-9a-f]+ <([\w.]+)>:\n((?:.+\n)+)', text, re.M))


def check_bodies(archive):
    bodies = functions(archive)
    failures = []
    for name, slow in FAST.items():
        body = bodies[name]
        locked = [line.strip() for line in body.splitlines() if LOCKED.search(line)]
        if locked:
            failures.append(f'{name} has locked instructions: {locked}')
        if not re.search(rf'\tjmp .*\b{slow}\b|\tjmp.*\n.*R_X86_64_PLT32\s+{slow}\b', body):
            failures.append(f'{name} does not end in a jump to {slow}')
        if re.search(rf'\tcall .*\b{slow}\b', body):
            failures.append(f'{name} calls {slow} and comes back')
    print(f'{len(FAST)} functions: no locked instruction, slow halves by a jump' if not failures else '')
    return failures


def instructions(bench, pair, depth):
    """Of one pair: a longer run less a shorter one, so that start and end do not count."""
    def collect(count):
        run = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', bench, pair,
                              str(depth), str(count)], capture_output=True, text=True, check=True)
        return int(re.search(r'Collected : (\d+)', run.stderr).group(1))
    return (collect(2000) - collect(1000)) / 1000


def check_counts(bench):
    failures = []
    for pair, most in AT_MOST.items():
        shallow, deep = instructions(bench, pair, 1), instructions(bench, pair, 16)
        print(f'{pair}: {shallow:.0f} instructions at depth 1, {deep:.0f} at depth 16')
        if abs(shallow - deep) > 0.5:
            failures.append(f'{pair}: depth shows')
        if shallow > most:
            failures.append(f'{pair}: {shallow:.0f} instructions, {most} were enough')
    return failures


def main():
    archive, bench = sys.argv[1:]
    failures = check_bodies(archive) + check_counts(bench)
    print('\n'.join(failures))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
