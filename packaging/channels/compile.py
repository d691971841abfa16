"""Builds the program, the same bytes in any folder."""

import json
import os
import re
import sys
from pathlib import Path

from .common import ROOT, run


def build(release, platform):
    """The path of the program, stripped; on Linux without dynamic libraries, so that it runs on every distribution."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    cargo = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")).resolve()
    # The last that fits counts. Folders of this machine must not show up in messages of panics.
    folders = {cargo: "/cargo", ROOT: "/policyc", target: "/target"}
    flags = [f"--remap-path-prefix={folder}={name}" for folder, name in folders.items()]
    if "-linux-" in platform.target or "-windows-" in platform.target:
        flags += ["-C", "target-feature=+crt-static"]
    env = {
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        "CARGO_INCREMENTAL": "0",
        "CARGO_TARGET_DIR": str(target),
        "SOURCE_DATE_EPOCH": str(release.epoch),
        "POLICYC_SOURCE": release.source,
    }
    if "-windows-" not in platform.target:
        env["CFLAGS"] = " ".join(f"-ffile-prefix-map={folder}={name}" for folder, name in folders.items())
    # With `--target` the flags are not those of build scripts, which must be able to load macros.
    command = ["cargo", "build", "--locked", "--profile", "dist", "--package", "policyc", "--target", platform.target]
    messages = run(*command, "--message-format=json", env=env)
    for line in messages.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "policyc":
            return Path(message["executable"])
    sys.exit("cargo built no program")


def check(program, platform):
    """Ends with a message if the program is not what the packages say of it."""
    if not platform.is_linux:
        return
    dynamic = run("readelf", "--dynamic", "--program-headers", program)
    if "(NEEDED)" in dynamic or re.search(r"^\s+INTERP", dynamic, re.MULTILINE):
        sys.exit(f"{program} needs dynamic libraries, and the packages say that it needs none")
