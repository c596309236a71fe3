#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bad input: each is refused with its place, exit status 2, and before anything ran.

    errors.py MEMCGSIM
"""
import os
import subprocess
import sys
import tempfile

# a scenario, and what stands behind its name in the message
SCENARIOS = [
    ('mkdir a\nfrobnicate a\n', ":2:1: expected a verb"),
    ('  mkdirr a\n', ":1:3: expected a verb"),
    ('mkdir\n', ":1:6: expected a path, found the end of the line"),
    ('mkdir a b\n', ":1:9: expected the end of the line, found 'b'"),
    ('task w\nk w page 0 zero\n', ":2:12: expected a number, found 'zero'"),
    ('k w page 0 4K\n', ":1:12: expected a number, found '4K'"),
    ('k w shrink 0\n', ":1:5: expected page, upage, kmalloc"),
    ('k\n', ":1:2: expected a task's name, found the end of the line"),
    ('k w\n', ":1:4: expected what the task is to do, found the end of the line"),
    ('anon w 4X\n', ":1:8: expected a size such as 4096, 64K, 10M or 5p, found '4X'"),
    ('anon w 9999999999999999999\n', ":1:8: expected a number below 2^63"),
    ('write a/memory.max # nothing\n', ":1:20: expected what to write"),
    ('mkdir a\n\0', ':2:1: expected text, found a NUL byte'),
    ('task\n', ":1:5: expected a task's name"),
    ('\033[31mred\n', ":1:1: expected a verb"),
    ('cpu w\n', ":1:6: expected a number, found the end of the line"),
]

# arguments, and what the message says
OPTIONS = [
    ([], 'Usage: memcgsim VERB'),
    (['fly'], "there is no verb 'fly'"),
    (['run'], 'expected a scenario FILE'),
    (['run', '--profile', 'v9.9', 'x'], '--profile: expected v6.12 or '),
    (['run', '--cpus', '0', 'x'], '--cpus: expected a number from 1 to 256'),
    (['run', '--memory', '1G', 'x'], "--memory: expected a number from 1 to 1073741824, found '1G'"),
    (['check', '--child-cost', '-1', 'x'], '--child-cost: expected a number from 0 to 1048576'),
    (['run', '--stock-batch', '65', 'x'], '--stock-batch: expected a number from 0 to 64'),
    (['check', '--pcp-high', '-1', 'x'], '--pcp-high: expected a number from 0'),
    (['run', '--no-byte-stock=1', 'x'], 'no-byte-stock'),
    (['run', '--lines', '5', 'x'], '--lines: expected A-B'),
    (['run', '--lines', '5-2', 'x'], '--lines: expected a number from 5'),
    (['run', '/nonexistent'], '/nonexistent: No such file'),
    (['gen', '--seed', 'x', '--lines', '10'], 'x'),
    (['gen', '--seed', '1', '--lines', '0'], 'lines'),
    (['check'], 'expected a scenario FILE, or --list'),
    (['explore'], 'expected a SUBJECT, all, or --list'),
    (['explore', 'nothing'], "there is no subject 'nothing': --list names them"),
    (['explore', 'all', '--strategy', 'luck'], "--strategy: expected portfolio, random, pct2, pct3, pos, dfs or dpor"),
    (['explore', 'all', '--memory', 'arm'], "--memory: expected sc, ra or tso, found 'arm'"),
    (['explore', 'all', '--schedules', '0'], '--schedules: expected a number from 1'),
    (['explore', 'all', '--time', '1h'], "--time: expected a number from 1 to 1073741824, found '1h'"),
    (['explore', 'all', '--seed', '-1'], '--seed: expected a number from 0'),
    (['explore', 'all', '--shard', '3'], "--shard: expected I/N, found '3'"),
    (['explore', 'all', '--shard', '3/2'], '--shard: expected a number from 1 to 2'),
    (['explore', 'all', '--shard', '0/2'], '--shard: expected a number from 1 to 2'),
    (['explore', 'all', '--shard', '1/2', '--strategy', 'dpor'], '--shard: dpor goes through all schedules'),
    (['explore', 'all', '--preemptions', '2'], '--preemptions: a bound of --strategy dfs'),
    (['explore', 'all', '--strategy', 'dpor', '--memory', 'ra'], '--strategy dpor: sound with --memory sc only'),
    (['experiment'], 'expected a SEED, all, or --list'),
    (['experiment', '2'], "there is no experiment '2': --list names them"),
    (['experiment', '002', '999'], "there is no experiment '999': --list names them"),
    (['experiment', '002', '--svg', '/nonexistent/x'], '/nonexistent/x: No such file'),
    (['replay'], 'expected a TOKEN'),
    (['replay', 'a', 'b'], "expected one TOKEN, found 'b' too"),
    (['replay', ''], "there is no subject ''"),
    (['replay', 'nothing:sc:'], "there is no subject 'nothing'"),
    (['replay', 'lost_update'], "'lost_update' is no token: expected SUBJECT:MEMORY:TURNS"),
    (['replay', 'lost_update:arm:'], 'is no token'),
    (['replay', 'lost_update:sc:1.1-'], 'is no token'),
    (['replay', 'lost_update:sc:1.1 2.0'], 'is no token'),
    (['replay', 'lost_update:sc:99999999999999999999.1'], 'is no token'),
    (['replay', 'lost_update:sc:', '--svg', '/nonexistent/x'], '/nonexistent/x: No such file'),
]


def run(program, *args):
    return subprocess.run([program, *args], capture_output=True, text=True, check=False)


def refused(what, result, message):
    fine = result.returncode == 2 and message in result.stderr and '@' not in result.stdout
    if not fine:
        print(f'{what}: status {result.returncode}, said {result.stderr!r}, expected {message!r}; '
              f'printed {result.stdout!r}')
    return fine


def main():
    program = sys.argv[1]
    results = []
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, 'bad.scn')
        for text, message in SCENARIOS:
            with open(name, 'w', encoding='utf-8') as out:
                out.write(text)
            results.append(refused(repr(text), run(program, 'run', name), name + message))
        good = os.path.join(folder, 'good.scn')
        with open(good, 'w', encoding='utf-8') as out:
            out.write('mkdir a\nread a/memory.current\n')
        # two files, the second bad: the first does not run either
        results.append(refused('good and bad', run(program, 'run', good, name), ':1:6: expected a number'))
        for recording, message in [('@1 mkdir a -> ok\nnonsense\n', ':2:1: expected @LINE COMMAND -> RESULT'),
                                   ('@7 mkdir a -> ok\n', 'found one to line 7'),
                                   ('@1 a -> ok\n@1 a -> ok\n', ':2:1: expected one answer to a line'),
                                   ('@1 mkdir a -> ok\n@2 \0', ':2:4: expected text, found a NUL byte')]:
            out_name = os.path.join(folder, 'bad.out')
            with open(out_name, 'w', encoding='utf-8') as out:
                out.write(recording)
            results.append(refused(repr(recording), run(program, 'run', good, '--against', out_name), message))
        with open(out_name, 'w', encoding='utf-8') as out:
            out.write('@1 mkdir a -> ok\n@2 read a/memory.current -> 0\n')
        results.append(refused('lines beyond the end',
                               run(program, 'run', good, '--against', out_name, '--lines', '20-30'),
                               'no command stands in lines 20-30: nothing was compared'))
        results.append(refused('no recording', run(program, 'run', good, '--against', out_name + '.none'),
                               'bad.out.none: No such file'))
        for verb in ('run', 'check'):
            results.append(refused('a machine of 2^50 bytes', run(program, verb, good, '--memory', '1073741824'),
                                   'no such machine: Cannot allocate memory'))
        # a difference is no bad input: status 1, with its neighbours, the tree and how to see it again
        with open(out_name, 'w', encoding='utf-8') as out:
            out.write('@1 mkdir a -> ok\n@2 read a/memory.current -> 4096\n')
        result = run(program, 'run', good, '--against', out_name)
        expected = ['- @2 read a/memory.current -> 4096', '+ @2 read a/memory.current -> 0', 'own charge in pages',
                    'To see it again: memcgsim run']
        results.append(result.returncode == 1 and all(text in result.stdout for text in expected))
        if not results[-1]:
            print(result)
        machine = ['--profile', 'v6.6', '--cpus', '3', '--memory', '64', '--child-cost', '0', '--stock-batch', '32',
                   '--no-byte-stock', '--pcp-high', '0']
        for options in ([], machine):
            result = run(program, 'run', good, '--against', out_name, *options)
            results.append(' '.join(['again: memcgsim run', *options, good, '--against']) in result.stdout)
            if not results[-1]:
                print(result)
        result = run(program, 'run', good, '--lines', '2-2')
        results.append(result.stdout.splitlines()[1:] == ['@2 read a/memory.current -> 0'])
        # a machine of another size answers the same; without a cost, the parent is charged nothing
        with open(good, 'w', encoding='utf-8') as out:
            out.write('mkdir a/b\ndrain\nread a/memory.current\n')
        result = run(program, 'run', good, '--cpus', '3', '--memory', '64', '--child-cost', '0', '--profile', 'v6.12')
        results.append(result.returncode == 0 and result.stdout.endswith('-> 0\n'))
        result = run(program, 'check', good, '--child-cost', '4096')
        results.append(result.returncode == 0 and '3 commands, 0 violations, 0 simulated bugs' in result.stdout)
        # a group that never goes, for its kernel is the one that had the bug
        with open(good, 'w', encoding='utf-8') as out:
            out.write('mkdir k\nwrite k/memory.kmem.limit_in_bytes 1M\nmkdir k/b\ntask w\nmove w k/b\nk w page 0 0\n'
                      'move w /\nrmdir k/b\nrmdir k\nk w free 0\n')
        result = run(program, 'check', good, '--profile', 'v3.8-posted')
        results.append(result.returncode == 1 and
                       f'To see it again: memcgsim check --profile v3.8-posted {good}\n' in result.stdout)
        if not results[-1]:
            print(result)
    result = run(program, 'check', '--list')
    results.append(result.returncode == 0 and 'I-COUNTER ' in result.stdout and 'Not evaluated here:' in result.stdout)
    for args in (['check', '--list'], ['explore', '--list'], ['experiment', '--list'], ['replay', 'lost_update:sc:']):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            lost = subprocess.run([program, *args], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        results.append(lost.returncode == 2 and 'the output could not be written' in lost.stderr)
    for args, message in OPTIONS:
        results.append(refused(' '.join(args), run(program, *args), message))
    print(f'{len(results)} bad inputs tried, {results.count(False)} not handled as they should be')
    return 0 if all(results) else 1


if __name__ == '__main__':
    sys.exit(main())
