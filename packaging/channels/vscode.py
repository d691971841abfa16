"""The extension for Visual Studio Code, with the program in it."""

import shutil

from .common import ROOT, run

EXTENSION = ROOT / "lsp/editors/vscode"


def build(release, platform, files, folder, output):
    if not (EXTENSION / "node_modules").is_dir():
        run("npm", "ci", "--silent", cwd=EXTENSION)
    # A copy, as the package for all platforms is made from the same folder and carries no program. The build takes the grammar from
    # beside it.
    copy = folder / "vscode"
    tracked = [path for path in EXTENSION.rglob("*") if path.is_file() and "node_modules" not in path.parts]
    for path in tracked:
        inside = path.relative_to(EXTENSION)
        if inside.parts[0] not in ("dist", "dist-test", "bin") and path.suffix != ".vsix":
            (copy / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy / inside)
    shutil.copytree(EXTENSION.parent / "textmate", folder / "textmate")
    (copy / "node_modules").symlink_to(EXTENSION / "node_modules", target_is_directory=True)
    (copy / "bin").mkdir()
    shutil.copy(files / f"policyc{platform.suffix}", copy / "bin")
    package = output / f"policyc-{release.version}-{platform.vscode}.vsix"
    options = ["--no-dependencies", "--allow-missing-repository", f"--target={platform.vscode}", f"--out={package}"]
    # Times in a zip file are local.
    env = {"SOURCE_DATE_EPOCH": str(release.epoch), "TZ": "UTC"}
    run("npx", "--no-install", "vsce", "package", *options, cwd=copy, env=env)
    return [package]
