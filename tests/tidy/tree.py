# SPDX-License-Identifier: MIT
"""What every check of tests/tidy stands on: the files of the tree, C without its comments, and a report."""

import re
import shutil
import subprocess
from functools import cached_property, lru_cache
from pathlib import Path


class Skip(Exception):
    """The check does not apply to this build; the test ends with Meson's 77."""


class Report:
    """What a check found wrong, and how much it looked at: a check that looked at nothing has failed."""

    def __init__(self):
        self.failures = []
        self.looked_at = {}

    def fail(self, path, line, what):
        """One failure; @what says what is wrong and what the law is."""
        self.failures.append((str(path), line, what))

    def look(self, what, count=1):
        """Counts things looked at, by name ('files', 'functions', ...)."""
        self.looked_at[what] = self.looked_at.get(what, 0) + count

    def summary(self):
        return ", ".join(f"{count} {what}" for what, count in self.looked_at.items() if count)


class Source:
    """One text file. @path is relative to the tree's root, lines are counted from 1."""

    def __init__(self, path, text):
        self.path = path
        self.text = text

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def uncommented(self):
        """C with blanks in place of comments: every character keeps its place."""
        return blank_c(self.text, strings=False)

    @cached_property
    def code(self):
        """C with blanks in place of comments and of what strings and character constants hold."""
        return blank_c(self.text, strings=True)

    @cached_property
    def directives(self):
        """[(line, text)]: the preprocessor's lines, continuations joined."""
        found = []
        for match in DIRECTIVE.finditer(self.uncommented):
            found.append((self.line_of(match.start("hash")), match.group("body").replace("\\\n", " ").strip()))
        return found

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1


TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*(?P<hash>\#)(?P<body>(?:\\\n|[^\n])*)", re.MULTILINE)


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def blank_c(text, strings):
    """@text with blanks for comments and, if @strings, for the insides of quotes (the quotes stay)."""
    def replace(match):
        token = match.group()
        if token[0] == "/":
            return blank(token)
        return token[0] + blank(token[1:-1]) + token[-1] if strings else token

    return TOKEN.sub(replace, text)


def blank_directives(code):
    return DIRECTIVE.sub(lambda match: blank(match.group()), code)


def closing(text, start):
    """The offset behind the bracket that closes the one at @start; the end if none does."""
    depth = 0
    for offset in range(start, len(text)):
        if text[offset] in "([{":
            depth += 1
        elif text[offset] in ")]}":
            depth -= 1
            if depth == 0:
                return offset + 1
    return len(text)


def split_top(text, separator):
    """[(offset, part)]: @text split at the @separator characters that stand outside all brackets."""
    parts, depth, start = [], 0, 0
    for offset, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == separator and depth == 0:
            parts.append((start, text[start:offset]))
            start = offset + 1
    parts.append((start, text[start:]))
    return parts


class Tree:
    """The files below @root: those that git tracks or would add, or all but builds where there is no git."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        self.source = lru_cache(maxsize=None)(self._source)

    @cached_property
    def paths(self):
        """Every file's path as text relative to the root, sorted."""
        if (self.root / ".git").exists() and shutil.which("git"):
            listing = subprocess.run(
                ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                check=True, stdout=subprocess.PIPE).stdout.decode().split("\0")
            return sorted({path for path in listing if path and (self.root / path).is_file()})
        return sorted(str(path.relative_to(self.root)) for path in self._walk(self.root))

    def _walk(self, folder):
        for path in folder.iterdir():
            built = folder == self.root and path.name.startswith("build")
            if path.is_dir() and not built and path.name not in (".git", "__pycache__"):
                yield from self._walk(path)
            elif path.is_file():
                yield path

    def files(self, *, under="", suffixes=()):
        """The paths below the folder @under whose names end in one of @suffixes."""
        prefix = under.rstrip("/") + "/" if under else ""
        return [path for path in self.paths
                if path.startswith(prefix) and (not suffixes or Path(path).suffix in suffixes)]

    def exists(self, path):
        return (self.root / path).is_file()

    def _source(self, path):
        """The file as text; Source.text is '' for one that holds binary data."""
        data = (self.root / path).read_bytes()
        return Source(path, "" if b"\0" in data else data.decode("utf-8", "replace"))

    def sources(self, under, *suffixes):
        return [self.source(path) for path in self.files(under=under, suffixes=suffixes)]

    @cached_property
    def rooms(self):
        """{room: line} of the list `rooms` in src/meson.build, low to high; {} if there is none."""
        if not self.exists("src/meson.build"):
            return {}
        build = self.source("src/meson.build")
        text = re.sub(r"#[^\n]*", lambda match: blank(match.group()), build.text)
        listed = re.search(r"^rooms\s*=\s*\[(.*?)\]", text, re.MULTILINE | re.DOTALL)
        if not listed:
            return {}
        return {match.group(1): build.line_of(listed.start(1) + match.start())
                for match in re.finditer(r"'([^']+)'", listed.group(1))}

    def room_of(self, path):
        """'memcg/stock' for 'src/memcg/stock.c'."""
        return str(Path(path).relative_to("src").with_suffix(""))
