# SPDX-License-Identifier: MIT
"""Checks that ask a compiler: what sight costs when it is off, and whether each public header stands alone."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from check_contract import seam_macros
from public import KERNEL_H, macros, public_headers
from tree import Skip

ATOMIC_H = "src/seam/atomic.h"
EXPLORE_H = "include/memcgsim/explore.h"


def run(command):
    """(exit status, everything it said)"""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


# ---- seam bytes -----------------------------------------------------------------------------------------

LAW_BYTES = "in the plain library a seam macro is the compiler's builtin and nothing else"

# macro: (what the function returns, its parameters after `T *p`, arguments of the macro, the bare builtin)
PAIRS = {
    "msim_load_relaxed": ("T", "", "p", "__atomic_load_n(p, __ATOMIC_RELAXED)"),
    "msim_load_seq_cst": ("T", "", "p", "__atomic_load_n(p, __ATOMIC_SEQ_CST)"),
    "msim_load_acquire": ("T", "", "p", "__atomic_load_n(p, __ATOMIC_ACQUIRE)"),
    "msim_store_relaxed": ("void", ", T v", "p, v", "__atomic_store_n(p, v, __ATOMIC_RELAXED)"),
    "msim_store_release": ("void", ", T v", "p, v", "__atomic_store_n(p, v, __ATOMIC_RELEASE)"),
    "msim_xchg": ("T", ", T v", "p, v", "__atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)"),
    "msim_or": ("T", ", T v", "p, v", "__atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)"),
    "msim_and": ("T", ", T v", "p, v", "__atomic_fetch_and(p, v, __ATOMIC_SEQ_CST)"),
    "msim_or_relaxed": ("T", ", T v", "p, v", "__atomic_fetch_or(p, v, __ATOMIC_RELAXED)"),
    "msim_or_release": ("T", ", T v", "p, v", "__atomic_fetch_or(p, v, __ATOMIC_RELEASE)"),
    "msim_cmpxchg": ("_Bool", ", T *old, T v", "p, old, v", "__atomic_compare_exchange_n(p, old, v, 0, "
                     "__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)"),
    "msim_add_return": ("T", ", T v", "p, v", "__atomic_add_fetch(p, v, __ATOMIC_SEQ_CST)"),
    "msim_sub_return": ("T", ", T v", "p, v", "__atomic_sub_fetch(p, v, __ATOMIC_SEQ_CST)"),
    "msim_add_relaxed": ("void", ", T v", "p, v", "(void)__atomic_fetch_add(p, v, __ATOMIC_RELAXED)"),
}
# Those of the header for algorithms of one's own, where nothing is explored.
EXPLORE_PAIRS = {
    "MEMCGSIM_X_LOAD": ("T", "", "p, SEQ_CST", "__atomic_load_n(p, __ATOMIC_SEQ_CST)"),
    "MEMCGSIM_X_STORE": ("void", ", T v", "p, v, SEQ_CST", "__atomic_store_n(p, v, __ATOMIC_SEQ_CST)"),
    "MEMCGSIM_X_XCHG": ("T", ", T v", "p, v, SEQ_CST", "__atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)"),
    "MEMCGSIM_X_CMPXCHG": ("_Bool", ", T *old, T v", "p, old, v, SEQ_CST", "__atomic_compare_exchange_n(p, old, v, 0, "
                           "__ATOMIC_SEQ_CST, __ATOMIC_RELAXED)"),
    "MEMCGSIM_X_ADD": ("T", ", T v", "p, v, SEQ_CST", "__atomic_add_fetch(p, v, __ATOMIC_SEQ_CST)"),
    "MEMCGSIM_X_OR": ("T", ", T v", "p, v, SEQ_CST", "__atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)"),
    "MEMCGSIM_X_FENCE": ("void", ", T v", "", "((void)p, (void)v, __atomic_thread_fence(__ATOMIC_SEQ_CST))"),
    "MEMCGSIM_X_PLAIN_READ": ("T", "", "p", "*p"),
    "MEMCGSIM_X_PLAIN_WRITE": ("T *", "", "p", "p"),
}
TYPES = ["unsigned int", "long"]


def pair_source(name, include):
    """C: for each type a function that uses the macro and one that uses the builtin."""
    result, parameters, arguments, bare = (PAIRS | EXPLORE_PAIRS)[name]
    returns = "" if result == "void" else "return "
    text = f"#include {include}\n"
    for number, type_ in enumerate(TYPES):
        for kind, expression in (("seam", f"{name}({arguments})"), ("bare", bare)):
            head = f"{result} {kind}_{number}(T *p{parameters})"
            text += re.sub(r"\bT\b", type_, head) + f" {{ {returns}{expression}; }}\n"
    return text


def function_bytes(object_file):
    """{function: its machine code in hexadecimal}, as disassembled."""
    code, name = {}, None
    for line in run(["objdump", "-d", "-w", object_file])[1].splitlines():
        heading = re.match(r"[0-9a-f]+ <(\w+)>:", line)
        instruction = re.match(r"\s*[0-9a-f]+:\t((?:[0-9a-f]{2,8} ?)+)", line)
        if heading:
            name = heading.group(1)
            code[name] = ""
        elif instruction and name:
            code[name] += instruction.group(1).replace(" ", "")
    return code


def compare_pair(tree, compiler, name, line, folder, report, path=ATOMIC_H, include='"seam/atomic.h"'):
    source, object_file = folder / f"{name}.c", folder / f"{name}.o"
    source.write_text(pair_source(name, include))
    # a section for each function: nothing pads one out to the next
    command = [compiler, "-std=gnu11", "-O2", "-fPIC", "-ffunction-sections",
               "-I", tree.root / "src", "-I", tree.root / "include", "-c", source, "-o", object_file]
    status, said = run(command)
    if status:
        report.fail(path, line, f"{compiler} cannot compile {name}: {' '.join(said.split())[:300]}")
        return
    code = function_bytes(object_file)
    for number, type_ in enumerate(TYPES):
        report.look("pairs of functions")
        seam, bare = code.get(f"seam_{number}"), code.get(f"bare_{number}")
        if not seam or seam != bare:
            report.fail(path, line, f"{compiler} -O2: {name} on {type_} is {seam}, the builtin {bare}; {LAW_BYTES}")


def check_orders(name, line, body, report):
    """A name that says an order means it; x86 runs loads and stores of all orders but seq_cst alike."""
    said = re.search(r"_(relaxed|acquire|release)$", name)
    orders = set(re.findall(r"__ATOMIC_(\w+)", body))
    if said and orders != {said.group(1).upper()}:
        report.fail(ATOMIC_H, line, f"{name} is {', '.join(sorted(orders)) or 'of no order'}: its name says otherwise")


def seam_bytes(tree, report, _options):
    compilers = [compiler for compiler in ("gcc", "clang") if shutil.which(compiler)]
    if not compilers:
        raise Skip("neither gcc nor clang is installed")
    if not tree.exists(ATOMIC_H):
        report.fail(ATOMIC_H, 1, "there is no such file")
        return
    accesses = seam_macros(tree)
    defined = {name: (line, body) for line, name, _parameters, body in macros(tree.source(ATOMIC_H))
               if name in accesses}
    for name in sorted(set(PAIRS) - set(defined)):
        report.fail(ATOMIC_H, 1, f"{name} is not here, but tests/tidy/check_compile.py compares it")
    report.look("compilers", len(compilers))
    with tempfile.TemporaryDirectory() as folder:
        for name, (line, body) in defined.items():
            report.look("macros")
            check_orders(name, line, body, report)
            if name not in PAIRS:
                report.fail(ATOMIC_H, line, f"{name} has no pair in tests/tidy/check_compile.py; {LAW_BYTES}")
                continue
            for compiler in compilers:
                compare_pair(tree, compiler, name, line, Path(folder), report)
        for name in EXPLORE_PAIRS:
            report.look("macros")
            for compiler in compilers:
                compare_pair(tree, compiler, name, 1, Path(folder), report, EXPLORE_H, "<memcgsim/explore.h>")


# ---- headers alone --------------------------------------------------------------------------------------

LAW_ALONE = "each public header compiles alone, as C11 and as C++17, without a warning"

# Programs that use kernel.h. The first has members that bear the kernel's words: they must go on meaning what
# they meant. The second asks for all the names.
USERS = [
    """
struct user { int page; int current; };
#include <memcgsim/memcgsim.h>
#include <memcgsim/kernel.h>
int user_sum(const struct user *user);
int user_sum(const struct user *user) { return user->page + user->current; }
""",
    """
#define MEMCGSIM_KERNEL_STRUCT_NAMES
#include <memcgsim/kernel.h>
int user_try(void);
int user_try(void)
{
	struct page *page = current ? alloc_pages(GFP_KERNEL_ACCOUNT, 0) : NULL;
	if (page)
		__free_pages(page, 0);
	return page != NULL;
}
""",
]


def check_program(tree, language, command, path, text, report):
    """Compiles @text and reports what the compiler says against the header @path."""
    warnings = ["-Wall", "-Wextra", "-Werror"]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / ("program.c" if language == "C11" else "program.cpp")
        source.write_text(text)
        status, said = run(command + warnings + ["-I", tree.root / "include", "-c", source, "-o", "/dev/null"])
    report.look(f"{language} programs")
    if status:
        error = re.search(r"^(\S+?):(\d+):\d+: (?:fatal )?error: (.*)$", said, re.MULTILINE)
        line = int(error.group(2)) if error and error.group(1).endswith(path) else 1
        what = error.group(3) if error else " ".join(said.split())[:300]
        report.fail(path, line, f"as {language}: {what}; {LAW_ALONE}")


def headers_alone(tree, report, options):
    languages = {"C11": [options.cc, "-std=c11"], "C++17": [options.cxx, "-std=c++17"]}
    missing = [language for language, command in languages.items() if not shutil.which(command[0])]
    for language, command in languages.items():
        if language in missing:
            continue
        for header in public_headers(tree):
            line = f"#include <{header.path.removeprefix('include/')}>\n"
            check_program(tree, language, command, header.path, line * 2, report)
        for user in USERS:
            check_program(tree, language, command, KERNEL_H, user, report)
    if missing and not report.failures:
        raise Skip(f"no compiler for {' and '.join(missing)}; of the rest all is well ({report.summary()})")
