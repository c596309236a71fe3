#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proves that the race tests can fail: each patch of broken/ is applied to a copy of the tree, the race that
its header names is built with ThreadSanitizer and noise, and must be reported with the words that it expects.

    tsan_sees.py SOURCE_ROOT CC [--show]
    tsan_sees.py SOURCE_ROOT --applies      only whether each patch still applies
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROUNDS = '400'  # each a chance of its own; the first report ends them


def header(patch):
    """The race and the expected report that a patch's header names."""
    text = open(patch, encoding='utf-8').read()
    return (re.search(r'^race: (\S+)$', text, re.M).group(1), re.search(r'^expect: (.+)$', text, re.M).group(1))


def build(tree, race, compiler):
    env = dict(os.environ, CC=compiler)
    options = ['-Db_sanitize=thread', '-Db_lundef=false', '-Dnoise=true', '-Dbuildtype=debugoptimized',
               '-Dbench=false', '-Ddocs=false']
    subprocess.run(['meson', 'setup', 'b', *options], cwd=tree, env=env, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(['ninja', '-C', 'b', f'tests/race/race-{race}'], cwd=tree, check=True,
                   stdout=subprocess.DEVNULL)
    return os.path.join(tree, 'b', 'tests', 'race', f'race-{race}')


def sees(root, patch, compiler, show):
    race, expected = header(patch)
    with tempfile.TemporaryDirectory() as tree:
        shutil.copytree(root, tree, dirs_exist_ok=True,
                        ignore=lambda _, names: [n for n in names if n.startswith('build') or n == '.git'])
        subprocess.run(['patch', '-p1', '--fuzz=0', '-s', '-i', patch], cwd=tree, check=True)
        run = subprocess.run([build(tree, race, compiler), '-r', ROUNDS], capture_output=True, text=True,
                             env=dict(os.environ, TSAN_OPTIONS='halt_on_error=1'))
    found = re.search(rf'WARNING: ThreadSanitizer: ({expected})', run.stderr)
    print(f'{os.path.basename(patch)}: {race}: {found.group(1) if found else "NOT SEEN"}')
    if show or not found:
        print(run.stderr[:3000] or run.stdout[-1000:])
    return bool(found)


def applies(root, patch):
    run = subprocess.run(['patch', '-p1', '--fuzz=0', '--dry-run', '-i', patch], cwd=root, capture_output=True,
                         text=True)
    print(f'{os.path.basename(patch)}: {"applies" if run.returncode == 0 else run.stdout}')
    return run.returncode == 0


def main():
    root, compiler = os.path.abspath(sys.argv[1]), sys.argv[2]
    folder = os.path.join(root, 'tests', 'race', 'broken')
    patches = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith('.patch'))
    assert patches, f'no patch in {folder}'
    if compiler == '--applies':
        return 0 if all([applies(root, patch) for patch in patches]) else 1
    seen = [sees(root, patch, compiler, '--show' in sys.argv) for patch in patches]
    return 0 if all(seen) else 1


if __name__ == '__main__':
    sys.exit(main())
