# SPDX-License-Identifier: MIT
"""docs/rules.md says what each rule is that sources and tests cite, and holds nothing that they do not."""

import re

RULES = "docs/rules.md"
LAW = f"{RULES} has one entry for each rule that is cited"

CITING = ("include", "src", "tests")
SILENT = (
    "tests/kernel/recordings/",  # what a real kernel said, verbatim
    "tests/tidy/",  # which speaks of ids, and cites none
)

ID = r"(?<![\w-])(?:[BTPCOKLURFGV]-\d\d|D(?:10|[1-9]))(?![\w-])"
CITED = re.compile(ID)
RANGE = re.compile(rf"({ID})\s*(?:\*\s*)?(?:\.\.\.|to)\s*(?:\*\s*)?({ID})")  # may go on in a comment's next line
ENTRY = re.compile(r"^\|[ \t]*([^|\s]+)[ \t]*\|([^\n]*)\|([^|\n]*)\|[ \t]*$", re.MULTILINE)


def between(first, last):
    """'P-02', 'P-03' for 'P-01' and 'P-04': a range cites what lies inside it too."""
    if first[0] != last[0] or "-" not in first or "-" not in last:
        return []
    return [f"{first[0]}-{number:02}" for number in range(int(first[2:]) + 1, int(last[2:]))]


def citations(source):
    """[(line, id)], ranges resolved."""
    found = [(source.line_of(match.start()), match.group()) for match in CITED.finditer(source.text)]
    for match in RANGE.finditer(source.text):
        found += [(source.line_of(match.start()), name) for name in between(*match.groups())]
    return found


def place_of(path):
    """'memcg/stock' for src/memcg/stock.c, 'memcgsim/page' for include/memcgsim/page.h."""
    return re.sub(r"\.\w+$", "", re.sub(r"^(?:src|include)/", "", path))


def entries(tree, report):
    """{id: (line, [place, ...])} of the tables."""
    found = {}
    if not tree.exists(RULES):
        report.fail(RULES, 1, f"there is no such file; {LAW}")
        return found
    source = tree.source(RULES)
    for match in ENTRY.finditer(source.text):
        name, rule, where = match.groups()
        line = source.line_of(match.start())
        if not CITED.fullmatch(name):
            continue
        report.look("entries")
        if name in found:
            report.fail(RULES, line, f"{name} has two entries, here and in line {found[name][0]}; {LAW}")
        if not rule.strip():
            report.fail(RULES, line, f"the entry of {name} says nothing")
        found[name] = (line, [place for place in re.split(r"[,\s]+", where) if place])
    return found


def rules(tree, report, _options):
    known, cited = entries(tree, report), {}
    for source in (source for folder in CITING for source in tree.sources(folder)):
        if source.path.startswith(SILENT):
            continue
        report.look("files")
        for line, name in citations(source):
            report.look("citations")
            cited.setdefault(name, set()).add(place_of(source.path))
            if name not in known:
                report.fail(source.path, line, f"{name} is cited, but has no entry; {LAW}")
    for name, (line, places) in known.items():
        if name not in cited:
            report.fail(RULES, line, f"{name} is cited nowhere in {', '.join(CITING)}: take its entry off; {LAW}")
            continue
        for place in places:
            if place not in cited[name]:
                report.fail(RULES, line, f"{place} does not cite {name}: the third column names who does")
        if not places:
            report.fail(RULES, line, f"the entry of {name} does not say where it is cited")
