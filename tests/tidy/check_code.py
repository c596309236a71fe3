# SPDX-License-Identifier: MIT
"""Checks of the sources as text: what is nondeterministic (law 1), includes, and their shape."""

import re
from pathlib import Path

from public import KERNEL_H
from tree import blank_directives

# ---- law 1 ----------------------------------------------------------------------------------------------

LAW_1 = "law 1: nothing random, timed, threaded or per-CPU outside src/seam/ and src/explore/"

THREADED = re.compile(r"""
    \b(?: pthread_\w+ | PTHREAD_\w+ | thrd_\w+ | mtx_\w+ | cnd_\w+ | tss_\w+ | call_once
        | __atomic_\w+ | __sync_\w+ | atomic_\w+ | _Atomic | u?rcu_\w+
        | __thread | _Thread_local | thread_local
        | sched_yield | sched_getcpu | (?:SYS_|__NR_)?membarrier | MEMBARRIER_\w+ )\b""", re.VERBOSE)
# Words that are also ordinary names: only a call counts, and not that of a member.
SLEEPING = re.compile(r"(?<!->)(?<!\.)\b(?:sleep|usleep|nanosleep|clock_nanosleep|getcpu)\s*\(")
RANDOM = re.compile(r"(?<!->)(?<!\.)\b(?:s?rand|rand_r|s?random|random_r|[dlm]rand48|[ejn]rand48|srand48|"
                    r"getrandom|getentropy|arc4random\w*)\s*\(")
TIMED = re.compile(r"(?<!->)(?<!\.)\b(?:time|times|clock|clock_gettime|clock_getres|gettimeofday|ftime|"
                   r"timespec_get|(?:__builtin_ia32_|__|_)?rdtscp?)\s*\(")
THREADED_HEADER = re.compile(r"<(pthread|threads|stdatomic|sched|semaphore|urcu[\w/-]*|sys/random|"
                             r"linux/membarrier|linux/futex)(\.h)?>")
TIMED_HEADER = re.compile(r"<(time|sys/time|sys/times|x86intrin)\.h>")


# Which map or document names such as rcu_read_lock.
NAMES_ONLY = (KERNEL_H, "include/memcgsim/explore.h")


def nondeterminism(tree, report, _options):
    for source in tree.sources("src", ".c", ".h", ".S") + tree.sources("include", ".h"):
        if source.path.startswith(("src/seam/", "src/explore/")) or source.path in NAMES_ONLY:
            continue
        report.look("files")
        patterns = [THREADED, SLEEPING, RANDOM, THREADED_HEADER]
        if not source.path.startswith("src/cli/"):  # the program may draw a progress bar
            patterns += [TIMED, TIMED_HEADER]
        for pattern in patterns:
            for match in pattern.finditer(source.code):
                report.fail(source.path, source.line_of(match.start()),
                            f"'{match.group().rstrip('( ')}' is used here; {LAW_1}")


# ---- includes -------------------------------------------------------------------------------------------

INCLUDE = re.compile(r'include\s*([<"])([^>"]+)[>"]')
LAW_INCLUDES = "a room includes itself and the rooms before it in src/meson.build"
LAW_CLI = "src/cli includes only <memcgsim/*.h>, base/ and cli/"


def includes_of(source):
    """[(line, '<' or '"', name)]"""
    return [(line, *match.groups()) for line, text in source.directives
            for match in [INCLUDE.match(text)] if match]


def check_cli_includes(source, report):
    for line, quote, name in includes_of(source):
        if quote == '"' and not name.startswith(("base/", "cli/")):
            report.fail(source.path, line, f'"{name}" is none of the program\'s business: {LAW_CLI}')


def check_own_header_first(tree, source, report):
    """A source proves that its header stands alone by including it before anything else."""
    room = tree.room_of(source.path)
    if not source.path.endswith(".c") or not tree.exists(f"src/{room}.h"):
        return
    first = (includes_of(source) or [(1, "", "nothing")])[0]
    public = first[1] == "<" and first[2].startswith("memcgsim/")
    if first[2] != f"{room}.h" and not (public and room.startswith(("machine/", "cgroupfs/"))):
        report.fail(source.path, first[0], f'{first[2]} comes first: a source includes its own "{room}.h" first')


def check_room_includes(tree, source, order, report):
    room = tree.room_of(source.path)
    for line, quote, name in includes_of(source):
        if quote == "<":
            continue
        report.look("includes")
        other = re.sub(r"\.h$", "", name)
        if not name.endswith(".h") or not tree.exists(f"src/{name}"):
            report.fail(source.path, line, f'"{name}" is no header below src/: {LAW_INCLUDES}, by its path from src/')
        elif order.get(other, -1) > order[room]:
            report.fail(source.path, line, f'"{name}" is a higher room than {room}: {LAW_INCLUDES}')


def includes(tree, report, _options):
    order = {room: place for place, room in enumerate(tree.rooms)}
    for room, line in tree.rooms.items():
        report.look("rooms")
        if not tree.exists(f"src/{room}.c") and not tree.exists(f"src/{room}.h"):
            report.fail("src/meson.build", line, f"room '{room}' has neither a source nor a header: take it off")
    for source in tree.sources("src", ".c", ".h"):
        if source.path.startswith("src/cli/"):
            check_cli_includes(source, report)
            continue
        report.look("files")
        if tree.room_of(source.path) not in order:
            report.fail(source.path, 1, "this file belongs to no room: every file is listed in `rooms` of "
                        "src/meson.build, at its height")
            continue
        check_own_header_first(tree, source, report)
        check_room_includes(tree, source, order, report)


# ---- shape ----------------------------------------------------------------------------------------------

SPDX = {".c": "/* SPDX-License-Identifier: MIT */", ".h": "/* SPDX-License-Identifier: MIT */",
        ".py": "# SPDX-License-Identifier: MIT"}
MAX_COLUMNS = 120
MAX_FILE_LINES = 650
MAX_LINES_OF = {"src/types.h": 1000}  # the book: the contract, and every structure
MAX_FUNCTION_LINES = 75
MIN_OPENING_WORDS = 6


def check_spdx(source, report):
    expected = SPDX[Path(source.path).suffix]
    line = 2 if source.lines and source.lines[0].startswith("#!") else 1
    if source.lines[line - 1:line] != [expected]:
        report.fail(source.path, line, f"the first line (a shebang may precede it) is '{expected}'")


def check_opening(source, report):
    """Each source says what it owns before it does anything."""
    opening = re.match(r"[^\n]*\n/\*(.*?)\*/", source.text, re.DOTALL)
    if not opening or len(re.findall(r"\w+", opening.group(1))) < MIN_OPENING_WORDS:
        report.fail(source.path, 2, "a source opens with a paragraph: what it owns, who may call it, which lock, "
                    "which invariants, what it models")


def check_lengths(source, report):
    for line, text in enumerate(source.lines, 1):
        columns = len(text.expandtabs(8))
        if columns > MAX_COLUMNS:
            report.fail(source.path, line, f"{columns} columns; the limit is {MAX_COLUMNS}, tabs being 8 wide")


def functions(source):
    """[(first line, last line, name)] of the function definitions, Linux layout: braces in column 0."""
    lines = blank_directives(source.code).splitlines()
    found, opened = [], None
    for number, text in enumerate(lines, 1):
        if text.rstrip() == "{":
            opened = number
            while opened > 1 and lines[opened - 2].strip() and not re.search(r"[;}]\s*$", lines[opened - 2]):
                opened -= 1
        elif text.startswith("}") and opened:
            signature = " ".join(lines[opened - 1:number])
            name = re.search(r"(\w+)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", signature))
            found.append((opened, number, name.group(1) if name else "?"))
            opened = None
    return found


def shape(tree, report, _options):
    for source in tree.sources("", *SPDX):
        report.look("files")
        check_spdx(source, report)
    for source in tree.sources("include", ".h"):
        check_lengths(source, report)
    for source in tree.sources("src", ".c", ".h"):
        check_lengths(source, report)
        if source.path.endswith(".c"):
            check_opening(source, report)
        limit = MAX_LINES_OF.get(source.path, MAX_FILE_LINES)
        if len(source.lines) > limit:
            report.fail(source.path, limit + 1, f"{len(source.lines)} lines; a room has at most {limit}: split it")
        for first, last, name in functions(source):
            report.look("functions")
            if last - first + 1 > MAX_FUNCTION_LINES:
                report.fail(source.path, first, f"{name}() has {last - first + 1} lines; a function has at most "
                            f"{MAX_FUNCTION_LINES}")
