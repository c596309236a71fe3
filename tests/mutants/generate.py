#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes mutants of the library by the operators of operators.py, and shows how many the tests catch.

    generate.py BUILD [--count N] [--seed N]     a sample of N, as many of each operator
    generate.py BUILD --name NAME ...            these; NAME is as it is printed
    generate.py BUILD --list                     only says which mutants there are

Each is compiled alone and linked before the library into the unit tests, its room's first; into the explorer, for every
race, and where orders are weaker once more in the memory model of C11; into memcgsim, for the recordings of a real
kernel; and into a build with sanitizers and all assertions, which is made in BUILD/sanitized: its test of the room, and
the one in which everything fails. The first that fails has caught it. A mutant that does not compile, or compiles to what was there
before, is none. The survivors are judged in survivors.md, by name: a line there that begins "equivalent" takes one out
of the count. Exit status 1: less than SHARE of the others were caught, or a survivor is not judged.
"""

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True

from operators import changes_of
from relink import Broken, Build

HERE = Path(__file__).resolve().parent
SOURCES = ["src/memcg/*.c", "src/task/*.c", "src/alloc/*.c", "src/memcg/ref.h", "src/memcg/stock.h", "src/memcg/objcg.h"]
EXPLORER = "tests/explore/memcgsim-explore"
PROGRAM = "src/cli/memcgsim"
ALL_FAULTS = "tests/unit/unit-fault_nth"
OTHER_NAMES = {"task/objcg": "task_objcg", "alloc/folio": "alloc_folio"}
SHARE = 0.95
SCHEDULES = 2000  # of each race
SECONDS = 30  # what takes longer hangs
DATA_BYTES = 6 << 30


def changes(build):
    found = []
    for pattern in SOURCES:
        for path in sorted(build.root.glob(pattern)):
            found += changes_of(str(path.relative_to(build.root)), path.read_text())
    return found


def sample(found, count, seed):
    """@count of them: as many of each operator, in an order that only @seed decides."""
    by_operator = {}
    for change in found:
        by_operator.setdefault(change.name.split(":")[2], []).append(change)
    chance, chosen = random.Random(seed), []
    for operator in sorted(by_operator):
        chance.shuffle(by_operator[operator])
    while len(chosen) < count and any(by_operator.values()):
        for operator in sorted(by_operator):
            if by_operator[operator] and len(chosen) < count:
                chosen.append(by_operator[operator].pop())
    return chosen


def judged():
    """{name: judgement} of survivors.md."""
    text = (HERE / "survivors.md").read_text()
    return dict(re.findall(r"^- `([\w/.]+:\w+:\w+:\d+)`: (.*)", text, re.M))


def limits():
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limits_of_memory():
    limits()
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, DATA_BYTES))


def run(command, limit=limits_of_memory):
    """Whether it ended well, and what it said."""
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, preexec_fn=limit,
                               errors="replace", env=dict(os.environ, ASAN_OPTIONS="hard_rss_limit_mb=4096"))
    except subprocess.TimeoutExpired:
        return False, "hangs"
    return ended.returncode == 0, ended.stdout


def is_content(program):
    return run([program])[0]


def is_content_sanitized(program):
    """A sanitizer has all addresses for itself, and counts memory by itself."""
    return run([program], limits)[0]


def unit_tests(build, judge):
    """Those of the plain library that find nothing wrong with it."""
    listing = json.loads((build.folder / "meson-info" / "intro-targets.json").read_text())
    names = [str(Path(target["filename"][0]).relative_to(build.folder)) for target in listing]
    return [name for name in names if name.startswith("tests/unit/unit-")
            and "libmemcgsim.a" in build.archive(name) and judge(str(build.folder / name))]


def own_first(units, path):
    """The unit tests, those of the room of @path before the others."""
    room = path.removeprefix("src/").rpartition(".")[0]
    own = f"tests/unit/unit-{OTHER_NAMES.get(room, Path(room).name)}"
    return sorted(units, key=lambda name: name != own)


def sanitized(build):
    """The same with what watches memory and what asserts."""
    folder = build.folder / "sanitized"
    if not (folder / "build.ninja").exists():
        subprocess.run(["meson", "setup", folder, build.root, "-Db_sanitize=address,undefined", "-Db_lundef=false",
                        "-Dchecks=full", "-Dbuildtype=debugoptimized", "-Dbench=false"],
                       check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder], check=True, stdout=subprocess.DEVNULL)
    return Build(folder)


class Judges:
    """Who looks at a mutant, one after the other: whoever finds nothing wrong with the library itself."""

    def __init__(self, build, sanitized):
        self.build = build
        self.sanitized = sanitized
        self.units = unit_tests(build, is_content)
        self.sanitized_units = unit_tests(sanitized, is_content_sanitized)
        self.recordings = [path for path in sorted((build.root / "tests" / "kernel" / "recordings").glob("*.scn"))
                           if self.agrees(str(build.folder / PROGRAM), path)]
        self.races = {memory: self.clean_races(memory) for memory in ("sc", "ra")}

    def clean_races(self, memory):
        program = str(self.build.folder / EXPLORER)
        return [name for name in re.findall(r"^(\w+_vs_\w+|\w+_stress)\b", run([program, "explore", "--list"])[1], re.M)
                if self.explored(program, name, memory)]

    def explored(self, program, race, memory):
        return run([program, "explore", race, f"--schedules={SCHEDULES}", f"--memory={memory}"])[0]

    def race_lost(self, program, memory):
        return next((race for race in self.races[memory] if not self.explored(program, race, memory)), "")

    def programs(self, change):
        """(build, program, who judges it)"""
        for name in own_first(self.units, change.path):
            yield self.build, name, lambda program: "" if is_content(program) else "fails"
        yield self.build, EXPLORER, lambda program: self.race_lost(program, "sc")
        if ":weaken:" in change.name or ":in_parts:" in change.name:
            yield self.build, EXPLORER, lambda program: self.race_lost(program, "ra")
        yield self.build, PROGRAM, self.recorded
        for name in own_first(self.sanitized_units, change.path)[:1] + [ALL_FAULTS]:
            yield self.sanitized, name, lambda program: "" if is_content_sanitized(program) else "sanitized"

    def agrees(self, program, path):
        return run([program, "run", str(path), "--against", str(path.with_suffix(".out"))])[0]

    def recorded(self, program):
        return next((path.stem for path in self.recordings if not self.agrees(program, path)), "")

    def catch(self, change, folder):
        """Who has caught it; empty if it survives; None if it is no mutant."""
        tree = folder / "tree"
        (tree / change.path).parent.mkdir(parents=True)
        (tree / change.path).write_text((self.build.root / change.path).read_text())
        program, compiled = folder / "program", {self.build: {}, self.sanitized: {}}
        # Orders that are alike on this machine are not so in the explorer.
        of = EXPLORER if ":weaken:" in change.name else PROGRAM
        original = self.objects(of, tree, change.path, program, {})
        (tree / change.path).write_text(change.apply((self.build.root / change.path).read_text()))
        try:
            if self.objects(of, tree, change.path, program, compiled[self.build]) == original:
                return None
        except Broken:
            return None
        for build, name, judge in self.programs(change):
            if not build.touched(name, [change.path]):
                continue
            build.relink(name, tree, [change.path], program, compiled[build])
            found = judge(str(program))
            if found:
                return f"{Path(name).name.removeprefix('unit-')}{'' if found == 'fails' else ': ' + found}"
        return ""

    def objects(self, of, tree, path, program, compiled):
        """What the objects of the program @of are with the source at @path as it is in @tree."""
        self.build.relink(of, tree, [path], program, compiled)
        return {output: Path(name).read_bytes() for output, name in compiled.items()}


def judge_all(judges, chosen):
    known = judged()
    count, survivors = Counter(), []
    print(f"{len(chosen)} changes, {len(judges.units)} unit tests, {len(judges.races['sc'])} races, "
          f"{len(judges.recordings)} recordings, {len(judges.sanitized_units)} sanitized", flush=True)
    for change in chosen:
        operator = change.name.split(":")[2]
        with tempfile.TemporaryDirectory() as folder:
            caught = judges.catch(change, Path(folder))
        if caught is None:
            continue
        equivalent = not caught and known.get(change.name, "").startswith("equivalent")
        count[operator, "caught" if caught else "equivalent" if equivalent else "survived"] += 1
        print(f"{change.name}: {caught}" if caught else f"{known.get(change.name, 'NOT JUDGED')}\n{change}", flush=True)
        if not caught:
            survivors.append(change)
    return report(count, [change.name for change in survivors if change.name not in known])


def report(count, unjudged):
    total = Counter()
    for (operator, fate), number in sorted(count.items()):
        print(f"{operator:12} {fate:12} {number}")
        total[fate] += number
    share = total["caught"] / max(1, total["caught"] + total["survived"])
    print(f"{sum(total.values())} mutants: {total['caught']} caught, {total['equivalent']} equivalent, "
          f"{total['survived']} survived: {share:.1%} of those that matter")
    if unjudged:
        print("not judged in survivors.md: " + ", ".join(unjudged))
    return 1 if unjudged or share < SHARE else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--count", type=int, default=161)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", nargs="+", default=[])
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    build = Build(options.build)
    found = changes(build)
    if options.list:
        print("\n".join(map(str, found)))
        return 0
    chosen = [change for change in found if change.name in options.name] or sample(found, options.count, options.seed)
    return judge_all(Judges(build, sanitized(build)), chosen)


if __name__ == "__main__":
    sys.exit(main())
