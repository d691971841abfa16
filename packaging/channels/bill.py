"""What is linked into the program: a software bill of materials (CycloneDX), and the licences that go with it."""

import json
import os
import sys
import tomllib
import uuid
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from .common import LICENSE, ROOT, SUMMARY, run


def linked(platform):
    """The packages that are linked into the program, as `cargo metadata` describes them, with those that each needs."""
    tree = ["tree", "--locked", "--package=policyc", "--edges=normal,no-proc-macro", f"--target={platform.target}"]
    lines = run("cargo", *tree, "--prefix=none", "--format={p}", "--no-dedupe").splitlines()
    names = {tuple(line.split(" ")[:2]) for line in lines if line}
    known = json.loads(run("cargo", "metadata", "--locked", "--format-version=1", f"--filter-platform={platform.target}"))
    packages = {one["id"]: one for one in known["packages"] if (one["name"], f"v{one['version']}") in names}
    if len(packages) != len(names):
        sys.exit("cargo metadata and cargo tree do not agree on the packages")
    for node in known["resolve"]["nodes"]:
        if node["id"] in packages:
            normal = [one["pkg"] for one in node["deps"] if any(kind["kind"] is None for kind in one["dep_kinds"])]
            packages[node["id"]]["needs"] = [packages[one] for one in normal if one in packages]
    return sorted(packages.values(), key=lambda one: (one["name"], one["version"]))


def libraries(platform):
    """What is linked that cargo does not list: name, version, licence."""
    found = [("rust-std", run("rustc", "--version").split()[1], "MIT OR Apache-2.0")]
    if platform.target.endswith("-linux-gnu"):
        found.append(("glibc", os.confstr("CS_GNU_LIBC_VERSION").split()[1], "LGPL-2.1-or-later"))
    return found


def materials(release, platform, packages):
    """The bill as JSON, valid by the schema of CycloneDX 1.6."""
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    checksums = {(one["name"], one["version"]): one.get("checksum") for one in locked}
    parts = {}
    for one in packages:
        name, version = one["name"], one["version"]
        sha = checksums.get((name, version))
        parts[one["id"]] = Component(
            name=name, version=version, type=ComponentType.APPLICATION if name == "policyc" else ComponentType.LIBRARY,
            bom_ref=f"{name}@{version}", purl=PackageURL("cargo", None, name, version), description=one["description"],
            licenses=[LicenseExpression((one["license"] or "").replace("/", " OR "))],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha)] if sha else [],
        )  # fmt: skip
    program = next(part for part in parts.values() if part.name == "policyc")
    others = [
        Component(name=name, version=version, bom_ref=f"{name}@{version}", licenses=[LicenseExpression(license)])
        for name, version, license in libraries(platform)
    ]
    serial = uuid.uuid5(uuid.NAMESPACE_OID, f"policyc {release.text} {platform.target}")
    bill = Bom(serial_number=serial, components=[*(part for part in parts.values() if part is not program), *others])
    bill.metadata.timestamp = release.date
    bill.metadata.component = program
    bill.metadata.properties = [Property(name="policyc:target", value=platform.target), Property(name="policyc:source", value=release.source)]
    for one in packages:
        needs = [parts[need["id"]] for need in one["needs"]]
        bill.register_dependency(parts[one["id"]], needs + (others if parts[one["id"]] is program else []))
    for other in others:
        bill.register_dependency(other)
    text = JsonV1Dot6(bill).output_as_string(indent=1) + "\n"
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error:
        sys.exit(f"the bill of materials is not valid: {error}")
    return text


def licenses(platform, packages):
    """The licences of everything that is linked, each text once, before it the packages that come with it."""
    texts = {}
    for one in packages:
        if one["source"] is None:
            continue
        folder = Path(one["manifest_path"]).parent
        files = sorted(path for path in folder.iterdir() if path.name.upper().startswith(("LICEN", "COPYING", "NOTICE")) and path.is_file())
        label = f"{one['name']} {one['version']} ({one['license']})"
        # A crate without a file names its licence, and says no more.
        bodies = [path.read_text(encoding="utf-8", errors="replace").strip().replace("\r\n", "\n") for path in files] or [""]
        for body in bodies:
            texts.setdefault(body, []).append(label)
    parts = [f"{SUMMARY}: {LICENSE}.\n\nWhat is linked into the program, with its licences:\n"]
    notes = {"rust-std": "the standard library of Rust", "glibc": "the GNU C Library; its source is in every Linux distribution"}
    parts.append("".join(f"{name} {version} ({license}), {notes[name]}\n" for name, version, license in libraries(platform)))
    for body, labels in sorted(texts.items(), key=lambda item: item[1]):
        parts.append("\n".join(labels) + "\n" + (f"\n{body}\n" if body else ""))
    return f"\n{'-' * 80}\n\n".join(parts)
