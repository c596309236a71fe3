# SPDX-License-Identifier: MIT
"""Programs of a build with some of the library's sources in another version: only what differs is compiled, with the
flags of the build, and linked before the archive, so that nothing of it is taken from there."""

import json
import shlex
import subprocess
from pathlib import Path


class Broken(Exception):
    """What the compiler or the linker said."""


def output_of(command):
    return command.index("-o") + 1


class Build:
    """A build directory: how its objects are compiled and its programs linked."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        commands = json.loads((self.folder / "compile_commands.json").read_text())
        self.compilers = {entry["output"]: entry for entry in commands}
        self.root = self.folder_of_sources()
        self.linkers = {}
        self.inputs = {}
        self.dependencies = {}

    def folder_of_sources(self):
        text = (self.folder / "meson-info" / "intro-buildsystem_files.json").read_text()
        return Path(json.loads(text)[0]).parent

    def ninja(self, *arguments):
        return subprocess.run(["ninja", *arguments], cwd=self.folder, check=True, capture_output=True,
                              text=True).stdout

    def linker(self, program):
        """The command that links @program."""
        if program not in self.linkers:
            self.linkers[program] = shlex.split(self.ninja("-t", "commands", "-s", program).strip().splitlines()[-1])
        return list(self.linkers[program])

    def archive(self, program):
        return next(word for word in self.linker(program) if word.endswith(".a"))

    def objects(self, program):
        """The objects that @program may consist of: its own, and those of its archives."""
        if program not in self.inputs:
            self.inputs[program] = [word for word in self.ninja("-t", "inputs", program).split()
                                    if word in self.compilers]
        return self.inputs[program]

    def source_of(self, output):
        """From the root of the sources."""
        path = (self.folder / self.compilers[output]["file"]).resolve()
        return str(path.relative_to(self.root))

    def depends(self, output, headers):
        if output not in self.dependencies:
            lines = self.ninja("-t", "deps", output).splitlines()[1:]
            self.dependencies[output] = {str((self.folder / line.strip()).resolve()) for line in lines}
        return any(str(self.root / header) in self.dependencies[output] for header in headers)

    def touched(self, program, paths):
        """The objects of @program that are compiled from one of @paths, or include it."""
        headers = [path for path in paths if path.endswith(".h")]
        return [output for output in self.objects(program)
                if self.source_of(output) in paths or (headers and self.depends(output, headers))]

    def compile(self, output, tree, ret_object):
        """The object @output, where what lies in @tree takes the place of the build's own sources."""
        entry = self.compilers[output]
        command = shlex.split(entry["command"])
        source = tree / self.source_of(output)
        command[command.index("-c") + 1] = str(source) if source.exists() else entry["file"]
        command[output_of(command)] = str(ret_object)
        for flag in ("-MF", "-MQ"):
            command[command.index(flag) + 1] = str(ret_object) + ".d"
        first = next(i for i, word in enumerate(command) if word.startswith("-I"))
        command[first:first] = [f"-I{tree / 'src'}", f"-I{tree / 'include'}"]
        run = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if run.returncode:
            raise Broken(run.stderr)

    def relink(self, program, tree, paths, ret_program, compiled=None):
        """@program, with the sources at @paths as they are in @tree. How many objects differ from the build's, which
        @compiled, if the caller has one, remembers for other programs."""
        compiled = {} if compiled is None else compiled
        command = self.linker(program)
        touched, fresh = self.touched(program, paths), []
        for output in touched:
            if output not in compiled:
                compiled[output] = f"{ret_program}.{len(compiled)}.o"
                self.compile(output, tree, compiled[output])
            if output in command:
                command[command.index(output)] = compiled[output]
            else:
                fresh.append(compiled[output])
        command[output_of(command)] = str(ret_program)
        at = command.index(self.archive(program))
        command[at:at] = fresh
        run = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if run.returncode:
            raise Broken(run.stderr)
        return len(touched)
