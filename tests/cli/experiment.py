#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""memcgsim experiment as a person and as a program uses it. What it finds is tests/seeds' business.

    experiment.py MEMCGSIM
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

MEMCGSIM = sys.argv[1]
SEED = '002'


def run(*args, program=MEMCGSIM):
    return subprocess.run([program, 'experiment', *args], capture_output=True, text=True, check=False)


def one_line_of_json():
    result = run(SEED, '--json')
    found = json.loads(result.stdout)
    assert not result.stderr and result.stdout.count('\n') == 1, result
    assert (result.returncode == 0) == found['holds'] == all(row['holds'] for row in found['rows']), result
    assert found['experiment'] == SEED and found['interrupted'] is False, found
    assert {row['measured'] for row in found['rows']} == {True, False}, 'one kind of row only'
    for row in found['rows']:
        assert row['claim'] and row['source'] and ('after' in row), row
    for chart in found['charts']:
        assert chart['title'] and chart['y_title'] and chart['points'], chart


def table_has_what_json_has():
    found = json.loads(run(SEED, '--json').stdout)
    text = run(SEED).stdout
    assert text.startswith(f"{SEED}: {found['title']}: before {found['before']}, after {found['after']}\n"), text
    assert re.search(r'^claim +before +after +ratio +verdict$', text, re.M), text
    assert len(re.findall(r' (?:holds|does not hold)(?:, measured)?$', text, re.M)) == len(found['rows']), text
    for row in found['rows']:
        assert row['claim'].split()[-1] in text and row.get('token', '') in text, row


def counted_rows_are_the_same_again():
    once, again = [[row for row in json.loads(run(SEED, '--json').stdout)['rows'] if not row['measured']]
                   for _ in range(2)]
    assert once == again and once, (once, again)


def pictures_are_well_formed():
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, 'a picture.svg')
        found = json.loads(run(SEED, '--json', '--svg', name).stdout)
        into_folder = run(SEED, '--svg', folder)
        assert into_folder.returncode in (0, 1), into_folder
        for path in (name, os.path.join(folder, f'experiment-{SEED}.svg')):
            root = xml.etree.ElementTree.parse(path).getroot()
            texts = [text.text for text in root.iter('{http://www.w3.org/2000/svg}text')]
            for chart in found['charts']:
                assert {chart['title'], chart['x_title'], chart['y_title'], chart['source']} <= set(texts), texts
            assert 'prefers-color-scheme' in root.find('{http://www.w3.org/2000/svg}style').text
            width, height = (float(root.get(side)) for side in ('width', 'height'))
            for text in root.iter('{http://www.w3.org/2000/svg}text'):
                assert 0 <= float(text.get('x')) <= width and 0 <= float(text.get('y')) <= height, text.attrib


def list_names_them():
    result = run('--list')
    assert result.returncode == 0 and re.search(rf'^{SEED}  .+ \(v6.6, v6.12\)$', result.stdout, re.M), result
    assert run('all', '--json').stdout.count('\n') == len(result.stdout.splitlines())


def without_the_explorer_it_says_so():
    with tempfile.TemporaryDirectory() as folder:
        result = run(SEED, program=shutil.copy(MEMCGSIM, folder))
    assert result.returncode == 2 and 'there is no memcgsim-explore beside this program' in result.stderr, result


def interrupted_it_tells_what_it_found():
    terminal, other_end = pty.openpty()
    with subprocess.Popen([MEMCGSIM, 'experiment', SEED], stdout=subprocess.PIPE, stderr=other_end, text=True) as child:
        os.close(other_end)
        said = ''
        while 'slice 2 of ' not in said:  # how far it is, for who sits at a terminal
            said += os.read(terminal, 1000).decode()
        child.send_signal(signal.SIGINT)
        text = child.stdout.read()
        child.wait()
    os.close(terminal)
    assert text.startswith(f'{SEED}: ') and 'lookups' not in text and child.returncode == 130, (text, child.returncode)


TESTS = [one_line_of_json, table_has_what_json_has, counted_rows_are_the_same_again, pictures_are_well_formed,
         list_names_them, without_the_explorer_it_says_so, interrupted_it_tells_what_it_found]

for test in TESTS:
    test()
print(f'{len(TESTS)} ways of use tried')
