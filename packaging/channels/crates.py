"""The sources for `cargo install`: the crates, as a registry would take them."""

import shutil

from .common import run

NAMES = ["policyc", "policyc-core", "policyc-enforce", "policyc-fetch", "policyc-lsp", "policyc-process"]


def build(release, platform, files, folder, output):
    modified = ["--allow-dirty"] if release.modified else []
    run("cargo", "package", "--workspace", "--locked", "--no-verify", *modified, "--target-dir", folder)
    made = []
    for name in NAMES:
        made.append(output / f"{name}-{release.version}.crate")
        shutil.copyfile(folder / "package" / made[-1].name, made[-1])
    return made
