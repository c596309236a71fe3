#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every block of the README is tried: C is compiled and run, scenarios answer what stands below them, and the
commands in shell blocks exist.

    readme.py SOURCE_ROOT BUILD_ROOT CC MEMCGSIM
"""
import os
import re
import subprocess
import sys
import tempfile


def blocks(text):
    return re.findall(r'^```(\w*)\n(.*?)^```$', text, re.M | re.S)


def flags_of(readme, library, build):
    """What the README's own pkg-config line says, for the library as it lies in the build tree."""
    command = re.search(rf'`(pkg-config [^`]* {library})`', readme).group(1)
    paths = [os.path.join(build, 'meson-uninstalled')]
    return subprocess.run(command.split(), capture_output=True, text=True, check=True,
                          env=dict(os.environ, PKG_CONFIG_PATH=':'.join(paths))).stdout.split()


def run_c(source, compiler, flags):
    """Compiles a program as the README says and runs it; what it prints."""
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, 'example.c')
        with open(name, 'w', encoding='utf-8') as out:
            out.write(source)
        program = os.path.join(folder, 'example')
        subprocess.run([*compiler.split(), '-Wall', '-Wextra', '-Werror', name, '-o', program, *flags], check=True)
        return subprocess.run([program], capture_output=True, text=True, check=True).stdout


def contains(said, expected):
    """Whether all pieces between lines of dots are there, one after the other. What is measured differs."""
    def plain(text):
        return '\n'.join(re.sub(r'[\d.,]+', '#', line) if line.endswith('measured') else line
                         for line in re.sub(r' +', ' ', text).splitlines())
    said, found = plain(said), 0
    for piece in re.split(r'^ *\.\.\.\n', expected, flags=re.M):
        found = said.find(plain(piece), found)
        if found < 0:
            return False
    return True


def main():
    root, build, compiler, memcgsim = sys.argv[1:]
    with open(os.path.join(root, 'README.md'), encoding='utf-8') as file:
        readme = file.read()
    found = blocks(readme)
    flags = {library: flags_of(readme, library, build) for library in ('libmemcgsim', 'libmemcgsim-explore')}
    tried = 0
    for position, (language, text) in enumerate(found):
        if language == 'c':
            assert run_c(text, compiler, flags['libmemcgsim']) == 'one page, and the batch: 262144\n'
        elif language == 'scenario':
            expected = found[position + 1]
            assert expected[0] == 'answers', 'a scenario is followed by its answers'
            said = subprocess.run([memcgsim, 'run', '-'], input=text, capture_output=True, text=True, check=True)
            answers = [line for line in said.stdout.splitlines() if line.startswith('@')]
            assert answers == expected[1].splitlines(), said.stdout
        elif language == 'explored':
            command, expected = text.split('\n', 1)
            said = subprocess.run([memcgsim, *command.split()[2:]], capture_output=True, text=True, check=False)
            assert said.returncode == 1 and said.stdout.strip() == expected.strip(), said.stdout
        elif language == 'experiment':
            command, expected = text.split('\n', 1)
            said = subprocess.run([memcgsim, *command.split()[2:]], capture_output=True, text=True, check=True)
            assert contains(said.stdout, expected), said.stdout
        elif language == '':
            for word in re.findall(r'^\./(\S+)', text, re.M):
                assert os.access(os.path.join(root, word), os.X_OK), f'{word} is no program'
        elif language != 'answers':
            raise AssertionError(f'nobody tries blocks of {language}')
        tried += 1
    for folder in ('docs/examples',):
        for name in sorted(os.listdir(os.path.join(root, folder))):
            if name.endswith('.c'):
                library = 'libmemcgsim-explore' if name.startswith('explore_') else 'libmemcgsim'
                with open(os.path.join(root, folder, name), encoding='utf-8') as file:
                    print(run_c(file.read(), compiler, flags[library]))
                tried += 1
    print(f'{tried} blocks and examples tried')
    return 0 if tried >= 5 else 1


if __name__ == '__main__':
    sys.exit(main())
