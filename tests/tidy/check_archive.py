# SPDX-License-Identifier: MIT
"""Checks of the compiled library: no mutable globals (law 2), no foreign names (law 3)."""

import re
import subprocess
from dataclasses import dataclass

from public import KERNEL_H, declarations, macros, public_declarations, public_headers
from tree import Skip

LAW_2 = "law 2: no mutable global but the one thread-local pointer of src/seam/lock.c"
LAW_3 = "law 3: memcgsim_ in public, msim_ across files inside"
CALLED_BY_COMPILER = "src/explore/plain.c"  # by the compiler's names
THE_POINTER = ("src/seam/lock.c", "msim_self", 8)


@dataclass
class Section:
    member: str
    name: str
    size: int
    flags: str


@dataclass
class Symbol:
    member: str
    name: str
    section: str  # '*UND*', '*COM*' or the section's name
    size: int
    binding: str  # the flag letters of objdump: l, g, u, w ...


def objdump(option, archive):
    """[(member, line)] of the archive's members."""
    listing = subprocess.run(["objdump", option, archive], check=True, stdout=subprocess.PIPE, text=True).stdout
    member = None
    for line in listing.splitlines():
        heading = re.match(r"(\S+):\s+file format", line)
        if heading:
            member = heading.group(1)
        elif member:
            yield member, line


def sections(archive):
    found = []
    for member, line in objdump("-hw", archive):
        match = re.match(r"\s*\d+ (\S+)\s+([0-9a-f]+)(?: +\S+){4}\s+(.*)", line)
        if match:
            found.append(Section(member, match.group(1), int(match.group(2), 16), match.group(3)))
    return found


def symbols(archive):
    found = []
    for member, line in objdump("-t", archive):
        match = re.match(r"[0-9a-f]+ (.{7}) (\S+)\t([0-9a-f]+)(?: \.\w+)? (\S+)$", line)
        if match:
            flags, section, size, name = match.groups()
            found.append(Symbol(member, name, section, int(size, 16), flags))
    return found


def source_of(tree, member):
    """'src/seam/lock.c' for Meson's 'seam_lock.c.o'; the member's own name if it is nobody's."""
    names = {path[len("src/"):].replace("/", "_") + ".o": path for path in tree.files(under="src", suffixes=(".c",))}
    return names.get(member, member)


def line_of(tree, path, name):
    """Where a source names @name at the beginning of a definition; 1 if it does not."""
    if tree.exists(path):
        name = re.escape(name.split(".")[0])
        for pattern in (rf"^(?:\w.*?)?\b{name}\b(?!.*;\s*$)", rf"^[ \t]*\w.*\b{name}\b.*[;=\[]", rf"\b{name}\b"):
            match = re.search(pattern, tree.source(path).code, re.MULTILINE)
            if match:
                return tree.source(path).line_of(match.start())
    return 1


def owners(all_symbols, section):
    """Names of what lies in a section."""
    return [symbol.name for symbol in all_symbols
            if (symbol.member, symbol.section) == (section.member, section.name)
            and symbol.name != section.name and symbol.size]


def globals_(tree, report, options):
    if options.instrumented != "none":
        raise Skip(f"the archive is instrumented ({options.instrumented}), and that brings globals of its own")
    for archive in options.archive[:1]:
        all_symbols = symbols(archive)
        for section in sections(archive):
            report.look("sections")
            # told by its flags, so that -fdata-sections and exotic names change nothing
            mutable = "ALLOC" in section.flags and "READONLY" not in section.flags and section.size
            if not mutable or section.name.startswith(".data.rel.ro"):
                continue
            path = source_of(tree, section.member)
            names = owners(all_symbols, section)
            is_tls = "THREAD_LOCAL" in section.flags
            if is_tls and section.name.startswith(".tbss") and (path, *names, section.size) == THE_POINTER:
                report.look("thread-local pointer")
                continue
            for name in names or [section.name]:
                report.fail(path, line_of(tree, path, name),
                            f"{name} lies in {section.name} ({section.size} bytes): {LAW_2}")
        for symbol in all_symbols:
            report.look("symbols")
            if symbol.section == "*COM*":
                path = source_of(tree, symbol.member)
                report.fail(path, line_of(tree, path, symbol.name), f"{symbol.name} is in COMMON: {LAW_2}")


def is_external(symbol):
    return symbol.section != "*UND*" and re.search(r"[gu!w]", symbol.binding)


def names(tree, report, options):
    """Law 3: the archives' symbols, the headers' functions and macros, and each against the other."""
    if options.instrumented == "lto":
        raise Skip("with link-time optimisation the archive holds no symbols yet")
    functions = {declaration.name: declaration for declaration in public_declarations(tree)
                 if declaration.kind == "function"}
    defined = {}
    for archive in options.archive:
        for symbol in filter(is_external, symbols(archive)):
            report.look("symbols")
            if symbol.name.startswith("__odr_asan"):  # the sanitizer's
                continue
            path = source_of(tree, symbol.member)
            if symbol.name.startswith("__tsan_") and path == CALLED_BY_COMPILER:
                continue
            if not symbol.name.startswith(("memcgsim_", "msim_")):
                report.fail(path, line_of(tree, path, symbol.name), f"{symbol.name} is visible outside: {LAW_3}")
            defined.setdefault(symbol.name, path)
    for name, path in defined.items():
        if name.startswith("memcgsim_") and name not in functions:
            report.fail(path, line_of(tree, path, name), f"{name} is in no public header: {LAW_3}")
    for declaration in functions.values():
        report.look("public functions")
        if not declaration.is_inline and declaration.name not in defined:
            report.fail(declaration.path, declaration.line, f"{declaration.name}() is declared but in no archive")
    check_header_names(tree, report)


def check_header_names(tree, report):
    for header in public_headers(tree):
        if header.path == KERNEL_H:
            continue
        for declaration in declarations(header):
            if not declaration.name.startswith("memcgsim_") and declaration.name != "memcgsim":
                report.fail(header.path, declaration.line, f"{declaration.name}: public names begin with memcgsim_ "
                            f"({LAW_3})")
            for member in declaration.members if declaration.kind == "enum" else ():
                if not member.startswith("MEMCGSIM_"):
                    report.fail(header.path, declaration.line, f"{member}: public constants begin with MEMCGSIM_ "
                                f"({LAW_3})")
        for line, name, _parameters, _body in macros(header):
            report.look("macros")
            if not name.startswith("MEMCGSIM_"):
                report.fail(header.path, line, f"macro {name}: public macros begin with MEMCGSIM_ ({LAW_3})")
