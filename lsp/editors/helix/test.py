"""Tries Helix: builds the grammar, asks for the state of the language, and looks at a policy in a terminal.

HX names the program; without it `hx` or `helix` is looked for. It needs a C compiler, as Helix does.
"""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

HERE = Path(__file__).resolve().parent
HX = os.environ.get("HX") or shutil.which("hx") or shutil.which("helix")

# What is searched for, which puts the cursor on its last character, and the name of the theme that Helix finds there:
# the default theme has none for some parts of a name.
NAMES = [
    ("limit total", "keyword"),
    ("@mail", "type"),
    ("total @mail 30", "constant.numeric"),
    ("2min", "type"),
    ("args.items", "variable"),
    ("send_mail", "function"),
    ("matches", "keyword"),
]
POLICY = 'group mail = send_mail, a_*;\nlimit total @mail 30/2min of args.items[0].n as "m";\ndeny a when args.b matches "x\\\\d";\n'


def screen(arguments, environment, keys):
    """Runs a program in a terminal, types, and returns what it wrote after each key."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(environment)
        os.execvp(arguments[0], arguments)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def listen(first, quiet):
        """What comes, beginning within `first` seconds, until nothing comes for `quiet` seconds."""
        written = b""
        wait = first
        while select.select([terminal], [], [], wait)[0]:
            try:
                written += os.read(terminal, 65536)
            except OSError:
                break
            wait = quiet
        return written

    listen(10, 1)
    pieces = []
    for key in keys:
        os.write(terminal, key.encode())
        pieces.append(listen(5, 0.4))
    try:
        os.kill(child, 9)
    except ProcessLookupError:
        pass
    os.waitpid(child, 0)
    os.close(terminal)
    return pieces


def main():
    if not HX:
        sys.exit("helix: the program `hx` is missing (HX names it)")
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "helix")
        shutil.copytree(HERE / "runtime", config / "runtime")
        (config / "runtime" / "grammars").mkdir()
        languages = (HERE / "languages.toml").read_text(encoding="utf-8")
        languages = languages.replace("/where/policyc/is/lsp/editors", str(HERE.parent))
        text = 'use-grammars = { only = ["policyc"] }\n' + languages
        (config / "languages.toml").write_text(text, encoding="utf-8")
        environment = dict(os.environ, XDG_CONFIG_HOME=folder, XDG_CACHE_HOME=folder, TERM="xterm-256color")

        def run(*arguments):
            result = subprocess.run([HX, *arguments], env=environment, capture_output=True, text=True, check=False)
            return re.sub(r"\x1b\[[0-9;]*m|\x1b\(B", "", result.stdout + result.stderr)

        print(run("--version").strip())
        built = run("--grammar", "build")
        health = run("--health", "policyc")
        for line in ("Tree-sitter parser: ✓", "Highlight queries: ✓", "Textobject queries: ✓", "Indent queries: ✓"):
            if line not in health:
                failures.append(f"--health lacks {line!r}\n{built}\n{health}")

        if not failures:
            policy = Path(folder, "a.pol")
            policy.write_text(POLICY, encoding="utf-8")
            keys = [(f"gg/{pattern}\r;", ":tree-sitter-highlight-name\r") for pattern, _ in NAMES]
            pieces = screen([HX, str(policy)], environment, [key for pair in keys for key in pair])
            for (pattern, wanted), piece in zip(NAMES, pieces[1::2], strict=True):
                text = re.sub(rb"\x1b\[[0-9;:? ]*[A-Za-z]", b" ", piece).decode("utf-8", "replace")
                # The name is the last that is written, into the line of the status.
                name = text.split()[-1] if text.split() else ""
                if name != wanted:
                    failures.append(f"{pattern!r} is {name!r}, not {wanted}")

            # Indentation: lines that are typed in.
            policy.write_text("policy a {\n}\n", encoding="utf-8")
            screen([HX, str(policy)], environment, ["A\rlimit b 5/min;", "\x1b", ":w\r"])
            typed = policy.read_text(encoding="utf-8")
            if typed != "policy a {\n  limit b 5/min;\n}\n":
                failures.append(f"indentation: {typed!r}")

    for failure in failures:
        print(failure, file=sys.stderr)
    print("helix: ok" if not failures else f"helix: {len(failures)} problems")
    sys.exit(1 if failures else 0)


main()
