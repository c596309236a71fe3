# SPDX-License-Identifier: MIT
"""Ways to break each law, for selftest.py: one small edit, and where and how the check must then complain."""

import re
from dataclasses import dataclass
from typing import Callable

STOCK = "src/memcg/stock.c"
ASSERT = "src/base/assert.c"  # needs no header of liburcu, so that it compiles alone anywhere
SLAB_H = "include/memcgsim/slab.h"
KERNEL_H = "include/memcgsim/kernel.h"
ATOMIC_H = "src/seam/atomic.h"
EXPLORE_H = "include/memcgsim/explore.h"
BOOK = "src/types.h"
BUILD = "src/meson.build"
MAP = "docs/kernel-map.md"
TABLE = "docs/rule-tests.md"
STOCK_TEST = "tests/unit/stock.c"
RULES = "docs/rules.md"


@dataclass
class Case:
    """@edit turns the text of the file @path ('' if there is none) into the broken text."""
    path: str
    edit: Callable[[str], str]
    says: str = ""      # part of the new failure's text
    names: str = ""     # the file that the failure must name, if not @path
    innocent: bool = False  # the other way round: no new failure may come


def append(addition):
    return lambda text: text + addition


def prepend(addition):
    return lambda text: addition + text


def inside(addition):
    """Before a header's last #endif: within its include guard."""
    def edit(text):
        head, endif, tail = text.rpartition("#endif")
        return f"{head}{addition}\n{endif}{tail}"
    return edit


def replace(pattern, replacement):
    """The first match of @pattern; a pattern that no longer matches is an error of the self-test."""
    def edit(text):
        edited, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
        if not count:
            raise LookupError(f"nothing matches {pattern!r}: this case has gone stale")
        return edited
    return edit


def uses(code):
    """A function that contains @code."""
    return append(f"\nvoid msim_broken(struct msim_cpu *cpu, long *words)\n{{\n\t{code}\n}}\n")


def function_doc(name, *but):
    """A complete kernel-doc comment, or one that lacks the lines beginning with one of @but."""
    lines = [f"{name}() - something", "@size: how much", "", "Context: any thread.", "Return: a number.",
             "Models: nothing", "Differs: nothing"]
    kept = [line for line in lines if not (but and line.startswith(but))]
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in kept) + " */\n"


def declares(doc, declaration):
    return inside(f"{doc}{declaration}\n")


def table_row(text):
    """A row at the head of the contract's table."""
    return replace(r"^( \* -+\+-.*\n)", rf"\1 * {text}\n")


NEW = "int memcgsim_new(int size);"
LONG = "a" * 130

BROKEN = {
    "nondeterminism": [
        *(Case(STOCK, uses(code), code.partition("(")[0]) for code in (
            "sched_yield();", "usleep(1);", "rand();", "random();", "getrandom(words, 8, 0);", "time(NULL);",
            "clock_gettime(0, 0);", "pthread_self();", "__atomic_fetch_add(words, 1, 0);", "__sync_synchronize();",
            "rcu_read_lock();", "urcu_memb_read_lock();", "membarrier(1, 0, 0);")),
        Case(STOCK, append("\nstatic __thread int x;\n"), "__thread"),
        Case(STOCK, prepend("#include <pthread.h>\n"), "<pthread.h>"),
        Case(SLAB_H, inside("#include <urcu/urcu-memb.h>"), "<urcu/urcu-memb.h>"),
        Case("src/cli/new.c", append("void f(void) { pthread_exit(0); }\n"), "pthread_exit"),
        Case("src/cli/new.c", append("#include <time.h>\nlong f(void) { return time(0); }\n"), innocent=True),
        Case(STOCK, append('\n/* pthread_self(), time() */ const char *m = "rand() __atomic_x";\n'), innocent=True),
        Case(STOCK, uses("msim_rcu_read_lock(); cpu->clock(1); int time = 1; (void)time;"), innocent=True),
    ],
    "globals": [
        Case(ASSERT, append("\nint msim_new = 1;\n"), "msim_new lies in .data"),
        Case(ASSERT, append("\nint msim_new;\n"), "msim_new lies in .bss"),
        Case(ASSERT, append("\nint *msim_new(void)\n{\n\tstatic int hits;\n\treturn &hits;\n}\n"), "hits"),
        Case(ASSERT, append("\n__thread int msim_new = 1;\n"), "msim_new lies in .tdata"),
        Case(ASSERT, append("\n__thread int msim_new;\n"), "msim_new lies in .tbss"),
        Case(ASSERT, append("\nint msim_new __attribute__((common));\n"), "COMMON"),
        Case(ASSERT, append('\nconst char *const msim_new[] = { "a", "b" };\n'), innocent=True),
    ],
    "names": [
        Case(ASSERT, append("\nint log2_of(int x)\n{\n\treturn x;\n}\n"), "log2_of is visible outside"),
        Case(ASSERT, append("\nconst int answer = 42;\n"), "answer is visible outside"),
        Case(ASSERT, append("\nint memcgsim_new(void)\n{\n\treturn 1;\n}\n"), "memcgsim_new is in no public header"),
        Case(SLAB_H, inside("int memcgsim_ghost(void);"), "memcgsim_ghost() is declared but"),
        Case(SLAB_H, inside("static inline int twice(int x) { return 2 * x; }"), "twice"),
        Case(SLAB_H, inside("#define PAGES 1"), "macro PAGES"),
        Case(SLAB_H, inside("enum memcgsim_new { NEW_ONE };"), "NEW_ONE"),
        Case(ASSERT, append("\nstatic int hidden(void)\n{\n\treturn 1;\n}\nint msim_new(void)\n{\n"
                            "\treturn hidden();\n}\n"), innocent=True),
    ],
    "kernel-doc": [
        Case(SLAB_H, declares("", NEW), "no kernel-doc comment"),
        Case(SLAB_H, declares("/* plain */\n", NEW), "no kernel-doc comment"),
        Case(SLAB_H, declares(function_doc("memcgsim_old"), NEW), "the comment begins"),
        *(Case(SLAB_H, declares(function_doc("memcgsim_new", line), NEW), f"'{line}:' is missing")
          for line in ("@size", "Context", "Return", "Models", "Differs")),
        Case(SLAB_H, declares(function_doc("memcgsim_new"), "int memcgsim_new(void);"), "describes nothing"),
        Case(SLAB_H, declares("/**\n * struct memcgsim_new - it\n */\n", "struct memcgsim_new { int a; };"), "'@a:'"),
        Case(SLAB_H, declares("/**\n * enum memcgsim_new - it\n */\n", "enum memcgsim_new { MEMCGSIM_A };"), "SIM_A:'"),
        Case(SLAB_H, declares("", "typedef int (*memcgsim_new)(int);"), "typedef memcgsim_new"),
        Case(SLAB_H, declares(function_doc("memcgsim_new"), NEW), innocent=True),
        Case(SLAB_H, declares(function_doc("memcgsim_new", "Return"), "void memcgsim_new(int size);"), innocent=True),
    ],
    "includes": [
        Case("src/base/list.h", inside('#include "memcg/stock.h"'), "higher room"),
        Case("src/memcg/nobody.c", append("/* SPDX-License-Identifier: MIT */\n"), "belongs to no room"),
        Case("src/memcg/nobody.h", append("/* SPDX-License-Identifier: MIT */\n"), "belongs to no room"),
        Case(STOCK, prepend('#include "seam/bug.h"\n'), 'own "memcg/stock.h" first'),
        Case(STOCK, append('#include "stock.h"\n'), "no header below src/"),
        Case(STOCK, append('#include "memcg/nowhere.h"\n'), "no header below src/"),
        Case("src/cli/new.c", append('#include "memcg/stock.h"\n'), "program's business"),
        Case("src/cli/new.c", append('#include <memcgsim/memcgsim.h>\n#include "base/list.h"\n'), innocent=True),
        Case(BUILD, replace(r"^rooms = \[", "rooms = [\n    'base/nowhere',"), "neither a source nor a header"),
        Case(STOCK, append('/* #include "memcg/nowhere.h" */\n'), innocent=True),
    ],
    "contract": [
        Case(STOCK, uses("msim_store_relaxed(&cpu->nobodys[3], 1);"), "no row is about 'nobodys'"),
        Case(STOCK, uses("msim_rcu_dereference(&cpu->nobodys);"), "no row is about 'nobodys'"),
        Case(STOCK, uses("msim_add_relaxed(&words[1], 1);"), "does not name its word"),
        Case(STOCK, uses("msim_add_relaxed(words, 1);"), "does not name its word"),
        Case(STOCK, uses("msim_add_relaxed(words, 1); /* contract: memcg.nobodys */"), "'memcg.nobodys'"),
        Case(STOCK, uses('msim_seam_rmw("trick", words, 0, *words = 1);'), "msim_seam_...() is for src/seam"),
        Case(BOOK, table_row("stock.nobodys | a | T | relaxed | none: new"), "stale row"),
        Case(BOOK, table_row("nobodys | a | T | relaxed | none: new"), "not of the form"),
        Case(BOOK, table_row("stock.cached |  | T | relaxed | none: new"), "nothing is said under 'written by"),
        Case(BOOK, table_row("stock.cached | a | T | relaxed | none: new"), "two rows"),
        Case(BOOK, table_row("stock.cached | a | T | relaxed | a_vs_nobody"), "tests/race/a_vs_nobody.c"),
        Case(BOOK, table_row("stock.cached | a | T | relaxed | I-NOBODYS"), "I-NOBODYS is not in the catalogue"),
        Case(BOOK, replace(r"^ \* word .*\n", ""), "table of the contract is missing"),
        Case(STOCK, uses("msim_add_relaxed(&words[1], 1); /* contract: memcg.events, memcg.events_local */"),
             innocent=True),
        Case(STOCK, uses("msim_store_relaxed(&(cpu->stock.cached), msim_load_relaxed(&cpu->stock.cached));"),
             innocent=True),
    ],
    "kernel-names": [
        Case(KERNEL_H, inside("#define no_such memcgsim_no_such"), "memcgsim_no_such"),
        Case(KERNEL_H, replace(r"^#define kfree\b.*\n", ""), "lacks '#define kfree memcgsim_kfree'", names=SLAB_H),
        Case(KERNEL_H, replace(r"^#define kfree\b.*", "#define kfree memcgsim_kmalloc"), "not stand for"),
        Case(KERNEL_H, inside("#define destroy memcgsim_destroy"), "models nothing"),
        Case(KERNEL_H, replace(r"^#define kfree\b.*", "/* not kfree, for a reason */"), innocent=True),
    ],
    "shape": [
        Case(STOCK, replace(r"\A.*\n", ""), "the first line"),
        Case(SLAB_H, replace(r"\A.*\n", "// SPDX-License-Identifier: MIT\n"), "the first line"),
        Case("tests/tidy/new.py", append("#!/usr/bin/env python3\nprint()\n"), "the first line"),
        Case(STOCK, replace(r"\A(.*\n)/\*(?s:.*?)\*/\n", r"\1"), "opens with a paragraph"),
        Case(STOCK, append(f"/* {LONG} */\n"), "columns"),
        Case(STOCK, append("\t" * 15 + "x\n"), "columns"),
        Case(SLAB_H, inside(f"/* {LONG} */"), "columns"),
        Case(STOCK, append("/* */\n" * 650), "lines; a room has at most"),
        Case(STOCK, append("\nstatic int long_one(void)\n{\n" + "\t;\n" * 73 + "}\n"), "long_one() has 76 lines"),
        Case(STOCK, append("\nstatic int long_one(void)\n{\n" + "\t;\n" * 72 + "}\n"), innocent=True),
    ],
    "words": [
        *(Case("docs/new.md", append(f"Some {phrase}12 or\n"), phrase.strip()) for phrase in (
            "this " "session ", "session " "notes ", "helper " "agent ", "issue " "#", "issue " "1", "/wo" "rk/")),
        Case("docs/new.md", append("A gdb session; an RCU read section; src/seam/work/; it can issue 2 loads; "
                                   "the user agent; issues of taste.\n"), innocent=True),
    ],
    "seam-bytes": [
        Case(ATOMIC_H, replace(r"^#define msim_seam_rmw\(name, p, order, expr\) \(expr\)",
                               '#define msim_seam_rmw(name, p, order, expr) ({ __asm__ volatile("nop"); expr; })'),
             "the builtin"),
        Case(EXPLORE_H, replace(r"^#define MEMCGSIM_X_FENCE\(\)\s+__atomic_thread_fence.*", "#define MEMCGSIM_X_FENCE() ((void)0)"),
             "MEMCGSIM_X_FENCE"),
        Case(ATOMIC_H, replace(r'("store_release".*)__ATOMIC_RELEASE', r"\1__ATOMIC_SEQ_CST"),
             "msim_store_release on"),
        Case(ATOMIC_H, replace(r'("load_relaxed".*)__ATOMIC_RELAXED', r"\1__ATOMIC_ACQUIRE"), "name says otherwise"),
        Case(ATOMIC_H, inside('#define msim_nand(p, v) msim_seam_rmw("nand", p, __ATOMIC_RELAXED, '
                              '__atomic_fetch_nand((p), (v), 0))'),
             "msim_nand has no pair"),
    ],
    "kernel-map": [
        Case(SLAB_H, replace(r"^ \* Differs: .*", " * Differs: in a new way"), "regenerate it", names=MAP),
        Case(SLAB_H, replace(r"^ \* Models: kfree\(\)", " * Models: kvfree()"), "regenerate", names=MAP),
        Case(MAP, append("One line more.\n"), "regenerate it"),
    ],
    "fault-rows": [
        Case("tests/unit/fault_nth_alloc.c", replace(r"(?s)\"memcgsim_kmalloc\".*\"memcgsim_kmalloc\"", '"memcgsim_kfree"'),
             "memcgsim_kmalloc() may fail", names=SLAB_H),
        Case("tests/unit/fault_nth.c", replace(r"^.*\"memcgsim_check\".*\n", ""), "memcgsim_check() may fail",
             names="include/memcgsim/check.h"),
        Case("tests/unit/fault_nth_alloc.c", append('const char *row = "memcgsim_nothing";\n'), "a stale row"),
        Case(SLAB_H, declares(function_doc("memcgsim_new").replace("a number", "0; -ENOMEM"), NEW),
             "memcgsim_new() may fail"),
        Case(SLAB_H, declares(function_doc("memcgsim_new"), NEW), innocent=True),
    ],
    "rules": [
        *(Case(STOCK, append(f"/* {text} */\n"), says) for text, says in (
            ("as in C-98", "C-98 is cited"), ("(D9, B-99)", "D9 is cited"), ("V-97.", "V-97 is cited"),
            ("P-12 ... P-14", "P-13 is cited"), ("P-12 to\n * P-14", "P-13 is cited"))),
        Case(SLAB_H, inside("/* Models: O-98 */"), "O-98 is cited"),
        Case("tests/unit/new.c", append("/* Models: C-98. */\n"), "C-98 is cited"),
        Case(RULES, replace(r"^\| C-09 \|.*\n", ""), "C-09 is cited", names=STOCK),
        Case(RULES, append("\n| C-98 | something | memcg/stock |\n"), "C-98 is cited nowhere"),
        Case(RULES, append("\n|---|---|---|\n| C-98 | something | memcg/stock |\n"), "C-98 is cited nowhere"),
        Case(RULES, append("\n| C-09 | something | memcg/stock |\n"), "C-09 has two entries"),
        Case(RULES, replace(r"^\| C-09 \|.*\|(.*)\|$", r"| C-09 | |\1|"), "C-09 says nothing"),
        Case(RULES, replace(r"^(\| C-09 \|.*\|).*\|$", r"\1 memcg/nobody |"), "memcg/nobody does not cite C-09"),
        Case(RULES, replace(r"^(\| C-09 \|.*\|).*\|$", r"\1 |"), "C-09 does not say where"),
        Case(RULES, replace(r"^\| (?=C-09 \|)", "| x"), "C-09 is cited", names=STOCK),
        Case(STOCK, append("/* X-98, UTF-08, C-9, C-098, AC-98, D11, 0xD9, I-C-98 */\n"), innocent=True),
        Case(STOCK, append("/* C-02 ... C-06 */\n"), innocent=True),
        Case("tests/kernel/recordings/new.out", append("C-98 D9\n"), innocent=True),
    ],
    "rule-table": [
        Case(TABLE, append("One line more.\n"), "regenerate it"),
        Case(STOCK_TEST, replace(r"Models: C-12\b", "Models: C-99"), "regenerate it", names=TABLE),
        Case(RULES, append("\n| C-98 | something | memcg/stock |\n"), "no test names C-98"),
        Case("tests/race/new.c", append("/* C-09 in a comment that does not open the file. */\n"), innocent=True),
    ],
    "headers": [
        Case(SLAB_H, inside("unknown_t memcgsim_new(void);"), "as C11"),
        Case(SLAB_H, inside("struct memcgsim_new { int class; };"), "as C++17"),
        Case(SLAB_H, inside("static int memcgsim_new(void) { return 1; }"), "as C11"),
        Case(SLAB_H, append("struct memcgsim_twice { int a; };\n"), "as C11"),
        Case(KERNEL_H, inside("#define page memcgsim_page\n"), "as C11"),
        Case(KERNEL_H, inside("#define current memcgsim_current()\n"), "as C11"),
        Case(KERNEL_H, replace(r"^#define alloc_pages\b", "#define alloc_lots"), "as C11"),
    ],
}
