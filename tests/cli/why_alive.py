#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""memcgsim why-alive: what it says of living and removed groups, and of bad input.

    why_alive.py MEMCGSIM
"""

import json
import subprocess
import sys

GROUP = """\
mkdir k
write k/memory.kmem.limit_in_bytes 1M
mkdir k/b
task w
move w k/b
k w page 0 0
k w page 1 2
move w /
rmdir k/b
rmdir k
"""
FREED = GROUP + "k w free 0\nk w free 1\n"
MODERN = "mkdir a\ntask w\nmove w a\nk w page 0 0\nanon w 2p\n"

# options and group, scenario, exit status, what stdout or stderr says
CASES = [
    (["--profile", "v3.7", "k/b"], GROUP, 0, ["k/b, removed: 2 references", "pfn 64, order 2"]),
    (["--profile", "v3.8", "k/b/"], GROUP, 0, ["k/b, removed: 1 reference\n", "20480 bytes of kernel memory are charged"]),
    (["--profile", "v3.8", "/k"], GROUP, 0, ["k, removed: 2 references", "child k/b, removed"]),
    (["--profile", "v3.8", "k"], FREED, 0, ["k, removed: nothing has kept it, and it is freed"]),
    (["--profile", "v3.8-posted", "k"], FREED, 1, ["   1  unexplained    held by nobody that can be found"]),
    (["a"], MODERN, 0, ["a: 6 references\n", "its objcg: 4 references, which do not keep it", "tasks: 1 alive"]),
    (["/"], MODERN, 0, ["which never goes"]),
    (["z"], MODERN, 2, ["expected a group with a memcg, found none 'z'"]),
    (["a"], "mkdir\n", 2, [":1:6: expected a path"]),
    ([], MODERN, 2, ["expected a GROUP, such as a/b"]),
    (["a", "b"], MODERN, 2, ["expected a SCENARIO and a GROUP, found 'b'"]),
    (["--profile", "v9", "a"], MODERN, 2, ["--profile: expected v6.12"]),
]


def run(program, options, scenario):
    """why-alive of a scenario on its standard input."""
    flags = [word for word in options if word.startswith("--")]
    values = options[:2] if flags and flags[0] == "--profile" else flags
    rest = options[len(values):]
    return subprocess.run([program, "why-alive", *values, "-", *rest], input=scenario, capture_output=True, text=True,
                          check=False)


def main(program):
    failures = 0
    for options, scenario, status, texts in CASES:
        result = run(program, options, scenario)
        said = result.stdout + result.stderr
        if result.returncode != status or not all(text in said for text in texts):
            failures += 1
            print(f"{options}: expected {status} and {texts}, found {result.returncode}:\n{said}")
    for profile, memcgs in [("v3.8", 1), ("v6.12", 0)]:
        scenario = GROUP if profile == "v3.8" else GROUP.replace("write k/memory.kmem.limit_in_bytes 1M\n", "")
        told = json.loads(run(program, ["--profile", profile, "--json", "k/b"], scenario + "drain\n").stdout)
        counts = [line["count"] for line in told["references"]]
        if told["memcgs"] != memcgs or told["unexplained"] or sum(counts[1:]) != (counts[0] if counts else 0):
            failures += 1
            print(f"JSON on {profile}: {told}")
    print(f"{len(CASES) + 2} runs, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
