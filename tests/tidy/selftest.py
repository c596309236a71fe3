#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks each law on purpose, in a copy of the tree, and demands that the check notices.

    python3 tests/tidy/selftest.py [--archive libmemcgsim.a] [CHECK ...]

A case passes when the check fails and says something that it does not say of the unbroken copy, about the
right file; so the tree itself need not be perfect. Every check must also fail on an empty tree: one that finds
nothing to look at proves nothing. For the laws about the archive, the broken file is compiled alone and
replaces its object in a copy of the archive.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import kernel_map
from broken import BROKEN
from tidy import CHECKS, NEED_ARCHIVE
from tree import Tree

SKIPPED = 77


class Bench:
    """A copy of the tree (and of the archive), broken and repaired case by case."""

    def __init__(self, folder, arguments):
        self.root = folder / "tree"
        self.empty = folder / "empty"
        self.archive = folder / "libmemcgsim.a"
        self.arguments = arguments
        self.empty.mkdir()
        original = Tree(arguments.root)
        for path in original.paths:
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original.root / path, target)
        (self.root / kernel_map_path()).parent.mkdir(exist_ok=True)
        (self.root / kernel_map_path()).write_text(kernel_map.generate(Tree(self.root)), encoding="utf-8")

    def run(self, check, root=None, archive=None):
        """(exit status, lines) of a check."""
        command = [sys.executable, str(Path(__file__).with_name("tidy.py")), check, "--root", str(root or self.root),
                   "--archive", str(archive or self.archive), "--instrumented", self.arguments.instrumented,
                   "--cc", self.arguments.cc, "--cxx", self.arguments.cxx]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout.splitlines()

    def copy_archive(self):
        shutil.copyfile(self.arguments.archive, self.archive)

    def recompile(self, path):
        """Puts a source's object into the copy of the archive, under Meson's name for it."""
        object_file = self.archive.parent / (path[len("src/"):].replace("/", "_") + ".o")
        subprocess.run([self.arguments.cc, "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-fPIC", "-I", self.root / "src",
                        "-I", self.root / "include", "-c", self.root / path, "-o", object_file], check=True)
        subprocess.run(["ar", "r", self.archive, object_file], check=True, stderr=subprocess.DEVNULL)

    def run_broken(self, check, case):
        """The check's verdict with one file broken; the file is repaired afterwards."""
        broken = self.root / case.path
        before = broken.read_text(encoding="utf-8") if broken.exists() else None
        after = case.edit(before or "")
        try:
            broken.parent.mkdir(parents=True, exist_ok=True)
            broken.write_text(after, encoding="utf-8")
            if check in NEED_ARCHIVE:
                self.copy_archive()
                if case.path.startswith("src/"):
                    self.recompile(case.path)
            return self.run(check)
        finally:
            if before is None:
                broken.unlink()
            else:
                broken.write_text(before, encoding="utf-8")


def kernel_map_path():
    return "docs/kernel-map.md"


def message(line):
    """A failure without its line number, which an edit may have moved."""
    path, _, rest = line.partition(":")
    return path, rest.partition(":")[2]


def verdict(case, status, new):
    """What is wrong with a case's outcome, or None; @new: the failures that the unbroken tree does not have."""
    if case.innocent:
        return f"a false alarm: {new}" if new else None
    named = case.names or case.path
    if status != 1:
        return f"the check did not fail (exit status {status})"
    if not any(path == named and case.says in text for path, text in new):
        return f"no failure of {named} says '{case.says}', but: {new}"
    return None


def test_nothing_to_look_at(bench, check):
    empty_archive = bench.archive.with_name("empty.a")
    empty_archive.write_bytes(b"!<arch>\n")
    status, lines = bench.run(check, bench.empty, empty_archive)
    return None if status == 1 and lines and "Traceback" not in lines[0] else f"exit status {status}: {lines}"


def test_check(bench, check):
    """(cases, [what went wrong]) of one check; None if the check does not apply to this build."""
    if check in NEED_ARCHIVE:
        bench.copy_archive()
    status, lines = bench.run(check)
    if status == SKIPPED:
        return None
    if status not in (0, 1):
        return 1, [f"exit status {status}: {lines}"]
    known = {message(line) for line in lines}
    wrong = [test_nothing_to_look_at(bench, check)]
    for case in BROKEN[check]:
        try:
            status, lines = bench.run_broken(check, case)
            problem = verdict(case, status, [message(line) for line in lines[:-1] if message(line) not in known])
        except (LookupError, subprocess.CalledProcessError) as error:
            problem = str(error)
        wrong.append(problem and f"{case.path} ({case.says or 'innocent'}): {problem}")
    return len(wrong), [problem for problem in wrong if problem]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="*", metavar="CHECK", help="all, unless some are named")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2], help="root of the tree")
    parser.add_argument("--archive", type=Path, help="libmemcgsim.a; without it the checks of the archive are left out")
    parser.add_argument("--instrumented", default="none", help="as of tidy.py")
    parser.add_argument("--cc", default="cc", help="C compiler")
    parser.add_argument("--cxx", default="c++", help="C++ compiler")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    checks = arguments.checks or [check for check in CHECKS if arguments.archive or check not in NEED_ARCHIVE]
    outcomes = {}
    with tempfile.TemporaryDirectory(prefix="memcgsim-tidy-") as folder:
        bench = Bench(Path(folder), arguments)
        for check in checks:
            outcomes[check] = test_check(bench, check)
            if outcomes[check] is None:
                print(f"selftest {check}: skipped, as the check is")
                continue
            cases, wrong = outcomes[check]
            for problem in wrong:
                print(f"selftest {check}: {problem}")
            print(f"selftest {check}: {cases - len(wrong)} of {cases} cases as they should be")
    if any(outcome and outcome[1] for outcome in outcomes.values()):
        return 1
    return 0 if any(outcomes.values()) else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
