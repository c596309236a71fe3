# SPDX-License-Identifier: MIT
"""The concurrency contract at the head of src/types.h, against every access through the seam."""

import re
from dataclasses import dataclass, field

from public import macros
from tree import closing, split_top

BOOK = "src/types.h"
CATALOGUE = "src/verify/check.c"
COLUMNS = ["word", "written by, under", "ctx", "order, and what it pairs with", "oracle; race body"]
LAW = "every shared word has a row in THE CONCURRENCY CONTRACT of src/types.h"
REMARK = re.compile(r"/\*\s*contract:\s*([^*]+?)\s*\*/")


@dataclass
class Row:
    """One row of the table, continuation lines joined."""
    line: int
    cells: list = field(default_factory=list)

    @property
    def word(self):
        return self.cells[0]

    @property
    def field(self):
        return self.word.rpartition(".")[2]


@dataclass
class Access:
    """One use of a seam macro: @text is the word as written, @remark the words that a comment names."""
    path: str
    line: int
    macro: str
    text: str
    remark: list

    @property
    def field(self):
        """The last member's name; None for a bare pointer."""
        text = self.text.lstrip("& ")
        while text.startswith("(") and opening(text) == text:
            text = text[1:-1].strip().lstrip("& ")
        while text.endswith("]"):
            text = text[:-len(opening(text))].rstrip()
        member = re.search(r"(?:->|\.)\s*(\w+)$", text)
        return member.group(1) if member else None


def opening(text):
    """The tail of @text from the bracket on that its last character closes."""
    depth = 0
    for offset in range(len(text) - 1, -1, -1):
        depth += (text[offset] in ")]") - (text[offset] in "([")
        if depth == 0:
            return text[offset:]
    return text


def read_table(book, report):
    """The rows of the contract; what is no row is reported."""
    rows, in_table = [], False
    for number, text in enumerate(book.lines, 1):
        cells = [cell.strip() for cell in re.sub(r"^\s*\*\s?", "", text).split("|")]
        if not in_table:
            in_table = cells[0] == "word" and len(cells) == len(COLUMNS)
        elif len(cells) == 1 and not re.fullmatch(r"[-+]+", cells[0]):
            break
        elif len(cells) > 1 and not cells[0] and rows:
            for column, cell in enumerate(cells[:len(COLUMNS)]):
                rows[-1].cells[column] = f"{rows[-1].cells[column]} {cell}".strip()
        elif len(cells) > 1:
            rows.append(Row(number, cells + [""] * (len(COLUMNS) - len(cells))))
    if not rows:
        report.fail(book.path, 1, "the table of the contract is missing; its head is: " + " | ".join(COLUMNS))
    return rows


def seam_macros(tree):
    """Names of the macros of src/seam that access the word their first parameter points to."""
    names = set()
    for header in tree.sources("src/seam", ".h"):
        for _line, name, parameters, body in macros(header):
            calls_access = re.match(r"(\w+)\(", body)
            if parameters and not name.startswith("msim_seam_") and parameters != "()" and (
                    re.search(r"\b__atomic_\w+\(", body) or body.startswith("msim_seam_")
                or (calls_access and calls_access.group(1) in names)):
                names.add(name)
    return names


def accesses(source, names):
    """Every use of the seam macros @names in a file, their own definitions excepted."""
    use = re.compile(rf"\b({'|'.join(sorted(names))})\s*\(")
    for match in use.finditer(source.code):
        line_start = source.code.rfind("\n", 0, match.start()) + 1
        while source.code[:line_start].endswith("\\\n"):
            line_start = source.code.rfind("\n", 0, line_start - 2) + 1
        defined = re.match(r"\s*#\s*define\s+(\w+)", source.code[line_start:])
        if defined and defined.group(1) in names:
            continue
        end = closing(source.code, match.end() - 1)
        text = split_top(source.code[match.end():end - 1], ",")[0][1].strip()
        first, last = source.line_of(match.start()), source.line_of(end)
        remarks = REMARK.findall("\n".join(source.lines[first - 1:last]))
        words = [word.strip() for remark in remarks for word in remark.split(",")]
        yield Access(source.path, first, match.group(1), text, words)


def check_access(access, words, fields, report):
    for word in access.remark:
        if word not in words:
            report.fail(access.path, access.line, f"the comment names '{word}', which is no word of the table: {LAW}")
    if access.remark:
        return
    if access.field is None:
        report.fail(access.path, access.line, f"{access.macro}({access.text}) does not name its word: a bare pointer "
                    f"carries the comment /* contract: struct.field */ ({LAW})")
    elif access.field not in fields:
        report.fail(access.path, access.line, f"{access.macro}({access.text}): no row is about '{access.field}'; {LAW}")


def check_row(tree, row, touched, all_code, catalogue, report):
    if not re.fullmatch(r"\w+\.\w+", row.word):
        report.fail(BOOK, row.line, f"'{row.word}' is not of the form struct.field")
    for name, cell in zip(COLUMNS, row.cells):
        if not cell:
            report.fail(BOOK, row.line, f"{row.word}: nothing is said under '{name}'")
    # a plain word is never touched through the seam: everybody has the lock that the row names
    is_plain = row.cells[3].startswith("plain")
    if row.field not in touched and not (is_plain and re.search(rf"(?:->|\.){row.field}\b", all_code)):
        report.fail(BOOK, row.line, f"{row.word}: nothing in src accesses '{row.field}' through the seam; a stale row "
                    "goes")
    for race in re.findall(r"\b[a-z]\w*_vs_\w+", row.cells[4]):
        report.look("race bodies")
        if not tree.exists(f"tests/race/{race}.c"):
            report.fail(BOOK, row.line, f"{row.word}: tests/race/{race}.c does not exist; a row names who watches")
    for invariant in re.findall(r"\bI-[A-Z0-9]+(?:-[A-Z0-9]+)*", row.cells[4]):
        report.look("invariants")
        if f'"{invariant}"' not in catalogue:
            report.fail(BOOK, row.line, f"{row.word}: {invariant} is not in the catalogue of {CATALOGUE}")


def contract(tree, report, _options):
    if not tree.exists(BOOK):
        report.fail(BOOK, 1, "there is no such file; it opens with the concurrency contract")
        return
    rows = read_table(tree.source(BOOK), report)
    names = seam_macros(tree)
    if not rows or not names:
        report.fail("src/seam/atomic.h", 1, "found no rows, or no macros that access a shared word")
        return
    words, fields = {row.word for row in rows}, {row.field for row in rows}
    touched, all_code = set(), []
    for source in tree.sources("src", ".c", ".h"):
        all_code.append(source.code)
        if not source.path.startswith("src/seam/"):
            for match in re.finditer(r"\bmsim_seam_\w+\s*\(", source.code):
                report.fail(source.path, source.line_of(match.start()),
                            "msim_seam_...() is for src/seam; others use its access macros")
        for access in accesses(source, names):
            report.look("accesses")
            check_access(access, words, fields, report)
            touched.add(access.field)
            touched.update(word.rpartition(".")[2] for word in access.remark)
    catalogue = tree.source(CATALOGUE).text if tree.exists(CATALOGUE) else ""
    for row in rows:
        report.look("rows")
        check_row(tree, row, touched, "\n".join(all_code), catalogue, report)
    for word in sorted(words):
        lines = [row.line for row in rows if row.word == word]
        if len(lines) > 1:
            report.fail(BOOK, lines[1], f"{word} has two rows")
