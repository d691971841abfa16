//! Policies in compiled form: used as long as nothing has changed, and never if they are damaged.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{hook, shop};

const EVENT: &str = r#"{"session_id": "s", "hook_event_name": "PreToolUse", "tool_call_id": "c", "tool_name": "mcp__pay__wire-money", "tool_input": {"amount": 500}}"#;
const DENIED: &str = "More than a hundred goes through the bank. (deny@4) Set `args.amount` to 10 instead of 500.\n";

fn reason(folder: &Path) -> String {
    hook(folder, "qwen-code", &[], EVENT.as_bytes()).2
}

/// The one compiled form.
fn compiled(folder: &Path) -> PathBuf {
    let found: Vec<PathBuf> =
        std::fs::read_dir(folder.join("cache")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// A compiled form of a file with another text in it, and the checksum that belongs to it.
fn forged(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    let mut bytes = bytes.to_vec();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    let start = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let sum = Sha256::digest(&bytes[start + 32..]);
    bytes[start..start + 32].copy_from_slice(&sum);
    bytes
}

#[test]
fn a_compiled_form_is_used_while_nothing_has_changed() {
    let folder = shop();
    let folder = folder.path();
    assert_eq!(reason(folder), DENIED);
    let path = compiled(folder);
    let bytes = std::fs::read(&path).unwrap();
    // A checksum is no signature: that is how it can be seen that the file is used.
    let other = forged(&bytes, "More than a hundred", "LESS than a hundred");
    std::fs::write(&path, &other).unwrap();
    assert_eq!(reason(folder), DENIED.replace("More", "LESS"));
    let changes: [(&str, &str); 5] = [
        ("shop.pol", &super::SHOP.replace("goes", "went")),
        ("tools.json", &super::TOOLS.replace("number", "integer")),
        ("policyc.toml", "[targets]\n"),
        ("policyc.toml", ""),
        ("policyc.lock", ""),
    ];
    for (name, text) in changes {
        std::fs::write(folder.join(name), text).unwrap();
        assert!(!reason(folder).contains("LESS"), "{name}");
        // What is not read any more has been written anew, unless the change was a mistake.
        let now = std::fs::read(&path).unwrap();
        if let Some(at) = now.windows(9).position(|window| window == b"More than") {
            assert!(at > 0);
            std::fs::write(&path, forged(&now, "More than a hundred", "LESS than a hundred")).unwrap();
            assert!(reason(folder).contains("LESS"), "{name}");
        }
    }
}

#[test]
fn what_is_damaged_is_not_used() {
    let folder = shop();
    let folder = folder.path();
    assert_eq!(reason(folder), DENIED);
    let path = compiled(folder);
    let bytes = std::fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(13) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        assert_eq!(reason(folder), DENIED, "{at}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{at}");
    }
    for end in [0, 10, 40, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..end]).unwrap();
        assert_eq!(reason(folder), DENIED, "{end}");
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_eq!(reason(folder), DENIED);
}

#[cfg(unix)]
#[test]
fn what_others_may_write_to_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let folder = shop();
    let folder = folder.path();
    assert_eq!(reason(folder), DENIED);
    let path = compiled(folder);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let other = forged(&std::fs::read(&path).unwrap(), "More than a hundred", "LESS than a hundred");
    for (of, wide, narrow) in [(path.as_path(), 0o620, 0o600), (path.parent().unwrap(), 0o722, 0o700)] {
        std::fs::write(&path, &other).unwrap();
        assert_eq!(reason(folder), DENIED.replace("More", "LESS"));
        std::fs::set_permissions(of, PermissionsExt::from_mode(wide)).unwrap();
        assert_eq!(reason(folder), DENIED);
        std::fs::set_permissions(of, PermissionsExt::from_mode(narrow)).unwrap();
    }
}

/// A policy with errors is not compiled, and an old form does not live on.
#[test]
fn mistakes_are_not_hidden_by_a_compiled_form() {
    let folder = shop();
    let folder = folder.path();
    assert_eq!(reason(folder), DENIED);
    std::fs::write(folder.join("tools.json"), "{\"tools\": []}").unwrap();
    assert!(reason(folder).contains("has errors, on line"), "{}", reason(folder));
    std::fs::write(folder.join("tools.json"), super::TOOLS).unwrap();
    assert_eq!(reason(folder), DENIED);
}

/// What would pass satisfies the schema, also if the policy was kept without it; and is not said of tools that must not be disclosed.
#[test]
fn what_would_pass_is_the_same_with_a_compiled_form() {
    let folder = shop();
    let tools = r#"{"tools": [{"name": "wire-money", "inputSchema": {"properties": {"amount": {"multipleOf": 20}}}}]}"#;
    std::fs::write(folder.path().join("tools.json"), tools).unwrap();
    std::fs::write(
        folder.path().join("shop.pol"),
        "server pay from \"tools.json\"; deny *; allow wire-money when args.amount < 98;",
    )
    .unwrap();
    let ask = |more: &[&str]| hook(folder.path(), "qwen-code", more, EVENT.as_bytes()).2;
    for _ in 0..2 {
        assert_eq!(ask(&[]), "Requires args.amount < 98. Set `args.amount` to 80 instead of 500.\n");
        assert_eq!(ask(&["--undisclosed", "wire-*"]), "Requires args.amount < 98.\n");
        assert_eq!(ask(&["--undisclosed", "other"]), ask(&[]));
    }
}
