# SPDX-License-Identifier: MIT
"""Checks of the public headers: kernel-doc (law 8), the bare kernel names, the kernel map."""

import re

import kernel_map
from public import KERNEL_H, SECTIONS, declarations, macros, public_declarations, public_functions, public_headers

LAW_8 = "law 8: every public function says what it models and where it differs, in kernel-doc directly before it"

# ---- kernel-doc -----------------------------------------------------------------------------------------


def title_of(declaration):
    """How the first line of the comment begins."""
    if declaration.kind == "function":
        return f"{declaration.name}()"
    return f"{declaration.kind} {declaration.name}"


def check_doc(declaration, report):
    title, doc, where = title_of(declaration), declaration.doc, (declaration.path, declaration.line)
    if not doc:
        report.fail(*where, f"{title} has no kernel-doc comment directly before it; {LAW_8}")
        return
    if not re.match(rf"{re.escape(title)} - \S", doc.title):
        report.fail(declaration.path, doc.line, f"the comment begins '{doc.title}', not '{title} - ...'; {LAW_8}")
    for member in declaration.members:
        if not doc.members.get(member):
            report.fail(*where, f"{title}: '@{member}:' is missing; every parameter and member is described")
    for member in doc.members:
        if member not in declaration.members and declaration.kind != "typedef":
            report.fail(declaration.path, doc.line, f"{title}: '@{member}:' describes nothing that is there")
    if declaration.kind != "function":
        return
    for section in SECTIONS:
        needed = section != "Return" or not declaration.is_void
        if needed and not doc.sections.get(section):
            report.fail(*where, f"{title}: '{section}:' is missing; {LAW_8}")


def kernel_doc(tree, report, _options):
    for declaration in public_declarations(tree):
        report.look("functions" if declaration.kind == "function" else "types")
        check_doc(declaration, report)


# ---- bare kernel names ----------------------------------------------------------------------------------

LAW_NAMES = "<memcgsim/kernel.h> maps every kernel name the library has, and nothing else"


def known_names(tree):
    """Everything that the public headers name: what a macro of kernel.h may stand for."""
    names = set()
    for header in public_headers(tree):
        if header.path == KERNEL_H:
            continue
        names.update(re.findall(r"\b(?:struct|union|enum)\s+(\w+)", header.code))
        names.update(name for _line, name, _parameters, _body in macros(header))
        for declaration in declarations(header):
            names.add(declaration.name)
            names.update(declaration.members if declaration.kind == "enum" else ())
    return names


def is_kernels(function):
    """Whether the kernel has the bare name too: the function's `Models:` line says it."""
    models = function.doc.sections.get("Models", "") if function.doc else ""
    return bare(function) in re.findall(r"\w+", models)


def bare(function):
    return function.name[len("memcgsim_"):]


def stands_for(function, body):
    """Whether a macro is the function itself, or calls it: `current` does, and what also passes the machine."""
    return body == function.name or re.fullmatch(rf"{function.name}\(.*\)", body)


def kernel_names(tree, report, _options):
    if not tree.exists(KERNEL_H):
        report.fail(KERNEL_H, 1, f"there is no such file; {LAW_NAMES}")
        return
    header, known, mapped = tree.source(KERNEL_H), known_names(tree), {}
    for line, name, _parameters, body in macros(header):
        if name.startswith("MEMCGSIM_"):  # the include guard
            continue
        report.look("names")
        mapped[name] = (line, body)
        for target in re.findall(r"\b(?:memcgsim|MEMCGSIM)_\w+", body):
            if target not in known:
                report.fail(KERNEL_H, line, f"'{name}' stands for {target}, which no public header has; {LAW_NAMES}")
    explained = re.findall(r"\w+", " ".join(re.findall(r"/\*.*?\*/", header.text, re.DOTALL)))
    for function in public_functions(tree):
        report.look("functions")
        name = bare(function)
        if name in mapped and function.models_nothing:
            report.fail(KERNEL_H, mapped[name][0], f"'{name}' is mapped, but {function.name}() models nothing: "
                        "no kernel code calls it")
        elif name in mapped and not stands_for(function, mapped[name][1]):
            report.fail(KERNEL_H, mapped[name][0], f"'{name}' does not stand for {function.name}; {LAW_NAMES}")
        elif name not in mapped and is_kernels(function) and name not in explained:
            report.fail(function.path, function.line, f"kernel.h lacks '#define {name} {function.name}', or a comment "
                        f"that names it and says why not; {LAW_NAMES}")


# ---- kernel map -----------------------------------------------------------------------------------------

MAP = "docs/kernel-map.md"


def map_is_current(tree, report, _options):
    command = f"python3 tests/tidy/kernel_map.py --output {MAP}"
    generated = kernel_map.generate(tree).splitlines()
    report.look("functions", len(public_functions(tree)))
    if not tree.exists(MAP):
        report.fail(MAP, 1, f"there is no such file; generate it: {command}")
        return
    committed = tree.source(MAP).lines
    for number, (have, want) in enumerate(zip(committed + [None], generated + [None]), 1):
        if have != want:
            report.fail(MAP, number, f"differs from what the headers say; regenerate it: {command}")
            return


# ---- fault rows -----------------------------------------------------------------------------------------

ROWS = "tests/unit/fault_nth"
LAW_ROWS = f"every public function that may run out of memory has a row in {ROWS}_FLOOR.c, or a reason in {ROWS}.c"


def may_fail_for_memory(function, functions):
    """Whether its `Return:` line speaks of -ENOMEM or of NULL, or that of the function it refers to does."""
    said = function.doc.sections.get("Return", "") if function.doc else ""
    others = (functions.get(name) for name in re.findall(r"\bas (memcgsim_\w+)\(", said) if name != function.name)
    return bool(re.search(r"-ENOMEM\b|\bNULL\b", said)) or any(may_fail_for_memory(other, functions)
                                                                for other in others if other)


def fault_rows(tree, report, _options):
    functions = {function.name: function for function in public_functions(tree)}
    rows = {}
    for source in tree.sources("tests/unit", ".c"):
        if source.path.startswith(ROWS):
            for match in re.finditer(r'"(memcgsim_\w+)"', source.uncommented):
                report.look("rows")
                rows.setdefault(match.group(1), (source.path, source.line_of(match.start())))
    for name, function in functions.items():
        report.look("functions")
        if may_fail_for_memory(function, functions) and name not in rows:
            report.fail(function.path, function.line, f"{name}() may fail for want of memory, and no row makes it; "
                        f"{LAW_ROWS}")
    for name, (path, line) in rows.items():
        if name not in functions:
            report.fail(path, line, f"{name}() is no public function: a stale row; {LAW_ROWS}")
