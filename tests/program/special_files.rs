//! Devices, pipes and large files: what a text names is read only if it is a regular file, what people name is read with a bound.
#![cfg(unix)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const BIN: &str = crate::run::BIN;

/// Runs policyc without input; the time is bounded, so that a read that waits fails the test.
fn policyc(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output: Output = Command::new("timeout")
        .args(["60", BIN])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), told)
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Writes into a pipe from another thread, until all is written or the reader has gone.
fn feed(path: &Path, pieces: usize, piece: Vec<u8>) {
    let path = path.to_path_buf();
    std::thread::spawn(move || {
        let mut file = std::fs::File::options().write(true).open(path).unwrap();
        (0..pieces).try_for_each(|_| file.write_all(&piece))
    });
}

#[test]
fn a_text_names_no_pipe_and_no_device() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pipe(&folder.join("pipe"));
    std::os::unix::fs::symlink("/dev/null", folder.join("link")).unwrap();
    for name in ["pipe", "link", "/dev/null", "/dev/stdin"] {
        for statement in ["import", "server s from"] {
            std::fs::write(folder.join("policy.pol"), format!("{statement} \"{name}\"; deny *;")).unwrap();
            for command in ["check", "lint", "compile", "describe"] {
                let format: &[&str] = if command == "describe" { &[] } else { &["--format", "short"] };
                let (code, told) = policyc(folder, &[&[command], format, &["policy.pol"]].concat());
                assert!(code == 1 && told.contains("P001"), "{command} {statement} {name}: {code} {told}");
                assert!(told.contains("not a regular file"), "{told}");
            }
        }
    }
}

#[test]
fn settings_are_a_regular_file_or_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("policy.pol"), "deny *;").unwrap();
    let settings = folder.join("policyc.toml");
    let expect = |reason: &str| {
        let (code, told) = policyc(folder, &["check", "policy.pol"]);
        assert!(code == 2 && told.contains("P004") && told.contains(reason), "{code} {told}");
    };
    pipe(&settings);
    expect("not a regular file");
    std::fs::remove_file(&settings).unwrap();
    std::os::unix::fs::symlink("nowhere.toml", &settings).unwrap();
    expect("there is no such file");
    std::fs::remove_file(&settings).unwrap();
    std::fs::create_dir(&settings).unwrap();
    expect("it is a folder");
    std::fs::remove_dir(&settings).unwrap();
    pipe(&folder.join("pipe"));
    std::fs::write(&settings, "[catalogues]\ns = \"pipe\"\n").unwrap();
    let (code, told) = policyc(folder, &["check", "--format", "short", "policy.pol"]);
    assert!(code == 1 && told.contains("P001") && told.contains("not a regular file"), "{told}");
}

#[test]
fn the_command_line_may_name_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("policy.pol"), "server s from \"none.json\"; deny *; allow a;").unwrap();
    let path = folder.join("pipe");
    pipe(&path);
    feed(&path, 1, b"deny *; allow a;".to_vec());
    let (code, told) = policyc(folder, &["check", "pipe"]);
    assert!(code == 0 && told.ends_with("pipe: 1 warning\n"), "{told}");
    feed(&path, 1, b"[{\"name\": \"a\"}]".to_vec());
    let (code, told) = policyc(folder, &["check", "--catalogue", "s=pipe", "policy.pol"]);
    assert_eq!(code, 0, "{told}");
    std::fs::write(folder.join("policy.pol"), "deny *; allow a;").unwrap();
    // A log that can be read only once is learnt from, too.
    let catalogue = r#"[{"name": "a", "inputSchema": {"type": "object"}}]"#;
    std::fs::write(folder.join("s.json"), catalogue).unwrap();
    feed(&path, 1, b"{\"name\": \"a\", \"arguments\": {}}\n".to_vec());
    let (code, told) = policyc(folder, &["init", "--catalogue", "s.json", "--from-log", "pipe"]);
    assert!(code == 0 && told.contains("limit a 2/min;"), "{told}");
    for command in [["eval", "--calls"], ["replay", "--log"]] {
        feed(&path, 1, b"{\"name\": \"a\", \"arguments\": {}}\n".to_vec());
        let (code, told) = policyc(folder, &[command[0], "policy.pol", command[1], "pipe"]);
        assert_eq!(code, 0, "{told}");
    }
}

#[test]
fn what_can_be_read_once_is_not_watched() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("policy.pol"), "deny *;").unwrap();
    pipe(&folder.join("pipe"));
    for arguments in [
        &["watch", "pipe"][..],
        &["watch", "/dev/null"],
        &["watch", "--catalogue", "s=pipe", "policy.pol"],
        &["watch", "--assertions", "pipe", "policy.pol"],
        &["serve", "pipe", "--listen", "127.0.0.1:0"],
        &["serve", "--catalogue", "s=pipe", "policy.pol", "--listen", "127.0.0.1:0"],
        &["serve", "--token-file", "pipe", "policy.pol", "--listen", "127.0.0.1:0"],
    ] {
        let (code, told) = policyc(folder, arguments);
        assert!(code == 2 && told.contains("is a pipe or device, which cannot be watched"), "{arguments:?}: {told}");
    }
}

#[test]
fn what_the_command_line_names_is_read_with_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = folder.join("pipe");
    pipe(&path);
    for command in [
        &["check", "pipe"][..],
        &["lint", "pipe"],
        &["fmt", "--check", "pipe"],
        &["diff", "pipe", "pipe"],
        &["hook", "--client", "codex", "pipe", "--cache", "cache"],
        &["hook", "--install", "cursor", "pipe", "--settings", "hooks.json"],
        &["proxy", "pipe", "--", "true"],
        &["catalogue", "fetch", "--from-config", "pipe", "-o", "out"],
    ] {
        feed(&path, 70, vec![b'\n'; 1 << 20]);
        let (code, told) = policyc(folder, command);
        assert!(code == 2 && told.contains("P003") && told.contains("larger than 64 MiB"), "{command:?}: {told}");
    }
    // Its size says so, and hardly anything of it is on the disk.
    let large = std::fs::File::create(folder.join("large.pol")).unwrap();
    large.set_len(300 << 20).unwrap();
    std::fs::write(folder.join("policy.pol"), "import \"large.pol\";").unwrap();
    let (code, told) = policyc(folder, &["check", "--format", "short", "policy.pol"]);
    assert!(code == 1 && told.contains("P003"), "{told}");
    assert!(policyc(folder, &["check", "large.pol"]).1.contains("P003"));
}
