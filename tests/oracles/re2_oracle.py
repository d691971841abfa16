"""Answers what RE2 says about patterns. Needs the package google-re2.

Reads one JSON object per line from standard input: {"source": PATTERN, "re2": PATTERN or null, "values": [TEXT, ...]}.
Writes one JSON object per line: {"source": [BOOL, ...] or null, "re2": [BOOL, ...] or null}, where `source` says which
values the source covers, `re2` in which values `^(?:re2)$` is found, and null that RE2 refuses the pattern.
"""

import json
import sys

import re2

OPTIONS = re2.Options()
OPTIONS.log_errors = False


def answers(pattern, ask, values):
    try:
        compiled = re2.compile(pattern, options=OPTIONS)
    except re2.error:
        return None
    return [ask(compiled, value) is not None for value in values]


for line in sys.stdin:
    case = json.loads(line)
    source = answers(case["source"], lambda regex, value: regex.fullmatch(value), case["values"])
    emitted = None
    if case["re2"] is not None:
        emitted = answers("^(?:" + case["re2"] + ")$", lambda regex, value: regex.search(value), case["values"])
    print(json.dumps({"source": source, "re2": emitted}))
