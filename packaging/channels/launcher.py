"""The package `policyc` for npm: it depends on those of all platforms, of which npm installs one, and starts the program in that."""

import shutil

from . import npm
from .common import HERE, LICENSE, PLATFORMS, SUMMARY


def build(release, platform, files, folder, output):
    package = folder / "package"
    (package / "bin").mkdir(parents=True)
    shutil.copy(HERE / "npm/policyc.js", package / "bin/policyc.js")
    (package / "bin/policyc.js").chmod(0o755)
    manifest = {
        "name": "policyc",
        "version": release.version,
        "description": SUMMARY,
        "keywords": ["mcp", "policy", "compiler", "linter", "gateway"],
        "license": LICENSE,
        "bin": {"policyc": "bin/policyc.js"},
        "engines": {"node": ">=16"},
        "optionalDependencies": {npm.name_of(one): release.version for one in PLATFORMS},
    }
    return [npm.pack(package, manifest, files, output)]
