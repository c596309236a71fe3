# SPDX-License-Identifier: MIT
"""What may be wrong with a line: mutants of a source file, each a small change within a line or a few, so that no line
moves. The sources are formatted by clang-format, and that is relied on: what stands on one line is one thing."""

import re
from dataclasses import dataclass

FUNCTION = re.compile(r"^(?!static const|struct \w+ \{|enum|typedef|#|/|\s|\})[\w \t*]*?\b(\w+)\([^;]*?\)\n\{\n(.*?)^\}",
                      re.M | re.S)
STATEMENT = re.compile(r"^(\t+)(?!return|goto|break|continue|case|default|else|if|for|while|do|struct|unsigned|long|bool|"
                       r"int|const|static|void \*|enum|char)([\w(*].*;)((?: /\*.*\*/)?)$")
DROPPED = re.compile(r"^(\t+)((?:\(void\))?\w*(?:put|get|charge|drain|refill|account|hold|list_add\w*|list_del|splice|"
                     r"propagate\w*|update\w*|stat_add\w*|steer\w*|queue_work|call_rcu|event|init)\w*\(.*\);)"
                     r"((?: /\*.*\*/)?)$")
ATOMIC = re.compile(r"msim_(xchg|cmpxchg|add_return|sub_return|or_release)\(")
WEAKER = {"msim_store_release(": "msim_store_relaxed(", "msim_load_acquire(": "msim_load_relaxed(",
          "msim_rcu_dereference(": "msim_load_relaxed(", "msim_rcu_assign_pointer(": "msim_store_relaxed(",
          "msim_load_seq_cst(": "msim_load_relaxed("}
OFF_BY_ONE = {" < ": " <= ", " <= ": " < ", " > ": " >= ", " >= ": " > ", " + 1": "", " - 1": "", "++;": " += 2;",
              "--;": " -= 2;"}
IN_PARTS = {
    "xchg": "({{ __typeof__(*({0})) was_ = msim_load_relaxed({0}); msim_store_relaxed({0}, {1}); was_; }})",
    "cmpxchg": "({{ __typeof__(*({0})) was_ = msim_load_relaxed({0}); bool same_ = was_ == *({1}); "
               "if (same_) msim_store_relaxed({0}, {2}); else *({1}) = was_; same_; }})",
    "add_return": "({{ __typeof__(*({0})) sum_ = msim_load_relaxed({0}) + ({1}); msim_store_relaxed({0}, sum_); "
                  "sum_; }})",
    "sub_return": "({{ __typeof__(*({0})) rest_ = msim_load_relaxed({0}) - ({1}); msim_store_relaxed({0}, rest_); "
                  "rest_; }})",
    "or_release": "({{ __typeof__(*({0})) was_ = msim_load_relaxed({0}); msim_store_relaxed({0}, was_ | ({1})); "
                  "was_; }})",
}
LOCKS = [("msim_spin_lock(", "msim_spin_unlock("), ("msim_mutex_lock(", "msim_mutex_unlock("),
         ("msim_rcu_read_lock(", "msim_rcu_read_unlock(")]


@dataclass
class Change:
    """@lines are what the lines of a file from @first on are instead."""
    name: str  # file:function:operator:number, which stays as it is when lines move
    path: str
    first: int
    before: list
    after: list

    def apply(self, text):
        lines = text.split("\n")
        assert lines[self.first:self.first + len(self.before)] == self.before, f"{self.name} is stale"
        lines[self.first:self.first + len(self.before)] = self.after
        return "\n".join(lines)

    def __str__(self):
        moved = sorted(self.before) == sorted(self.after)
        shown = [f"    -{line}" for line in self.before if moved or line not in self.after]
        shown += [f"    +{line}" for line in self.after if moved or line not in self.before]
        return "\n".join([f"{self.name} ({self.path}:{self.first + 1})", *shown])


def arguments(text, begin):
    """The arguments of the call whose bracket opens before @begin, and where it ends; None if on another line."""
    depth, last, found = 1, begin, []
    for at in range(begin, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0 or (depth == 1 and text[at] == ","):
            found.append(text[last:at].strip())
            last = at + 1
        if depth == 0:
            return found, at + 1
    return None, None


def drop_call(lines, at):
    match = DROPPED.match(lines[at])
    if match:
        yield at, [f"{match[1]}(void)0;"], 1


def swap(lines, at):
    both = [STATEMENT.match(line) for line in lines[at:at + 2]]
    if len(both) == 2 and all(both) and both[0][1] == both[1][1]:
        yield at, [lines[at + 1], lines[at]], 2


def in_parts(lines, at):
    """Not at once: what others do between the load and the store is lost."""
    for match in ATOMIC.finditer(lines[at]):
        words, end = arguments(lines[at], match.end())
        if words:
            text = IN_PARTS[match[1]].format(*words)
            yield at, [lines[at][:match.start()] + text + lines[at][end:]], 1


def weaken(lines, at):
    for strong, weak in WEAKER.items():
        if strong in lines[at]:
            yield at, [lines[at].replace(strong, weak, 1)], 1


def off_by_one(lines, at):
    code = lines[at].partition("/*")[0]
    for right, wrong in OFF_BY_ONE.items():
        if right in code and "assert" not in code:
            yield at, [lines[at].replace(right, wrong, 1)], 1


def negate(lines, at):
    match = re.match(r"^(\t+(?:\} else )?)if \((.*)\)( \{)?((?: /\*.*\*/)?)$", lines[at])
    if match:
        yield at, [f"{match[1]}if (!({match[2]})){match[3] or ''}{match[4]}"], 1


def unlock(lines, at):
    """The lock that is taken here, and all that gives it back in the function."""
    for take, give in LOCKS:
        if not lines[at].strip().startswith(take):
            continue
        lock = lines[at].strip()[len(take):].partition(");")[0]
        gone = [re.sub(r"\S.*", "(void)0;", line)
                if line.strip().startswith((f"{take}{lock})", f"{give}{lock})")) else line for line in lines[at:]]
        yield at, gone, len(gone)


OPERATORS = [drop_call, swap, in_parts, weaken, off_by_one, negate, unlock]


def changes_of(path, text):
    """All changes to the file, in the order of its lines."""
    found = []
    for function in FUNCTION.finditer(text):
        first = text.count("\n", 0, function.start(2))
        lines = function[2].rstrip("\n").split("\n")
        count = {}
        for at in range(len(lines)):
            if "assert" in lines[at] and "assert_" not in lines[at].replace("msim_assert", "assert"):
                continue
            for operator in OPERATORS:
                for begin, after, length in operator(lines, at):
                    count[operator] = count.get(operator, 0) + 1
                    name = f"{path.removeprefix('src/')}:{function[1]}:{operator.__name__}:{count[operator]}"
                    found.append(Change(name, path, first + begin, lines[begin:begin + length], after))
    return found
