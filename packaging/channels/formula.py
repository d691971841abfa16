"""The Homebrew formula for a release, from the tarballs in a folder."""

import hashlib

from .common import HERE, PLATFORMS


def build(release, output):
    """Writes `policyc.rb` with the checksums of the tarballs that are there, and nothing about platforms whose tarball is not."""
    text = (HERE / "homebrew/policyc.rb").read_text().replace("@VERSION@", release.version)
    missing = []
    for platform in PLATFORMS:
        tarball = output / f"policyc-{release.version}-{platform.target}.tar.gz"
        mark = f"@{platform.target}@"
        if mark in text and tarball.is_file():
            text = text.replace(mark, hashlib.sha256(tarball.read_bytes()).hexdigest())
        elif mark in text:
            missing.append(platform.target)
    (output / "policyc.rb").write_text(text)
    print(f"policyc.rb{': no tarball for ' + ', '.join(missing) if missing else ''}")
    return not missing
