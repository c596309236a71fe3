#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A sequential reference model of what Linux 6.12 answers about memory cgroups.

    model.py SCENARIO                              print the predicted answers
    model.py SCENARIO --against OUT [--lines A-B]  compare them with an answer file

Written from the rules alone, sharing no code with the simulator, so that the two can
disagree.  It has no stocks, counters or references: it knows what is charged to whom, and

    current(M) = sum over M and its descendants, dying ones included, of
                 LRU pages + kernel pages + ceil(bytes / 4096) of every objcg there

which is what memory.current reads once the per-CPU stocks are drained.  Where that is not
what the file says (something changed since the last drain), or not known, the answer is
None, printed `?`.  One CPU; everything is as if the rig's module had been loaded first
(without it the per-CPU part of a memcg's cost is at first free on a real kernel).
"""
import argparse
import inspect
import re
import sys

PAGE, MAX_ORDER, COSTLY_ORDER = 4096, 10, 3
NO_LIMIT = (2**63 - 1) // PAGE       # in pages; reads back as "max"
BUCKETS = (8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192)
VECTOR_SLOT = 8                      # what an accounted object pays on top of its bucket
MEMCG_COST = 7288                    # bytes one memcg's creation costs its parent's objcg
COSTLY_MAX_EVENTS = 18               # "max" events of one refused charge above COSTLY_ORDER
STOCK_SLACK = 72                     # pages by which stocks may lift a counter: 64, and bytes
EXACT_ANON = 128                     # pages a task can map without a new page table (measured)
SLOTS, MAX_REGIONS = 65536, 256      # the rig's tables: kernel objects; mappings of one task
EVENTS = "low 0 high 0 max %d oom 0 oom_kill 0 oom_group_kill 0"
STAT = ("nr_descendants %d nr_subsys_memory %d nr_subsys_pids %d nr_dying_descendants %d "
        "nr_dying_subsys_memory %d nr_dying_subsys_pids 0")


class GiveUp(ValueError):
    """What happens from here on depends on what the model does not keep."""


class Objcg:
    """Who pays for kernel memory.  Outlives its memcg: the parent then inherits it."""
    def __init__(self, memcg):
        self.memcg, self.pages, self.bytes = memcg, 0, 0


class Memcg:
    """The memory css of a cgroup.  Stays, dying, while LRU pages or child css's keep it."""
    def __init__(self, cgroup, parent):
        self.cgroup, self.parent, self.kids = cgroup, parent, []
        self.objcg = Objcg(self) if parent else None     # the root has none: it pays nothing
        self.objcgs = [self.objcg] if parent else []     # its own and the inherited ones
        self.lru, self.max = 0, NO_LIMIT
        self.events = self.local_events = 0              # "max" events; None: not known
        self.dirty = self.lru_dirty = False              # changed since the last drain
        self.untidy = False                              # pays for mappings we cannot count

    def up(self):
        """This memcg and its ancestors below the root."""
        m = self
        while m.parent:
            yield m
            m = m.parent

    def tree(self):
        yield self
        for kid in self.kids:
            yield from kid.tree()

    def usage(self):
        return sum(m.lru + sum(o.pages - -o.bytes // PAGE for o in m.objcgs) for m in self.tree())

    def is_untidy(self):
        return any(m.untidy for m in self.tree())

    def kept(self):
        """Kept alive for sure, by LRU pages in it or in a child?"""
        return any(m.lru for m in self.tree())

    def touch(self):
        for m in self.up():
            m.dirty = True


class Cgroup:
    def __init__(self, parent):
        self.parent, self.children, self.memcg = parent, {}, None
        self.enables = self.dead = False                 # enables: subtree_control has memory

    def tree(self):
        yield self
        for child in self.children.values():
            yield from child.tree()

    def ancestors(self):
        """The cgroup itself first.  The dead still know their parents."""
        cg = self
        while cg:
            yield cg
            cg = cg.parent

    def effective(self):
        """The memcg that pays for tasks here: the nearest one at or above."""
        return next(cg.memcg for cg in self.ancestors() if cg.memcg)


class Task:
    def __init__(self, name, cgroup, flag):
        self.name, self.cgroup = name, cgroup
        self.objcg, self.flag = None, flag   # task->objcg and its bit (None: not known)
        self.regions = []                    # anonymous memory: [memcg, pages], the last goes first
        self.untidy = False                  # has unmapped, or mapped much


class Model:
    def __init__(self):
        self.root = Cgroup(None)
        self.root.memcg = Memcg(self.root, None)
        self.tasks, self.drainer = [], None
        self.slots = {}                      # slot -> (objcg, pages, bytes, tag)
        self.accounting = False              # switched on for good by the first memcg
        self.dying = []                      # memcgs killed but not yet freed
        self.killing = False                 # a cgroup or css was killed since the last `rcu`
        self.pinned = False                  # ... and a stock may have kept it since
        self.lost = None                     # the line from which nothing is predicted

    def answer(self, line_no, text):
        """The RESULT of the command `text`, or None where the model makes no prediction."""
        verb, *w = text.split()[:8] or [""]
        on_cgroup = getattr(self, "do_" + verb, None)
        on_task = getattr(self, "task_" + verb, None)
        if self.lost:
            return None
        try:
            if on_task:
                task = self.task(w[0])
                return call(on_task, [task] + w[1:]) if task else "ERR ESRCH"
            return call(on_cgroup, w) if on_cgroup else None
        except (ValueError, IndexError):     # GiveUp, or not a number, or no task's name
            self.lost = line_no
            return None

    def task(self, name):
        return next((t for t in self.tasks if t.name == name), None)

    def populated(self, cgroup):
        return any(t.cgroup is cgroup for t in self.tasks)

    def find(self, path):
        cg = self.root
        for name in parts(path):
            cg = cg and cg.children.get(name)
        return cg

    # ---- charging ----------------------------------------------------------------------
    def payer(self, task):
        """task->objcg, looked up again by an accounted allocation only if the flag is set."""
        if task.flag != 0 and self.accounting:
            task.objcg, task.flag = task.cgroup.effective().objcg, 0
        return task.objcg

    def refused(self, memcg, pages, order=0):
        """Does a limit refuse the charge?  Gives up where that hangs on the stocks, or where
        somebody gets killed for it."""
        doubt = False                        # fits below, but perhaps only after a drain
        for m in memcg.up():
            room = m.max - m.usage() - pages
            if m.max == NO_LIMIT or room >= STOCK_SLACK and not m.is_untidy():
                continue
            if m.is_untidy() or room < 0 and (order <= COSTLY_ORDER or self.uncertain(m)):
                raise GiveUp
            doubt |= room >= 0
            more = None if doubt else COSTLY_MAX_EVENTS
            m.local_events = add(m.local_events, more)
            for a in m.up():
                a.events = add(a.events, more)
            if room < 0:
                memcg.touch()
                return True
        return False

    def charge(self, task, pages=0, size=0, order=0):
        """Charge kernel memory: (objcg, pages, bytes) for the slot, or None if refused."""
        objcg = self.payer(task)
        if not objcg:
            return None, 0, 0
        if self.refused(objcg.memcg, pages - -size // PAGE, order):
            return None
        return account(objcg, pages, size)

    def uncertain(self, memcg):
        """Is the sum not what the counter says even after a drain?"""
        return memcg.is_untidy() or any(m in self.dying and not m.kept() for m in memcg.tree())

    # ---- life of a memcg ---------------------------------------------------------------
    def create_memcg(self, cgroup):
        self.accounting, parent = True, cgroup.parent.memcg
        cgroup.memcg = memcg = Memcg(cgroup, parent)
        memcg.cost = parent.objcg            # who pays, until the memcg is freed
        parent.kids.append(memcg)
        if memcg.cost:
            self.refused(parent, 2)
            account(memcg.cost, 0, MEMCG_COST)

    def kill_memcg(self, cgroup):
        """Offline: the parent inherits the objcgs; LRU pages stay and keep the memcg."""
        memcg, cgroup.memcg = cgroup.memcg, None
        parent = memcg.parent
        self.dying.append(memcg)
        self.killing = True
        self.pinned |= memcg.dirty
        for objcg in memcg.objcgs:
            objcg.memcg = parent
        parent.objcgs += memcg.objcgs
        memcg.objcgs = []
        parent.untidy |= memcg.untidy
        memcg.untidy = False

    def grace_period(self):
        """Free the dying memcgs that nothing keeps, children first."""
        self.killing = False
        while True:
            free = [m for m in self.dying if not (m.lru or m.lru_dirty or m.kids)]
            if not free:
                return
            for m in free:
                self.dying.remove(m)
                m.parent.kids.remove(m)
                if m.cost:
                    account(m.cost, 0, -MEMCG_COST)

    def enable(self, cgroup, on):
        """Write +memory or -memory to cgroup.subtree_control: all checks before any effect."""
        if on == cgroup.enables:
            return "ok"
        if on and cgroup.parent and not cgroup.parent.enables:
            return "ERR ENOENT"
        if on and cgroup.parent and self.populated(cgroup):
            return "ERR EBUSY"
        if any(child.enables for child in cgroup.children.values()):
            return "ERR EBUSY"
        before = [(t, t.cgroup.effective()) for t in self.tasks]
        cgroup.enables = on
        for child in cgroup.children.values():
            self.create_memcg(child) if on else self.kill_memcg(child)
        for task, memcg in before:
            if task.cgroup.effective() is not memcg:
                task.flag = 1
        return "ok"

    # ---- verbs: cgroups ----------------------------------------------------------------
    def do_mkdir(self, path):
        """Also +memory in every parent, which may fail (tasks inside): nobody looks."""
        cg, result = self.root, None
        for name in parts(path):
            self.enable(cg, True)
            result = "ERR EEXIST" if name in cg.children else "ok"
            if result == "ok":
                cg.children[name] = Cgroup(cg)
                if cg.enables:
                    self.create_memcg(cg.children[name])
            cg = cg.children[name]
        return result

    def do_rmdir(self, path):
        cg = self.find(path)
        if not cg:
            return "ERR ENOENT"
        if not cg.parent or cg.children or self.populated(cg):
            return "ERR EBUSY"
        if cg.memcg:
            self.kill_memcg(cg)
        del cg.parent.children[parts(path)[-1]]
        self.killing = cg.dead = True
        return "ok"

    def open(self, path):
        """(cgroup, file name); no cgroup where there is no such file."""
        where, _, name = path.rpartition("/")
        cg = self.find(where)
        if cg and name.startswith("memory.") and not (
                cg.memcg and (cg.parent or name == "memory.stat")):
            return None, name                # the root has only this one of them
        return cg, name

    def do_read(self, path):
        cg, name = self.open(path)
        if not cg:
            return "ERR ENOENT"
        m = cg.memcg
        if name == "memory.current" and not (m.dirty or self.uncertain(m)):
            return str(m.usage() * PAGE)
        if name == "memory.max":
            return "max" if m.max == NO_LIMIT else str(m.max * PAGE)
        if name in ("memory.events", "memory.events.local"):
            count = m.events if name == "memory.events" else m.local_events
            return None if count is None else EVENTS % count
        if name == "cgroup.subtree_control":
            return "memory" if cg.enables else ""
        if name == "cgroup.controllers":
            return ("memory" if cg.parent.enables else "") if cg.parent else "memory pids"
        if name == "cgroup.procs" and cg.parent and not self.populated(cg):
            return ""                        # pids are not ours to know
        settled = not (self.killing or self.pinned) and all(m.kept() for m in self.dying)
        if name == "cgroup.stat" and settled:
            dying = [m for m in self.dying if cg in m.cgroup.ancestors()]
            gone = {c for m in dying for c in m.cgroup.ancestors() if c.dead}
            live = list(cg.tree())
            return STAT % (len(live) - 1, sum(bool(c.memcg) for c in live), cg is self.root,
                           len(gone), len(dying))
        return None

    def do_stat(self, path, *_keys):
        return None if self.open(path + "/memory.stat")[0] else "ERR ENOENT"

    def do_write(self, path, word, *more):
        cg, name = self.open(path)
        value = (word,) + more[:1]
        if not cg:
            return "ERR ENOENT"
        if name == "memory.max":
            limit = parse_limit(" ".join(value))
            if limit is None:
                return "ERR EINVAL"
            if cg.memcg.is_untidy() or cg.memcg.usage() > limit:
                raise GiveUp                 # reclaim and OOM kills until it fits
            cg.memcg.max = limit
            return "ok"
        if name == "cgroup.subtree_control" and not set(value) & {"+pids", "-pids"}:
            if not set(value) <= {"+memory", "-memory"}:
                return "ERR EINVAL"
            return self.enable(cg, value[-1][0] == "+")     # the later word wins
        raise GiveUp

    # ---- verbs: tasks ------------------------------------------------------------------
    def do_task(self, name):
        # born null/1; the rig's task has then already allocated in the root, which clears it
        self.tasks.append(Task(name, self.root, 0 if self.accounting else 1))
        return "ok"

    def task_move(self, task, path):
        cg = self.find(path)
        if not cg:
            return "ERR ENOENT"
        if cg.enables and cg.parent:
            return "ERR EBUSY"
        if cg.effective() is not task.cgroup.effective():
            task.flag = 1                    # the pointer stays until the next allocation
        task.cgroup = cg
        return "ok"

    def task_cpu(self, _task, cpu):
        return "ok" if int(cpu) == 0 else "ERR EINVAL"

    def task_exit(self, task):
        self.unmap(task, sum(pages for _, pages in task.regions))
        self.tasks.remove(task)
        return "ok"

    def task_anon(self, task, size):
        pages, memcg = -(-parse_size(size) // PAGE), task.cgroup.effective()
        if pages == 0 or len(task.regions) == MAX_REGIONS:
            return "ERR ENOSPC" if task.regions[MAX_REGIONS - 1:] else "ERR EINVAL"
        self.refused(memcg, pages + pages // 256 + STOCK_SLACK)
        memcg.lru += pages
        memcg.lru_dirty = True
        memcg.touch()
        task.regions.append([memcg, pages])
        task.untidy |= sum(n for _, n in task.regions) > EXACT_ANON
        self.after_mapping(task)
        return "ok"

    def task_free(self, task, size):
        left = self.unmap(task, parse_size(size) // PAGE)
        task.untidy = True
        self.after_mapping(task)
        return "ERR EINVAL" if left else "ok"

    @staticmethod
    def unmap(task, pages):
        """Unmap from the end; what could not be found is returned."""
        while pages and task.regions:
            memcg, held = task.regions.pop()
            n = min(pages, held)
            memcg.lru -= n
            memcg.lru_dirty = True
            memcg.touch()
            pages -= n
            if held > n:
                task.regions.append([memcg, held - n])
        return pages

    @staticmethod
    def after_mapping(task):
        """Page tables and mappings are accounted as well: mapping little takes none of them,
        unmapping may.  Then neither the sum nor the flag is known."""
        task.cgroup.effective().untidy |= task.untidy
        task.flag = task.flag and None

    def not_counted(self, *_words):
        raise GiveUp

    task_thp = task_file = task_unlink = task_kmem = task_kfree = not_counted

    # ---- verbs: the kernel's allocators in a task's context ----------------------------
    def task_k(self, task, op, *numbers):
        slot, a, b = (list(map(int, numbers)) + [0, 0, 0])[:3]
        if not 0 <= slot < SLOTS:
            return "ERR EINVAL"
        if op == "cur":
            return None if task.flag is None else "objcg=%s flag=%d" % (
                "set" if task.objcg else "null", task.flag)
        if op == "freeall":
            for s in list(self.slots):
                self.release(s)
            return "ok"
        if op in ("free", "tag"):
            if slot not in self.slots:
                return "ERR ENOENT"
            if op == "free":
                return self.release(slot)
            tag = self.slots[slot][3]
            return None if tag is None else "tag=%d" % tag
        if op == "many":
            if slot + a > SLOTS or any(s in self.slots for s in range(slot, slot + a)):
                raise GiveUp                 # the rig overwrites and leaks
            made = all(self.kmalloc(task, s, b, True) for s in range(slot, slot + a))
            return "n=%d" % max(a, 0) if made else "ERR ENOMEM"
        if op not in ("page", "upage", "kmalloc", "ukmalloc"):
            return "ERR EINVAL"
        if slot in self.slots:
            return "ERR EEXIST"
        alloc = self.page if op.endswith("page") else self.kmalloc
        return "ok" if alloc(task, slot, a, op[0] != "u") else "ERR ENOMEM"

    def page(self, task, slot, order, accounted):
        if not 0 <= order <= MAX_ORDER:      # before any accounting
            return False
        paid = self.charge(task, pages=1 << order, order=order) if accounted else (None, 0, 0)
        if paid:
            self.slots[slot] = paid + (2 if paid[0] else 0,)
        return bool(paid)

    def kmalloc(self, task, slot, size, accounted):
        if size > BUCKETS[-1]:               # large: whole pages from the page allocator
            return self.page(task, slot, (-(-size // PAGE) - 1).bit_length(), accounted)
        if size <= 0:                        # not an object, but the slot is taken
            self.slots[slot] = (None, 0, 0, None)
            return True
        bucket = next(x for x in BUCKETS if x >= size)
        paid = self.charge(task, size=bucket + VECTOR_SLOT) if accounted else (None, 0, 0)
        if paid:
            # accounted in the root: unpaid, but the slab page may carry a vector for others
            self.slots[slot] = paid + (1 if paid[0] else None if accounted else 0,)
        return bool(paid)

    def release(self, slot):
        objcg, pages, size, _tag = self.slots.pop(slot)
        if objcg:
            account(objcg, -pages, -size)
        return "ok"

    # ---- verbs: time, and the rig's own ------------------------------------------------
    def do_load(self, *_words):
        return "ok"

    def do_rcu(self):
        self.grace_period()
        return "ok"

    def do_sleep(self, ms):
        if int(ms) >= 30:                    # as long as `rcu` waits
            self.grace_period()
        return "ok"

    def do_drain(self):
        """The rig's helper allocates in a cgroup of its own, which evicts every stock.  Without
        +memory in the root the helper is in the root's memcg and evicts nothing."""
        if not self.drainer:
            if "_drain" not in self.root.children:
                cg = self.root.children["_drain"] = Cgroup(self.root)
                if self.root.enables:
                    self.create_memcg(cg)
            self.do_task("_drain")
            self.drainer = self.tasks[-1]
            self.task_move(self.drainer, "_drain")
        self.payer(self.drainer)
        helper = self.drainer.cgroup.effective()
        if helper.parent:
            for m in self.root.memcg.tree():
                m.dirty = m.lru_dirty = False
            helper.untidy, self.pinned = True, False
        return "ok"


def call(function, words):
    """Call it with as many words as it takes, like the rig, which ignores the rest."""
    kinds = [p.kind for p in inspect.signature(function).parameters.values()]
    needed = kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if len(words) < needed:
        raise GiveUp
    return function(*(words[:needed] if len(kinds) == needed else words))


def account(objcg, pages, size):
    objcg.pages += pages
    objcg.bytes += size
    objcg.memcg.touch()
    return objcg, pages, size


def add(count, more):
    return None if count is None or more is None else count + more


def parts(path):
    return [p for p in path.split("/") if p not in ("", ".")]


def parse_size(text):
    """The scenario language's sizes: K M G, and p for pages."""
    number, unit = (text[:-1], text[-1].lower()) if text[-1:].isalpha() else (text, "")
    shift = {"": 0, "k": 10, "m": 20, "g": 30, "p": 12}.get(unit)
    if shift is None or int(number) << shift & (PAGE - 1):
        raise GiveUp
    return int(number) << shift


def parse_limit(text):
    """memory.max: `max`, or a number (0x.., 0.. octal) and one suffix, in pages; None: EINVAL."""
    if text == "max":
        return NO_LIMIT
    match = re.fullmatch(r"(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*|)([kmgtpe]?)", text.lower())
    if not match:
        return None
    digits, unit = match.groups()
    base = 16 if digits.startswith("0x") else 8 if digits.startswith("0") else 10
    value = int(digits or "0", base) << 10 * " kmgtpe".index(unit or " ")
    return min(value % 2**64 // PAGE, NO_LIMIT)              # overflow wraps silently


def lines_of(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return [line.rstrip("\r\n") for line in f]


def main():
    parser = argparse.ArgumentParser(description="reference model of memcg readings")
    parser.add_argument("scenario")
    parser.add_argument("--against", metavar="OUT", help="compare with this answer file")
    parser.add_argument("--lines", metavar="A-B", default="1-1000000", help="only these lines")
    args = parser.parse_args()
    first, last = map(int, args.lines.split("-"))
    actual = {}
    for line in lines_of(args.against) if args.against else ():
        match = re.match(r"@(\d+) ", line)
        if match and first <= int(match[1]) <= last:
            actual[int(match[1])] = line
    model, count, predicted = Model(), 0, 0
    for no, text in enumerate(lines_of(args.scenario), 1):
        if not text.split() or text.split()[0].startswith("#"):
            continue
        result = model.answer(no, text)
        if not first <= no <= last:
            continue
        known, want = result is not None, "@%d %s -> " % (no, text)
        got = actual.pop(no, "(no answer)")
        if not args.against:
            print(want + (result if known else "?"))
        elif not (got == want + result if known else got.startswith(want)):
            shown = want + (result if known else "?")
            print("line %d differs\n  model:  %s\n  answer: %s" % (no, shown, got))
            return 1
        count, predicted = count + 1, predicted + known
    if model.lost:
        print("no predictions from line %d on" % model.lost, file=sys.stderr)
    if actual:
        print("no command for\n  answer: %s" % actual[min(actual)])
        return 1
    if args.against:
        print("%d lines, %d predicted, 0 differing" % (count, predicted))
    return 0


if __name__ == "__main__":
    sys.exit(main())
