# SPDX-License-Identifier: MIT
"""Reads the public headers: their functions, types and macros, and the kernel-doc comment before each."""

import re
from dataclasses import dataclass, field

from tree import blank, blank_directives, closing, split_top

HEADERS = "include/memcgsim"
KERNEL_H = HEADERS + "/kernel.h"
SECTIONS = ("Context", "Return", "Models", "Differs")

ATTRIBUTE = re.compile(r"__attribute__\s*(?=\()")
LIBRARY_WORD = re.compile(r"\bMEMCGSIM_(?:BEGIN_DECLS|END_DECLS|MUST_CHECK)\b")


@dataclass
class Doc:
    """A kernel-doc comment: `name() - brief`, `@member: text`, `Section: text`."""
    title: str
    line: int
    members: dict = field(default_factory=dict)
    sections: dict = field(default_factory=dict)


@dataclass
class Declaration:
    kind: str  # function, struct, union, enum, typedef or variable
    name: str
    path: str
    line: int
    members: list = field(default_factory=list)  # a function's parameters, a type's members
    is_void: bool = False
    is_inline: bool = False
    doc: Doc = None

    @property
    def models_nothing(self):
        return bool(self.doc) and self.doc.sections.get("Models", "").rstrip(".") == "nothing"


def parse_doc(text, line):
    """The Doc of a comment that begins with two asterisks, or None."""
    if not text.startswith("/**"):
        return None
    rows = [re.sub(r"^\s*\*? ?", "", row).rstrip() for row in text[3:-2].split("\n")]
    rows = rows if rows[0].strip() else rows[1:]
    doc = Doc(title=rows[0].strip() if rows else "", line=line)
    into, key = None, None
    for row in rows[1:]:
        member = re.match(r"@([\w.]+|\.\.\.):\s*(.*)", row)
        section = re.match(rf"({'|'.join(SECTIONS)}):\s*(.*)", row)
        if member or section:
            into = doc.members if member else doc.sections
            key, first = (member or section).groups()
            into[key] = first
        elif not row.strip():
            into = None
        elif into is not None:
            into[key] = f"{into[key]} {row.strip()}".strip()
    return doc


def declared_name(text):
    """The name that a parameter, a member or a typedef declares: `(*name)(...)`, or the last word."""
    pointer = re.search(r"\(\s*\*+\s*(?:const\s+)?(\w+)", text)
    if pointer:
        return pointer.group(1)
    text = re.sub(r"\[[^\]]*\]|:\s*\w+\s*$", "", text)
    words = re.findall(r"\w+", text)
    return words[-1] if words else ""


def parameters(text):
    """Names of the parameters between the brackets of a function's declaration."""
    if text.strip() in ("", "void"):
        return []
    return ["..." if "..." in part else declared_name(part) for _, part in split_top(text, ",")]


def type_members(text):
    """Names of the members of a struct's or union's body, those of nameless inner ones included."""
    names = []
    for _, part in split_top(text, ";"):
        inner = re.search(r"\b(?:struct|union)\b[^{;]*\{", part)
        if inner:
            names += type_members(part[inner.end():closing(part, inner.end() - 1) - 1])
            part = part[closing(part, inner.end() - 1):]
            if not part.strip():
                continue
        names += [declared_name(piece) for _, piece in split_top(part, ",") if piece.strip()]
    return names


def enumerators(text):
    return [re.match(r"\s*(\w+)", part).group(1) for _, part in split_top(text, ",") if part.strip()]


def chunks(code):
    """[(offset, text)]: the declarations at the top level, and definitions of inline functions."""
    found, start = [], 0
    while start < len(code):
        if code[start].isspace() or code[start] == ";":
            start += 1
            continue
        end = start
        while end < len(code) and code[end] != ";":
            if code[end] in "([{":
                is_body = code[end] == "{" and not re.match(r"(typedef|struct|union|enum)\b[^(]*$", code[start:end])
                end = closing(code, end)
                if is_body:
                    break
            else:
                end += 1
        found.append((start, code[start:end]))
        start = end
    return found


def parse_chunk(text, path, line):
    """The Declaration that @text makes; None for one that names nothing new, such as `struct x;`."""
    for attribute in reversed(list(ATTRIBUTE.finditer(text))):
        end = closing(text, attribute.end())
        text = text[:attribute.start()] + blank(text[attribute.start():end]) + text[end:]
    if text.startswith("_Static_assert"):
        return None
    typed = re.match(r"(typedef\s+)?(struct|union|enum)\s*(\w*)\s*\{", text)
    if typed:
        end = closing(text, typed.end() - 1)
        body = text[typed.end():end - 1]
        members = enumerators(body) if typed.group(2) == "enum" else type_members(body)
        kind = "typedef" if typed.group(1) else typed.group(2)
        return Declaration(kind, declared_name(text[end:]) if typed.group(1) else typed.group(3), path, line, members)
    if text.startswith("typedef"):
        return Declaration("typedef", declared_name(text), path, line)
    function = re.search(r"(\w+)\s*\(", text)
    if function and not re.match(r"\(\s*\*", text[function.end() - 1:]):
        end = closing(text, function.end() - 1)
        before = re.sub(r"\b(static|inline|extern)\b", "", text[:function.start()])
        return Declaration("function", function.group(1), path, line, parameters(text[function.end():end - 1]),
                           is_void=before.split() == ["void"], is_inline="inline" in text[:function.start()])
    if re.fullmatch(r"(struct|union|enum)\s+\w+\s*", text):
        return None
    return Declaration("variable", declared_name(text.split("=")[0]), path, line)


def declarations(source):
    """Everything that a header declares, each with its kernel-doc comment if it has one."""
    code = LIBRARY_WORD.sub(lambda match: blank(match.group()), blank_directives(source.code))
    comments = {match.end(): match for match in re.finditer(r"/\*.*?\*/", source.text, re.DOTALL)}
    found = []
    for offset, text in chunks(code):
        declaration = parse_chunk(text, source.path, source.line_of(offset))
        if not declaration:
            continue
        before = LIBRARY_WORD.sub(lambda match: blank(match.group()), source.text[:offset])
        comment = comments.get(len(before.rstrip()))
        if comment:
            declaration.doc = parse_doc(comment.group(), source.line_of(comment.start()))
        found.append(declaration)
    return found


def public_headers(tree):
    """The Sources of include/memcgsim, in the order in which the umbrella includes them, then the others."""
    headers = {source.path: source for source in tree.sources(HEADERS, ".h")}
    umbrella = headers.get(HEADERS + "/memcgsim.h")
    order = re.findall(r"#include <(memcgsim/\w+\.h)>", umbrella.text) if umbrella else []
    first = ["include/" + name for name in order if "include/" + name in headers]
    return [headers[path] for path in first + sorted(set(headers) - set(first))]


def public_declarations(tree):
    """Of every public header but kernel.h, which only renames."""
    return [declaration for header in public_headers(tree) if header.path != KERNEL_H
            for declaration in declarations(header)]


def public_functions(tree):
    return [declaration for declaration in public_declarations(tree) if declaration.kind == "function"]


def macros(source):
    """[(line, name, parameters or None, body)] of a header's #defines."""
    found = []
    for line, text in source.directives:
        match = re.match(r"define\s+(\w+)(\([^)]*\))?\s*(.*)", text, re.DOTALL)
        if match:
            found.append((line,) + match.groups())
    return found
