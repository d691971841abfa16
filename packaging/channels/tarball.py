"""The tarball: the program with completions, manual pages, licences and an example."""

import gzip
import tarfile


def build(release, platform, files, folder, output):
    name = f"policyc-{release.version}-{platform.target}"
    path = output / f"{name}.tar.gz"

    def plain(entry):
        entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = release.epoch, 0, 0, "", ""
        return entry

    # The header of gzip would have the time and the name of a file.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for file in sorted([files, *files.rglob("*")]):
                archive.add(file, f"{name}/{file.relative_to(files)}".rstrip("/."), recursive=False, filter=plain)
    return [path]
