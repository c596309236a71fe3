#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proves that judge.py can fail: a patch that does nothing, a stale one, one whose failure is not the one it names, one
that does not compile, and one whose header lacks a line are each reported, and a good one beside them is not.

    selftest.py BUILD
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOOD = "B14x-rollback-one-short"


def breakages(good):
    """{name: (patch, what the judge says of it)}"""
    body = good.partition("\n--- a/")
    changed = re.search(r"^\+\t.*below->parent.*$", good, re.M).group(0)
    original = re.search(r"^-\t.*below->parent.*$", good, re.M).group(0)
    return {
        "good": (good, ""),
        "nothing": (good.replace(changed, "+" + original[1:] + " /* as before */"), "FAILED: not seen in"),
        "stale": (good.replace(original, original.replace("below", "beneath")), "FAILED: stale"),
        "other-oracle": (re.sub(r"^Oracle: .*$", "Oracle: I-LRU", good, flags=re.M), "FAILED: seen, but not by"),
        "not-c": (good.replace(changed, changed + " {{"), "FAILED: .*error"),
        "no-story": (re.sub(r"\AStory: ", "Tale: ", body[0]) + body[1] + body[2], "FAILED: its header"),
    }


def main():
    good = (HERE / f"{GOOD}.patch").read_text()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        cases = breakages(good)
        for name, (patch, _) in cases.items():
            (Path(folder) / f"{name}.patch").write_text(patch)
        run = subprocess.run([sys.executable, HERE / "judge.py", sys.argv[1], "--patches", folder], text=True,
                             capture_output=True)
    for name, (_, expected) in cases.items():
        said = re.search(rf"^{name}: ((?:.|\n(?!\w+(?:-\w+)*: |\d))*)", run.stdout, re.M)
        answer = said.group(1) if said else "nothing"
        if not (re.match(expected, answer, re.DOTALL) if expected else "FAILED" not in answer and said):
            wrong.append(f"{name}: expected '{expected}', the judge says {answer[:300]}")
    if run.returncode != 1:
        wrong.append(f"five of six are bad, and the judge ends with {run.returncode}: {run.stderr[-500:]}")
    print("\n".join(wrong) or f"{len(cases)} patches: each is judged as it should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
