"""The files that the channels take from: the program, and everything that is made with it."""

import shutil

from . import bill
from .common import ROOT, run

# The names of completion scripts, by shell.
COMPLETIONS = {"bash": "policyc.bash", "zsh": "_policyc", "fish": "policyc.fish", "powershell": "policyc.ps1", "elvish": "policyc.elv"}
LICENSES = ["LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-LICENSES.txt"]


def prepare(release, platform, program, folder):
    """A folder with the program, licences, completions, manual pages, an example and the software bill of materials."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    staged = folder / f"policyc{platform.suffix}"
    shutil.copy(program, staged)
    staged.chmod(0o755)
    for name in ("LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copy(ROOT / "packaging/README.md", folder / "README.md")
    example = folder / "examples/just_facebook"
    (example / "catalogues").mkdir(parents=True)
    for name in ("just_facebook.pol", "catalogues/just_facebook_mcp.json"):
        shutil.copy(ROOT / "examples/just_facebook" / name, example / name)
    (folder / "completions").mkdir()
    for shell, name in COMPLETIONS.items():
        (folder / "completions" / name).write_text(run(staged, "completions", shell), newline="\n")
    run(staged, "man", folder / "man/man1")
    packages = bill.linked(platform)
    (folder / "policyc.cdx.json").write_text(bill.materials(release, platform, packages), newline="\n")
    (folder / "THIRD-PARTY-LICENSES.txt").write_text(bill.licenses(platform, packages), newline="\n")
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path == staged else 0o644)
    return folder
