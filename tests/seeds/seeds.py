#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pages of the seeds: docs/seeds/NNN.md is written by people, but for what stands between two marks, which is
filled from docs/seeds/NNN.json: what `memcgsim experiment NNN` found when it was last recorded, and the schedules that
it names, drawn. docs/seeds/NNN.svg is of the same run.

    seeds.py record MEMCGSIM DOCS [NNN...]   runs experiments (all), stores what they find, and fills their pages
    seeds.py fill DOCS                       fills all pages
    seeds.py pages DOCS                      exit status 1 if that would change one
    seeds.py runs MEMCGSIM DOCS              runs all again: what is counted must be what is stored, and every claim
                                             hold; what is measured may differ, and only the program judges it

The marks, each alone on its line; what is between is the script's:

    <!-- table -->                                  every row of the experiment
    <!-- ladder SUBJECT -->                         the schedule of SUBJECT, the part of a token before the colon
    <!-- picture -->                                the experiment's chart
    <!-- seeds -->                                  docs/seeds.md: a row for each seed
    <!-- end -->
"""
import glob
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree

MARKED = re.compile(r'^<!-- (table|ladder \S+|picture|seeds) -->\n(.*?)^<!-- end -->\n', re.M | re.S)


def read(name):
    with open(name, encoding='utf-8') as file:
        return file.read()


def write(name, text):
    with open(name, 'w', encoding='utf-8') as file:
        file.write(text)


def page_of(docs, seed, ending='md'):
    return os.path.join(docs, 'seeds', f'{seed}.{ending}')


def stored_seeds(docs):
    return sorted(os.path.basename(name)[:-len('.json')] for name in glob.glob(page_of(docs, '*', 'json')))


# ---- what is filled in ----

def number(value):
    """As the program writes numbers for people (src/cli/markup.c)."""
    size = abs(value)
    digits = 0 if size == int(size) or size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f'{value:,.{digits}f}'


def figure(row, name):
    """As src/cli/findings.c: the unit is said of many, but for that of a time."""
    value = row.get(name, '')
    if isinstance(value, str):
        return value
    unit = value['unit']
    if value['number'] == 1 and unit != 'µs':
        unit = re.sub(r'^([^ ]+)s(?= |$)', r'\1', unit)
    return f"{number(value['number'])} {unit}"


def verdict(row):
    return ('holds' if row['holds'] else '**does not hold**') + (' (measured)' if row['measured'] else '')


def table(found):
    lines = [f"| claim | source | before ({found['before']}) | after ({found['after']}) | ratio | |", '|---|---|---|---|---|---|']
    for row in found['rows']:
        ratio = number(row['ratio']) if 'ratio' in row else ''
        cells = [row['claim'], row['source'], figure(row, 'before'), figure(row, 'after'), ratio, verdict(row)]
        lines.append('| ' + ' | '.join(cell.replace('|', '\\|') for cell in cells) + ' |')
    return '\n'.join(lines) + '\n'


def ladder(found, subject):
    for row in found['rows']:
        if row.get('token', '').split(':')[0] == subject:
            return f"```text\n$ memcgsim replay {row['token']}\n{row['ladder']}```\n"
    raise SystemExit(f"seeds.py: {found['experiment']}: no row has a schedule of {subject}")


def picture(found):
    return f"![{found['title']}]({found['experiment']}.svg)\n"


def seeds(docs):
    lines = ['| seed | what it changes | before | after | claims |', '|---|---|---|---|---|']
    for seed in stored_seeds(docs):
        found = json.loads(read(page_of(docs, seed, 'json')))
        holding = sum(row['holds'] for row in found['rows'])
        lines.append(f"| [{seed}](seeds/{seed}.md) | {found['title']} | {found['before']} | {found['after']} | "
                     f"{holding} of {len(found['rows'])} hold |")
    return '\n'.join(lines) + '\n'


def filled(docs, text, found):
    def fill(match):
        what, _, of = match.group(1).partition(' ')
        body = {'table': lambda: table(found), 'ladder': lambda: ladder(found, of), 'picture': lambda: picture(found),
                'seeds': lambda: seeds(docs)}[what]()
        return f'<!-- {match.group(1)} -->\n{body}<!-- end -->\n'
    return MARKED.sub(fill, text)


def pages(docs):
    """[(name, text as it is, text as it should be)]"""
    index = os.path.join(docs, 'seeds.md')
    result = [(index, read(index), filled(docs, read(index), None))]
    for seed in stored_seeds(docs):
        name = page_of(docs, seed)
        found = json.loads(read(page_of(docs, seed, 'json')))
        result.append((name, read(name), filled(docs, read(name), found)))
    return result


def fill(docs):
    for name, text, wanted in pages(docs):
        if text != wanted:
            write(name, wanted)


# ---- running ----

def replay(memcgsim, token):
    """The ladder, without what changes with every change of the sources: lines, and where in the arena things lie."""
    said = subprocess.run([memcgsim, 'replay', token], capture_output=True, text=True, check=False)
    assert said.returncode == 1 and not said.stderr, (token, said)
    text = re.sub(r'(\w+/\w+\.[ch]):\d+$', r'\1', said.stdout, flags=re.M)
    # what a failure says of plain accesses: where in the program, and where in the arena
    text = re.sub(r' at 0x[0-9a-f]+', '', re.sub(r'(\w+\.[ch]):\d+', r'\1', text))
    text = re.sub(r'\barena\+0x[0-9a-f]+', 'in the arena', text)
    places = {}
    text = re.sub(r'\ba\+0x[0-9a-f]+',
                  lambda match: places.setdefault(match.group(), f'p{len(places) + 1}').ljust(len(match.group())), text)
    return ''.join(line.rstrip() + '\n' for line in text.splitlines())


def run(memcgsim, seed, svg=None):
    """What the experiment finds, with its schedules drawn."""
    args = [memcgsim, 'experiment', seed, '--json'] + (['--svg', svg] if svg else [])
    said = subprocess.run(args, capture_output=True, text=True, check=False)
    assert said.returncode in (0, 1) and not said.stderr, said
    found = json.loads(said.stdout)
    for row in found['rows']:
        if 'token' in row:
            row['ladder'] = replay(memcgsim, row['token'])
    return found


def known_seeds(memcgsim):
    said = subprocess.run([memcgsim, 'experiment', '--list'], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in said.stdout.splitlines()]


def record(memcgsim, docs, wanted):
    for seed in wanted or known_seeds(memcgsim):
        found = run(memcgsim, seed, page_of(docs, seed, 'svg'))
        write(page_of(docs, seed, 'json'), json.dumps(found, indent=1, ensure_ascii=False) + '\n')
        if not os.path.exists(page_of(docs, seed)):
            write(page_of(docs, seed), f"# Seed {seed}: {found['title']}\n\n<!-- picture -->\n<!-- end -->\n\n"
                                       '<!-- table -->\n<!-- end -->\n')
    fill(docs)


# ---- checking ----

def check_picture(docs, seed, found):
    """It is of this run: it has every title and every bar."""
    root = xml.etree.ElementTree.parse(page_of(docs, seed, 'svg')).getroot()
    texts = {text.text for text in root.iter('{http://www.w3.org/2000/svg}text')}
    for chart in found['charts']:
        wanted = {chart['title'], chart['source']} | {point['series'] for point in chart['points']}
        if chart['kind'] == 'bars':
            wanted |= {number(point['y']) for point in chart['points']}
        assert wanted <= texts, f'{seed}.svg is of another run than {seed}.json: it lacks {wanted - texts}'


def check_pages(docs):
    stale = [name for name, text, wanted in pages(docs) if text != wanted]
    for name in stale:
        print(f'{name}: is not what is stored: tests/seeds/seeds.py fill docs')
    for seed in stored_seeds(docs):
        check_picture(docs, seed, json.loads(read(page_of(docs, seed, 'json'))))
    print(f'{len(pages(docs))} pages are what was recorded' if not stale else '')
    return 1 if stale else 0


def differences(stored, found):
    """What is counted and differs."""
    for key in ('experiment', 'title', 'before', 'after'):
        if stored[key] != found[key]:
            yield f'{key}: stored {stored[key]}, found {found[key]}'
    if len(stored['rows']) != len(found['rows']):
        yield f"stored {len(stored['rows'])} rows, found {len(found['rows'])}"
    for old, new in zip(stored['rows'], found['rows']):
        for key in sorted(old.keys() | new.keys()):
            if old['measured'] and key in ('before', 'after', 'ratio', 'holds'):
                continue
            if key == 'ladder' and old.get(key, '').split() == new.get(key, '').split():
                continue
            if old.get(key) != new.get(key):
                yield f"{new['claim']}: {key}: stored {old.get(key)}, found {new.get(key)}"
        if not new['holds'] and not new['measured']:  # no test depends on a clock
            yield f"{new['claim']}: does not hold: before {figure(new, 'before')}, after {figure(new, 'after')}"
    counted = [[chart for chart in side['charts'] if not chart['measured']] for side in (stored, found)]
    if counted[0] != counted[1]:
        yield 'a chart of what is counted differs'


def check_runs(memcgsim, docs):
    wrong = 0
    for seed in known_seeds(memcgsim):
        if not os.path.exists(page_of(docs, seed, 'json')):
            print(f'{seed}: is not recorded: tests/seeds/seeds.py record MEMCGSIM docs {seed}')
            wrong += 1
            continue
        stored = json.loads(read(page_of(docs, seed, 'json')))
        for difference in differences(stored, run(memcgsim, seed)):
            print(f'{seed}: {difference}')
            wrong += 1
    print(f'{len(known_seeds(memcgsim))} experiments run again, {wrong} differences')
    return 1 if wrong else 0


def main():
    verb, *args = sys.argv[1:]
    if verb == 'record':
        return record(args[0], args[1], args[2:])
    if verb == 'fill':
        return fill(*args)
    return {'pages': check_pages, 'runs': check_runs}[verb](*args)


if __name__ == '__main__':
    sys.exit(main())
