//! Files are written without changing what they are, and without losing anything.
#![cfg(unix)]

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use crate::run::Exit;
use crate::run::in_process;

const BEFORE: &str = "deny   *;\n// a comment that makes it longer\n";
const AFTER: &str = "deny *;\n// a comment that makes it longer\n";

fn fmt(path: &Path) -> (Exit, String) {
    let (exit, _, errors) = in_process(&["fmt", path.to_str().unwrap()], b"");
    (exit, errors)
}

/// No temporary file is left.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn links_stay_links() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let [a, b, c] = ["a.pol", "b.pol", "c.pol"].map(|name| folder.join(name));
    std::fs::write(&a, BEFORE).unwrap();
    std::fs::hard_link(&a, &b).unwrap();
    std::os::unix::fs::symlink("a.pol", &c).unwrap();
    assert_eq!(fmt(&c), (Exit::Fine, String::new()));
    for path in [&a, &b, &c] {
        assert_eq!(std::fs::read_to_string(path).unwrap(), AFTER);
    }
    assert_eq!(std::fs::metadata(&a).unwrap().ino(), std::fs::metadata(&b).unwrap().ino());
    assert!(std::fs::symlink_metadata(&c).unwrap().is_symlink());
    assert_eq!(names(folder), ["a.pol", "b.pol", "c.pol"]);
}

#[test]
fn the_owner_and_the_rights_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pol");
    std::fs::write(&path, BEFORE).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    // Only root can give a file away.
    let given = std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).is_ok();
    assert_eq!(fmt(&path), (Exit::Fine, String::new()));
    let data = std::fs::metadata(&path).unwrap();
    assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), data.mode() & 0o777), (AFTER, 0o640));
    assert!(!given || data.uid() == 65_534);
    assert_eq!(names(folder.path()), ["a.pol"]);
}

#[test]
fn a_file_that_is_read_only_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pol");
    std::fs::write(&path, BEFORE).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    let name = path.to_str().unwrap();
    let other = folder.path().join("b.pol");
    std::fs::write(&other, "deny *;").unwrap();
    let other = other.to_str().unwrap();
    for line in [&["fmt", name][..], &["compile", other, "-o", name], &["lint", "--write-baseline", name, other]] {
        let (exit, _, errors) = in_process(line, b"");
        assert!(exit == Exit::Failure && errors.contains("read-only"), "{line:?}: {errors}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), BEFORE);
    }
    assert_eq!(names(folder.path()), ["a.pol", "b.pol"]);
}

#[test]
fn a_file_that_is_mounted_on_its_own_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("a.pol"), BEFORE).unwrap();
    std::fs::write(folder.join("m.pol"), "x").unwrap();
    let script = "mount --bind a.pol m.pol && echo mounted && \"$0\" fmt m.pol";
    let run = Command::new("unshare").args(["-m", "sh", "-c", script, crate::run::BIN]).current_dir(folder).output();
    // Mounting takes root.
    let Ok(run) = run else { return };
    if String::from_utf8_lossy(&run.stdout).contains("mounted") {
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        assert_eq!(std::fs::read_to_string(folder.join("a.pol")).unwrap(), AFTER);
        assert_eq!(names(folder), ["a.pol", "m.pol"]);
    }
}
