"""A wheel for pip: the program is its script."""

import shutil
import sys

from .common import LICENSE, SUMMARY, run

LICENSES = ["LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-LICENSES.txt"]


def build(release, platform, files, folder, output):
    name = f"policyc-{release.version}"
    scripts = folder / f"{name}.data/scripts"
    info = folder / f"{name}.dist-info"
    for needed in (scripts, info / "licenses", info / "sboms"):
        needed.mkdir(parents=True)
    shutil.copy(files / f"policyc{platform.suffix}", scripts)
    for license in LICENSES:
        shutil.copy(files / license, info / "licenses")
    shutil.copy(files / "policyc.cdx.json", info / "sboms")
    metadata = [
        "Metadata-Version: 2.4",
        "Name: policyc",
        f"Version: {release.version}",
        f"Summary: {SUMMARY}",
        "Keywords: mcp,policy,compiler,linter,gateway",
        f"License-Expression: {LICENSE}",
        *(f"License-File: {license}" for license in LICENSES),
        "Requires-Python: >=3.8",
        "Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM",
    ]
    (info / "METADATA").write_text("\n".join(metadata) + "\n\n" + (files / "README.md").read_text(), newline="\n")
    tags = [f"Tag: py3-none-{tag}\n" for tag in platform.wheel.split(".")]
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nGenerator: packaging/build\nRoot-Is-Purelib: false\n" + "".join(tags), newline="\n")
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.parent == scripts else 0o644)
    env = {"SOURCE_DATE_EPOCH": str(release.epoch)}
    run(sys.executable, "-m", "wheel", "pack", f"--dest-dir={output}", folder, env=env)
    return [output / f"{name}-py3-none-{platform.wheel}.whl"]
