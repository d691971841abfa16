//! What the packages say is what `Cargo.toml` and the README say.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::run::BIN;

fn read(path: &str) -> String {
    let path = crate::support::root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn version() -> String {
    let manifest = read("Cargo.toml");
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    line.unwrap().to_owned()
}

#[test]
fn the_extension_has_the_version_of_the_workspace() {
    for file in ["package.json", "package-lock.json"] {
        let manifest: Value = serde_json::from_str(&read(&format!("lsp/editors/vscode/{file}"))).unwrap();
        assert_eq!(manifest["version"], version().as_str(), "{file}");
    }
    let locked: Value = serde_json::from_str(&read("lsp/editors/vscode/package-lock.json")).unwrap();
    assert_eq!(locked["packages"][""]["version"], version().as_str());
}

#[test]
fn the_crates_depend_on_each_other_in_this_version() {
    let manifests = ["crates/enforce", "crates/fetch", "crates/policyc", "lsp"];
    let manifests = manifests.map(|folder| read(&format!("{folder}/Cargo.toml"))).concat();
    let dependencies: Vec<&str> = manifests.lines().filter(|line| line.starts_with("policyc-")).collect();
    assert_eq!(dependencies.len(), 9);
    for line in dependencies {
        assert!(line.contains(&format!("version = \"{}\"", version())), "{line}");
    }
}

/// Recipes take the version from `Cargo.toml`; one that has it written down would keep it when that changes.
#[test]
fn no_recipe_has_the_version() {
    let mut folders = vec![crate::support::root().join("packaging")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                let text = fs::read_to_string(&path).unwrap();
                assert!(!text.contains(&version()), "{} has the version", path.display());
            }
        }
    }
    assert!(files > 15, "only {files} files");
    assert!(!read(".github/workflows/release.yml").contains(&version()));
}

/// The commands of a clone come first, by cargo alone; then the other channels, the same on both pages.
#[test]
fn the_readme_begins_with_cargo_and_lists_the_channels() {
    let readme = read("README.md");
    let mut commands = readme.split("```sh\n").skip(1).filter_map(|block| block.lines().next());
    assert_eq!(commands.next(), Some("cargo run -- compile examples/just_facebook/just_facebook.pol"));
    assert_eq!(commands.next(), Some("cargo test"));
    let page = read("docs/install.md");
    let table = readme.split("\n| channel |").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
    let channels: Vec<&str> = table.lines().skip(2).collect();
    assert!(channels.len() >= 8, "{channels:?}");
    for channel in channels {
        for cell in channel.split('|').skip(2).map(str::trim).filter(|cell| cell.starts_with('`')) {
            assert!(page.contains(&format!("| {cell} |")), "docs/install.md has no cell {cell}");
        }
    }
}

/// The version, then the commit and its date if git knows them.
#[test]
fn the_program_says_version_commit_and_date() {
    let output = Command::new(BIN).arg("--version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let rest = text.trim_end().strip_prefix(&format!("policyc {}", version())).unwrap();
    let mut git = Command::new("git");
    git.args(["ls-files", "--error-unmatch", "crates/policyc/build.rs"]).current_dir(crate::support::root());
    if !git.output().is_ok_and(|output| output.status.success()) {
        assert_eq!(rest, "");
        return;
    }
    let inside = rest.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')')).unwrap();
    let (commit, date) = inside.split_once(' ').unwrap();
    assert!(commit.len() == 10 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
    assert!(date.len() >= 10 && date.split('-').count() == 3, "{text}");
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man");
    let output = Command::new(BIN).arg("man").arg(&pages).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let written: Vec<String> = {
        let mut names: Vec<String> =
            fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let page = fs::read_to_string(pages.join("policyc.1")).unwrap();
    let listed = page.lines().filter_map(|line| line.strip_prefix("policyc\\-")?.strip_suffix("(1)"));
    let mut wanted: Vec<String> = listed.map(|name| format!("policyc-{name}.1")).collect();
    assert!(wanted.len() > 15, "{page}");
    wanted.extend(
        ["show", "classify", "fetch", "diff", "lock", "review"].map(|name| format!("policyc-catalogue-{name}.1")),
    );
    wanted.push("policyc.1".to_owned());
    wanted.sort();
    assert_eq!(written, wanted);
    // The columns of examples stay.
    let check = fs::read_to_string(pages.join("policyc-compile.1")).unwrap();
    assert!(check.contains(".SH EXAMPLES\n.nf\n"), "{check}");
    // A folder that cannot be made is the caller's mistake.
    fs::write(folder.path().join("file"), "").unwrap();
    let output = Command::new(BIN).arg("man").arg(folder.path().join("file/man")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
