"""What all channels share: the version, the date, the platform, and how programs are run."""

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "packaging"
SUMMARY = "Compiler, checker and language server for a small policy language about MCP tool calls"
LICENSE = "MIT OR Apache-2.0"


def run(*command, cwd=ROOT, env=None):
    """Runs a program; what it wrote to standard output. If it fails, this ends with all that it wrote."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} gave {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@dataclass(frozen=True)
class Release:
    """What is packaged: its version, the commit, and the time of the commit in seconds since 1970."""

    version: str
    commit: str
    epoch: int
    modified: bool

    @property
    def date(self):
        return datetime.fromtimestamp(self.epoch, UTC)

    @property
    def source(self):
        """The value of `POLICYC_SOURCE` for the build script of the program."""
        return f"{self.commit} {self.date:%Y-%m-%d}{', modified' if self.modified else ''}" if self.commit else ""

    @property
    def text(self):
        return f"{self.version} ({self.source[:10]}{self.source[len(self.commit):]})" if self.commit else self.version

    @staticmethod
    def of_this_tree():
        """From Cargo.toml and git; without git from the archive's `source.txt` and `SOURCE_DATE_EPOCH`."""
        version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        if (ROOT / ".git").exists():
            commit, time = run("git", "log", "-1", "--format=%H %ct").split()
            modified = run("git", "status", "--porcelain") != ""
            return Release(version, commit, int(epoch or time), modified)
        commit, _, date = (ROOT / "crates/policyc/source.txt").read_text().strip().partition(" ")
        if commit.startswith("$"):
            return Release(version, "", int(epoch or 0), False)
        return Release(version, commit, int(epoch or datetime.fromisoformat(f"{date}T00:00:00+00:00").timestamp()), False)


@dataclass(frozen=True)
class Platform:
    """A platform, and what the channels call it. `None` where a channel does not know it."""

    target: str
    npm: tuple[str, str]
    wheel: str
    debian: str | None
    vscode: str

    @property
    def is_linux(self):
        return "-linux-" in self.target

    @property
    def suffix(self):
        return ".exe" if "-windows-" in self.target else ""

    def has(self, channel):
        return channel != "debian" or self.debian is not None


# A program without dynamic libraries runs with any C library, so both kinds of tag are true. Tags are sorted, as in the name of a wheel.
PLATFORMS = [
    Platform("x86_64-unknown-linux-gnu", ("linux", "x64"), "manylinux2014_x86_64.manylinux_2_17_x86_64.musllinux_1_1_x86_64", "amd64", "linux-x64"),
    Platform("aarch64-unknown-linux-gnu", ("linux", "arm64"), "manylinux2014_aarch64.manylinux_2_17_aarch64.musllinux_1_1_aarch64", "arm64", "linux-arm64"),
    Platform("x86_64-apple-darwin", ("darwin", "x64"), "macosx_10_12_x86_64", None, "darwin-x64"),
    Platform("aarch64-apple-darwin", ("darwin", "arm64"), "macosx_11_0_arm64", None, "darwin-arm64"),
    Platform("x86_64-pc-windows-msvc", ("win32", "x64"), "win_amd64", None, "win32-x64"),
]


def platform(target=None):
    """The platform with this name, or that of this machine."""
    if target is None:
        facts = run("rustc", "--version", "--verbose")
        target = next(line.removeprefix("host: ") for line in facts.splitlines() if line.startswith("host: "))
    for one in PLATFORMS:
        if one.target == target:
            return one
    sys.exit(f"{target} is not among the platforms: {', '.join(one.target for one in PLATFORMS)}")
