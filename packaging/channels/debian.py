"""The Debian package, by dpkg-deb."""

import gzip
import hashlib
import shutil
from email.utils import format_datetime

from .common import HERE, run

MAINTAINER = "The policyc authors <policyc@packages.invalid>"
# Where Debian's shells look for completions.
COMPLETIONS = {
    "policyc.bash": "usr/share/bash-completion/completions/policyc",
    "_policyc": "usr/share/zsh/vendor-completions/_policyc",
    "policyc.fish": "usr/share/fish/vendor_completions.d/policyc.fish",
}


def build(release, platform, files, folder, output):
    root = folder / "root"
    documents = root / "usr/share/doc/policyc"
    version = f"{release.version}-1"
    put(files / "policyc", root / "usr/bin/policyc", 0o755)
    for name, place in COMPLETIONS.items():
        put(files / "completions" / name, root / place)
    for page in sorted((files / "man/man1").iterdir()):
        packed(page.read_bytes(), root / "usr/share/man/man1" / f"{page.name}.gz")
    shutil.copytree(files / "examples", documents / "examples", copy_function=shutil.copyfile)
    put(files / "policyc.cdx.json", documents / "policyc.cdx.json")
    packed((files / "THIRD-PARTY-LICENSES.txt").read_bytes(), documents / "THIRD-PARTY-LICENSES.txt.gz")
    put(HERE / "debian/copyright", documents / "copyright")
    put(HERE / "debian/lintian-overrides", root / "usr/share/lintian/overrides/policyc")
    packed((files / "CHANGELOG.md").read_bytes(), documents / "changelog.gz")
    entry = f"policyc ({version}) unstable; urgency=medium\n\n  * Package policyc {release.text}.\n\n -- {MAINTAINER}  {format_datetime(release.date)}\n"
    packed(entry.encode(), documents / "changelog.Debian.gz")
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    control = (HERE / "debian/control").read_text()
    filled = {"VERSION": version, "ARCHITECTURE": platform.debian, "MAINTAINER": MAINTAINER, "SIZE": str(-(-size // 1024))}
    for name, value in filled.items():
        control = control.replace(f"@{name}@", value)
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN/control").write_text(control)
    installed = [path for path in sorted(root.glob("usr/**/*")) if path.is_file()]
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in installed]
    (root / "DEBIAN/md5sums").write_text("".join(sums))
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path == root / "usr/bin/policyc" else 0o644)
    package = output / f"policyc_{version}_{platform.debian}.deb"
    # It gives files that are younger than this the time of the commit.
    env = {"SOURCE_DATE_EPOCH": str(release.epoch)}
    run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, package, env=env)
    return [package]


def put(file, place, mode=0o644):
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)
    place.chmod(mode)


def packed(data, place):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(gzip.compress(data, 9, mtime=0))
