#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tests of style and law: what no compiler checks and every reader relies on.

    python3 tests/tidy/tidy.py CHECK [--root TREE] [--archive LIBRARY ...]

Each failure is a line `file:line: what is wrong; what the law is`. Exit status: 0 when all is well (and a line
says how much was looked at), 1 otherwise, 77 when the check does not apply to this build.
"""

import argparse
import sys
from pathlib import Path
from typing import Callable, NamedTuple

sys.dont_write_bytecode = True  # no __pycache__ among the sources

import check_archive
import check_code
import check_compile
import check_contract
import check_headers
import check_rules
import check_words
import rule_table
from tree import Report, Skip, Tree


class Check(NamedTuple):
    run: Callable  # (tree, report, options)
    demands: str
    looks_at: list  # kinds of things; none of a kind found is a failure: such a check proves nothing


CHECKS = {
    "nondeterminism": Check(check_code.nondeterminism, "threads, atomics, clocks and chance only in src/seam (law 1)",
                            ["files"]),
    "globals": Check(check_archive.globals_, "no mutable globals in the plain archive (law 2)",
                     ["sections", "symbols", "thread-local pointer"]),
    "names": Check(check_archive.names, "prefixes of symbols, public functions and macros (law 3)",
                   ["symbols", "public functions", "macros"]),
    "kernel-doc": Check(check_headers.kernel_doc, "every public name is documented (law 8)",
                        ["functions", "types"]),
    "includes": Check(check_code.includes, "a room includes only itself and earlier rooms",
                      ["rooms", "files", "includes"]),
    "contract": Check(check_contract.contract, "every shared word has a row, every row is alive and watched",
                      ["rows", "accesses", "race bodies", "invariants"]),
    "kernel-names": Check(check_headers.kernel_names, "<memcgsim/kernel.h> maps all kernel names and nothing else",
                          ["names", "functions"]),
    "shape": Check(check_code.shape, "SPDX lines, opening paragraphs, lengths of lines, files and functions",
                   ["files", "functions"]),
    "words": Check(check_words.words, "no words of the workplace", ["files"]),
    "seam-bytes": Check(check_compile.seam_bytes, "sight costs nothing when it is off",
                        ["macros", "pairs of functions"]),
    "kernel-map": Check(check_headers.map_is_current, "docs/kernel-map.md is what the headers say", ["functions"]),
    "fault-rows": Check(check_headers.fault_rows, "whatever may run out of memory is made to, in tests/unit/fault_nth",
                        ["rows", "functions"]),
    "rules": Check(check_rules.rules, "docs/rules.md has each rule that is cited, and no other",
                   ["files", "citations", "entries"]),
    "rule-table": Check(rule_table.table_is_current, "docs/rule-tests.md names a test for each rule",
                        ["rules", "tests"]),
    "headers": Check(check_compile.headers_alone, "each public header compiles alone, as C11 and C++17",
                     ["C11 programs", "C++17 programs"]),
}
NEED_ARCHIVE = ("globals", "names")


def parse_arguments():
    checks = "\n".join(f"  {name:15} {check.demands}" for name, check in CHECKS.items())
    parser = argparse.ArgumentParser(description=__doc__, epilog="checks:\n" + checks,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("check", choices=CHECKS, metavar="CHECK")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2], help="root of the tree")
    parser.add_argument("--archive", action="append", default=[], metavar="LIBRARY",
                        help="libmemcgsim.a, then other builds of it (for 'globals' the first counts)")
    parser.add_argument("--instrumented", default="none", metavar="HOW",
                        help="the sanitizer or other instrumentation that the archive was built with")
    parser.add_argument("--cc", default="cc", help="C compiler (for 'headers')")
    parser.add_argument("--cxx", default="c++", help="C++ compiler (for 'headers')")
    arguments = parser.parse_args()
    if arguments.check in NEED_ARCHIVE and not arguments.archive:
        parser.error(f"{arguments.check} needs --archive")
    return arguments


def main():
    arguments = parse_arguments()
    report = Report()
    try:
        CHECKS[arguments.check].run(Tree(arguments.root), report, arguments)
    except Skip as skip:
        print(f"{arguments.check}: skipped: {skip}")
        return 77
    for path, line, what in sorted(report.failures):
        print(f"{path}:{line}: {what}")
    if report.failures:
        print(f"{arguments.check}: {len(report.failures)} failures; looked at {report.summary() or 'nothing'}")
        return 1
    nothing = [kind for kind in CHECKS[arguments.check].looks_at if not report.looked_at.get(kind)]
    if nothing:
        print(f"{arguments.check}: found no {' and no '.join(nothing)} to look at, and that is a failure")
        return 1
    print(f"{arguments.check}: looked at {report.summary()}: all is well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
