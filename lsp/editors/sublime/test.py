"""Tries the syntax with bat, whose library syntect reads the syntaxes of Sublime Text.

A theme with a colour for each scope tells which scope a piece of text has. BAT names the program; without it `bat`
or `batcat` is looked for.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
BAT = os.environ.get("BAT") or shutil.which("bat") or shutil.which("batcat")

POLICY = r"""/// What it is for.
// policyc: allow(no-default) a remark
server shop from "catalogues/shop.json";
let most = 50_000;
let ways = ["a\n", true, null];
group mail = send_mail, "odd name", *_message, @read, shop::x except limit.y, deny-all;
deny *;
limit total @mail 30/2min of args.items[0].test per caller.team when has args.a as "m" because "r // s";
limit send_mail 5/hour per server when args.b contains "x";
require not args."a b" matches "x\\d+" and length(args.c) <= 5 for a unless args.d like "y*" or args.e == most;
assert allow x for valid calls;
policy support { hide z; }
test "t" { call shop::x {"k": -1.5} from {} times 2->deny "w"; wait 1min; }
deny a && 'b';
deny when_x, allow_*;
deny b when args.f matches secrets and args.g == "z";
require approval by "finance" for by when every args.to[*].email like ["y*", most] or args.b matches ["u+"] and args.c == "w*";
test "u" { call approved approved -> allow; }
deny after;
"""

# The line, what stands before the text there, the text, and its scope.
EXPECTED = [
    (1, "/// ", "What", "comment.line.documentation"),
    (2, "", "policyc: allow(no-default)", "keyword.other.suppression"),
    (2, "a ", "remark", "comment.line.double-slash"),
    (3, "", "server", "keyword.declaration"),
    (3, "server ", "shop", "entity.name.namespace"),
    (3, " ", "from", "keyword.control"),
    (3, '"', "catalogues", "string.quoted"),
    (4, "", "let", "keyword.declaration"),
    (4, " ", "most", "entity.name.constant"),
    (4, " ", "50_000", "constant.numeric"),
    (5, "a", "\\n", "constant.character.escape"),
    (5, " ", "true", "constant.language"),
    (6, " ", "mail", "entity.name.type"),
    (6, "= ", "send_mail", "variable.function"),
    (6, '"', "odd name", "string.quoted"),
    (6, " ", "*_message", "constant.other.wildcard"),
    (6, " ", "@read", "support.type"),
    (6, " ", "shop", "variable.namespace"),
    (6, " ", "except", "keyword.control"),
    (6, " ", "limit.y", "variable.function"),
    (6, " ", "deny-all", "variable.function"),
    (7, " ", "*", "constant.other.wildcard"),
    (8, " ", "total", "keyword.control"),
    (8, " ", "30", "constant.numeric"),
    (8, "2", "min", "keyword.other.unit"),
    (8, " ", "args.items", "variable.parameter"),
    (8, "].", "test", "variable.other.member"),
    (8, "per ", "caller.team", "variable.parameter"),
    (8, " ", "has", "keyword.operator.word"),
    (8, "r ", "// s", "string.quoted"),
    (9, "5/", "hour", "keyword.other.unit"),
    (9, "per ", "server", "keyword.declaration"),
    (9, " ", "contains", "keyword.operator.word"),
    (10, " ", "not", "keyword.operator.word"),
    (10, " ", "args", "variable.parameter"),
    (10, '"', "x", "string.regexp"),
    (10, "x", "\\\\", "constant.character.escape"),
    (10, "d", "+", "keyword.operator.regexp"),
    (10, " ", "length", "support.function"),
    (10, " ", "<=", "keyword.operator.comparison"),
    (10, "for ", "a", "variable.function"),
    (10, "y", "*", "constant.other.wildcard"),
    (11, " ", "valid", "keyword.control"),
    (11, " ", "calls", "keyword.control"),
    (12, " ", "support", "entity.name.namespace"),
    (12, " ", "hide", "keyword.control"),
    (13, '"', "t", "entity.name.section"),
    (13, "", '"k"', "meta.mapping.key string.quoted"),
    (13, " ", "-1.5", "constant.numeric"),
    (13, "2", "->", "keyword.operator.arrow"),
    (13, "->", "deny", "keyword.control"),
    (13, " 1", "min", "keyword.other.unit"),
    (14, " ", "&&", "invalid.illegal"),
    (14, " ", "'b'", "invalid.illegal"),
    (15, " ", "when_x", "variable.function"),
    (15, " ", "allow_*", "constant.other.wildcard"),
    (16, " ", "secrets", "variable.function"),
    (16, '"', "z", "string.quoted"),
    (17, "approval ", "by", "keyword.control"),
    (17, "for ", "by", "variable.function"),
    (17, "[", "*", "constant.other.wildcard"),
    (17, "].", "email", "variable.other.member"),
    (17, '"', "y", "string.quoted"),
    (17, "y", "*", "constant.other.wildcard"),
    (17, ", ", "most", "variable.function"),
    (17, "] ", "or", "keyword.operator.word"),
    (17, '"', "u", "string.regexp"),
    (17, "u", "+", "keyword.operator.regexp"),
    (17, "", "w*", "string.quoted"),
    (18, "call ", "approved", "variable.function"),
    (18, "approved ", "approved", "keyword.control"),
    (19, " ", "after", "keyword.other.reserved"),
]


def theme(scopes):
    """A theme in which the scope with number n has the colour n."""
    rules = "".join(
        f"<dict><key>scope</key><string>{escape(scope)}</string><key>settings</key><dict>"
        f"<key>foreground</key><string>#{number:06x}</string></dict></dict>"
        for number, scope in enumerate(scopes, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>name</key><string>numbers</string>'
        "<key>settings</key><array><dict><key>settings</key><dict><key>foreground</key><string>#ffffff</string>"
        f"</dict></dict>{rules}</array></dict></plist>"
    )


def main():
    if not BAT:
        sys.exit("sublime: the program `bat` is missing (BAT names it)")
    scopes = sorted({scope for *_, scope in EXPECTED})
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        (source / "syntaxes").mkdir(parents=True)
        (source / "themes").mkdir()
        shutil.copy(HERE / "policyc.sublime-syntax", source / "syntaxes")
        (source / "themes" / "numbers.tmTheme").write_text(theme(scopes), encoding="utf-8")
        environment = dict(os.environ, BAT_CACHE_PATH=str(Path(folder, "cache")), BAT_CONFIG_PATH="", COLORTERM="truecolor")
        made = [BAT, "cache", "--build", "--source", str(source), "--target", str(Path(folder, "cache"))]
        result = subprocess.run(made, env=environment, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            sys.exit(f"sublime: bat does not take the syntax:\n{result.stdout}{result.stderr}")
        policy = Path(folder, "a.pol")
        policy.write_text(POLICY, encoding="utf-8")
        shown = subprocess.run(
            [BAT, "--theme", "numbers", "--color", "always", "--style", "plain", "--paging", "never", str(policy)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    # The text, and for each of its characters the number of its colour.
    text, colours, colour = "", [], None
    for piece in re.split(r"(\x1b\[[0-9;]*m)", shown):
        found = re.fullmatch(r"\x1b\[(?:[0-9;]*;)?38;2;(\d+);(\d+);(\d+)m", piece)
        if found:
            red, green, blue = map(int, found.groups())
            colour = (red << 16) + (green << 8) + blue
        elif not piece.startswith("\x1b"):
            text += piece
            colours += [colour] * len(piece)
    if text != POLICY:
        failures.append(f"bat shows another text:\n{text}")
    else:
        starts = [0] + [at + 1 for at, character in enumerate(text) if character == "\n"]
        for line, before, wanted, scope in EXPECTED:
            start = starts[line - 1]
            at = text[start : starts[line]].find(before + wanted)
            if at < 0:
                failures.append(f"line {line} has no {before + wanted!r}")
                continue
            at += start + len(before)
            for number in {colours[at], colours[at + len(wanted) - 1]}:
                name = scopes[number - 1] if number and number <= len(scopes) else None
                if name != scope:
                    failures.append(f"line {line}, {wanted!r}: {name}, not {scope}")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"sublime: {len(EXPECTED)} places ok" if not failures else f"sublime: {len(failures)} problems")
    sys.exit(1 if failures else 0)


main()
