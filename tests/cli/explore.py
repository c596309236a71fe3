#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""memcgsim explore and replay, as a person and as a program uses them.

    explore.py MEMCGSIM MEMCGSIM_EXPLORE
"""
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

MEMCGSIM, EXPLORER = sys.argv[1:]
RACE = 'id_alloc_vs_id_put'


def run(*args, program=MEMCGSIM):
    return subprocess.run([program, *args], capture_output=True, text=True, check=False)


def explore(*args):
    """The lines of JSON of an exploration."""
    result = run('explore', '--json', '--reproducible', *args)
    assert result.returncode in (0, 1) and not result.stderr, result
    return [json.loads(line) for line in result.stdout.splitlines()]


def same_seed_same_bytes():
    for args in [['lost_update', '--keep-going'], [RACE], [RACE, '--strategy', 'dpor'], ['check_then_add']]:
        args = ['explore', '--reproducible', '--schedules', '150', '--seed', '7', *args]
        once, again = run(*args), run(*args)
        assert once.stdout == again.stdout and once.stdout, (once, again)
    hashes = {explore(RACE, '--schedules', '50', '--strategy', 'random', '--seed', str(seed))[0]['trace_hash']
              for seed in (1, 2)}
    assert len(hashes) == 2, 'another seed, the same schedules'


def token_gives_the_same_failure():
    for subject, verdict in [('lost_update', 'wrong'), ('check_then_add', 'invariant')]:
        result = run('explore', subject, '--reproducible')
        assert result.returncode == 1, result
        token = re.search(r'^To see it again: memcgsim replay (\S+)$', result.stdout, re.M).group(1)
        found = explore(subject)[0]
        assert found['verdict'] == verdict and found['token'] == token, found
        again = run('replay', token)
        assert again.returncode == 1 and again.stderr == '', again
        ladder = again.stdout.split('\n\n')[0]
        assert ladder in result.stdout and '>> ' in ladder, again.stdout
        assert again.stdout.endswith(f"{subject}: {verdict}: {found['failure']}\n"), again.stdout
        replayed = json.loads(run('replay', token, '--json').stdout)
        for key in ('subject', 'verdict', 'failure', 'failure_step', 'preemptions'):
            assert replayed[key] == found[key], (key, replayed, found)
    # what the subject does not follow is told of nothing but that
    for options in ([], ['--json']):
        strayed = run('replay', 'lost_update:sc:9.9-8.8', *options)
        assert strayed.returncode == 2 and not strayed.stdout and 'did not go on' in strayed.stderr, strayed
    # nobody is preempted: nothing fails
    assert run('replay', 'lost_update:sc:').returncode == 0
    assert run('replay', f'{RACE}:sc:', '--no-plain').returncode == 0


def other_tokens_are_told():
    """One of another build: it is followed as far as it goes, and that is said."""
    for token in ('lost_update:sc:0.7', 'lost_update:sc:1.1-500.0'):
        result = run('replay', token)
        assert result.returncode == 2 and 'did not go on as the token says' in result.stderr, result


def races_run_on_any_profile():
    for profile in ('v6.12', 'v5.11'):
        found = explore(f'{RACE}@{profile}', '--schedules', '20')[0]
        assert found['subject'] == f'{RACE}@{profile}' and found['verdict'] == 'fine', found
        assert run('replay', f'{RACE}@{profile}:sc:').returncode == 0
    hashes = {explore(f'alloc_vs_attach{at}', '--schedules', '20', '--keep-going')[0]['trace_hash']
              for at in ('', '@v6.12', '@v5.11')}
    assert len(hashes) == 2, 'the kernel version makes no difference, or its own name does'
    for name in (f'{RACE}@v9.9', f'{RACE}@', '@v5.11', 'lost_update@v5.11', f'{RACE}@v5.11@v5.11'):
        assert f"there is no subject '{name}'" in run('explore', name).stderr, name


def shards_cover():
    """Each shard has schedules of its own, and together they are those of one exploration."""
    args = ['lost_update', '--strategy', 'random', '--keep-going', '--schedules']
    whole = explore(*args, '300')[0]
    parts = [explore(*args, '100', '--shard', f'{i}/3')[0] for i in (1, 2, 3)]
    assert len({part['trace_hash'] for part in parts}) == 3
    for key in ('schedules', 'failures', 'steps'):
        assert sum(part[key] for part in parts) == whole[key], (key, whole, parts)


def all_are_explored():
    listed = run('explore', '--list')
    assert listed.returncode == 0
    names = re.findall(r'^(\S+) +(.*)$', listed.stdout, re.M)
    fine = [name for name, claim in names if 'wrong on purpose' not in claim]
    assert RACE in fine and 'lost_update' not in fine and len(fine) > 20, fine
    results = explore('all', '--schedules', '2', '--strategy', 'random')
    assert [result['subject'] for result in results] == fine
    for result in results:
        assert result['schedules'] == 2 or result['verdict'] != 'fine', result
    # what the clock says is left out of these, and only of these
    assert 'elapsed_ms' not in results[0] and 'elapsed_ms' in json.loads(
        run('explore', RACE, '--schedules', '2', '--json').stdout)


def bounds_are_told():
    whole = explore('check_then_add', '--strategy', 'dpor', '--keep-going')[0]
    assert whole['exhaustive'] and whole['classes'] > 1 and 'exhaustive_to' not in whole, whole
    bounded = explore('check_then_add', '--strategy', 'dfs', '--preemptions', '0', '--keep-going')[0]
    assert not bounded['exhaustive'] and bounded['exhaustive_to'] == 0 and bounded['failures'] == 0, bounded
    cut = explore('check_then_add', '--strategy', 'dfs', '--schedules', '2', '--keep-going')[0]
    assert not cut['exhaustive'], cut
    text = run('explore', 'check_then_add', '--strategy', 'dfs', '--preemptions', '0').stdout
    assert re.search(r'check_then_add +\d+ +\S+ +to 0 ', text), text


def who_never_meets_tests_nothing():
    for strategy in ('portfolio', 'random', 'dfs'):
        result = run('explore', 'strangers', '--strategy', strategy)
        assert result.returncode == 1 and 'nothing was tested' in result.stderr, result


def rest_of(terminal):
    """What is still said to a terminal whose other end is closed."""
    said = b''
    with open(terminal, 'rb', buffering=0) as file:
        try:
            while part := file.read(1000):
                said += part
        except OSError:  # EIO: the end
            pass
    return said.decode()


def interrupted_it_tells_what_it_learned():
    for subject, status in [('lost_update', 1), (RACE, 130)]:
        args = [MEMCGSIM, 'explore', subject, '--strategy', 'random', '--keep-going', '--time', '3600', 'stock_vs_drain']
        terminal, other_end = pty.openpty()
        with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=other_end, text=True) as child:
            os.close(other_end)
            said = ''
            while ' schedules, ' not in said:  # how far it is, for who sits at a terminal
                said += os.read(terminal, 1000).decode()
            child.send_signal(signal.SIGINT)
            text = child.stdout.read()
            child.wait()
        said += rest_of(terminal)
        assert re.search(rf'^{subject} +[\d,]+ .*interrupted$', text, re.M), text
        assert 'stock_vs_drain' not in text and 'interrupted in subject 1 of 2' in said, (text, said)
        assert child.returncode == status and (status == 1) == ('To see it again' in text), (child.returncode, text)


def drawings_are_well_formed():
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, 'ladder.svg')
        result = run('replay', explore('lost_update')[0]['token'], '--svg', name)
        assert result.returncode == 1 and result.stdout == 'lost_update: wrong: an update was lost\n', result
        root = xml.etree.ElementTree.parse(name).getroot()
        texts = [text.text for text in root.iter('{http://www.w3.org/2000/svg}text')]
        assert '1. load_relaxed(state->count)' in texts and 'at the end: wrong: an update was lost' in texts, texts


def the_other_program_is_found():
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, 'bin'))
        alone = shutil.copy(MEMCGSIM, os.path.join(folder, 'bin', 'memcgsim'))
        missing = run('explore', '--list', program=alone)
        assert missing.returncode == 2 and 'there is no memcgsim-explore beside this program' in missing.stderr, missing
        os.makedirs(os.path.join(folder, 'bin', 'memcgsim-explore'))
        folded = run('explore', '--list', program=alone)
        assert folded.returncode == 2 and 'Permission denied' in folded.stderr, folded
        os.rmdir(os.path.join(folder, 'bin', 'memcgsim-explore'))
        os.makedirs(os.path.join(folder, 'libexec'))
        shutil.copy(EXPLORER, os.path.join(folder, 'libexec', 'memcgsim-explore'))
        assert run('explore', '--list', program=alone).stdout == run('explore', '--list').stdout
    by_name = run('explore', '--list', program=EXPLORER)
    assert by_name.returncode == 0 and by_name.stdout == run('explore', '--list').stdout
    nothing = run(program=EXPLORER)
    assert nothing.returncode == 2 and nothing.stderr.startswith('Usage:'), nothing


TESTS = [same_seed_same_bytes, token_gives_the_same_failure, other_tokens_are_told, races_run_on_any_profile,
         shards_cover, all_are_explored, bounds_are_told, who_never_meets_tests_nothing,
         interrupted_it_tells_what_it_learned, drawings_are_well_formed, the_other_program_is_found]

for test in TESTS:
    test()
print(f'{len(TESTS)} ways of use tried')
