# SPDX-License-Identifier: MIT
"""What is committed speaks of the work, not of the workplace."""

import re

LAW = "the tree speaks to its readers, who know nothing of how, where and by whom it was made"

DATA = "tests/kernel/recordings/"  # what a real kernel said, verbatim

# Phrases, so that ordinary prose stays free: "a gdb session", "an RCU read section", "can issue 2 loads".
COUNTABLE = r"(?:loads|stores|reads|writes|instructions|operations|requests|calls|commands|u?ops)"
WORKPLACE = [re.compile(pattern, re.IGNORECASE) for pattern in (
    r"\b(?:this|my|our|your|next|last|previous|earlier|coding|working)\s+sessions?\b",
    r"\bsession\s+(?:log|note|report|summary|transcript|brief|number)s?\b",
    r"\b(?:helper|coding|AI|sub)[ -]?agents?\b",
    r"\b(?:the|an)\s?other\s+engineer\b",
    rf"\bissues?\s+#|\bissue\s+(?:no\.?|number)?\s*\d+\b(?!\s+(?:\w+\s+)?{COUNTABLE}\b)",
    r"\b(?:PR|pull\s+request)\s+#\s*\d+",
    r"(?<![\w.~/)}-])/(?:work|home/\w+|Users/\w+)/",
)]


def words(tree, report, _options):
    for path in tree.paths:
        if path.startswith(DATA):
            continue
        source = tree.source(path)
        report.look("files")
        for pattern in WORKPLACE:
            for match in pattern.finditer(source.text):
                phrase = " ".join(match.group().split())
                report.fail(path, source.line_of(match.start()), f"'{phrase}' is a word of the workplace: {LAW}")
