"""The package for npm that carries the program of one platform; `launcher` makes the one that people install."""

import json
import shutil

from .common import LICENSE, run


def build(release, platform, files, folder, output):
    package = folder / "package"
    package.mkdir()
    for name in (f"policyc{platform.suffix}", "policyc.cdx.json", "THIRD-PARTY-LICENSES.txt"):
        shutil.copy(files / name, package)
    manifest = {
        "name": name_of(platform),
        "version": release.version,
        "description": f"policyc for {platform.npm[0]} on {platform.npm[1]}; install policyc instead",
        "license": LICENSE,
        "os": [platform.npm[0]],
        "cpu": [platform.npm[1]],
        "preferUnplugged": True,
    }
    return [pack(package, manifest, files, output)]


def name_of(platform):
    return f"@policyc/{platform.npm[0]}-{platform.npm[1]}"


def pack(package, manifest, files, output):
    """Adds what every package has, and makes the tarball."""
    for name in ("README.md", "LICENSE-MIT", "LICENSE-APACHE"):
        shutil.copy(files / name, package)
    (package / "package.json").write_text(json.dumps(manifest, indent=2) + "\n", newline="\n")
    report = json.loads(run("npm", "pack", "--json", "--ignore-scripts", f"--pack-destination={output}", cwd=package))
    # A list of packages, or from npm 12 an object by their names.
    entry = next(iter(report.values())) if isinstance(report, dict) else report[0]
    return output / entry["filename"].replace("@", "").replace("/", "-")
