//! No other command touches the network, but for a proxy whose options name an address.

use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) fn tests() -> Vec<(&'static str, fn())> {
    vec![("quiet::the_others_send_nothing", the_others_send_nothing)]
}

/// All other commands, in a place that counts what finds no way out. The fetch shows that it counts.
fn the_others_send_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/catalogues/shop.json");
    std::fs::write(folder.path().join("p.pol"), "deny *;\nallow a;\nlimit a 30/min per grant;\n").unwrap();
    let lines = [
        "check POLICY",
        "lint POLICY",
        "fmt --check POLICY",
        "compile POLICY -o out.json --leave limits --leave approval",
        "describe POLICY",
        "eval POLICY --call {\"name\":\"a\"}",
        "replay POLICY --log log.jsonl",
        "diff POLICY POLICY",
        "limits POLICY",
        "can POLICY a",
        "test POLICY",
        "targets POLICY",
        "targets",
        "explain unknown-tool",
        "catalogue show CATALOGUE",
        "completions bash",
        "man man",
        "lsp",
        "--help",
    ];
    let script = "\
                  while read -r line; do \"$0\" $line </dev/null >>output.txt 2>&1; echo \"$?\" >>codes.txt; done <lines.txt; \
                  awk '/^Ip:/ && $13 ~ /^[0-9]/ {print $13}' /proc/net/snmp; \
                  \"$0\" catalogue fetch --timeout 5 --url http://192.0.2.1/mcp >>output.txt 2>&1; \
                  awk '/^Ip:/ && $13 ~ /^[0-9]/ {print $13}' /proc/net/snmp";
    std::fs::write(folder.path().join("log.jsonl"), "{\"name\": \"a\"}\n").unwrap();
    let words = |line: &&str| {
        let line = line.replace("POLICY", "p.pol");
        line.replace("CATALOGUE", &catalogue.display().to_string())
    };
    std::fs::write(folder.path().join("lines.txt"), lines.iter().map(words).collect::<Vec<_>>().join("\n") + "\n")
        .unwrap();
    let run = Command::new("unshare")
        .args(["-rn", "sh", "-c", script, env!("CARGO_BIN_EXE_policyc")])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output();
    // Without namespaces there is no such place.
    let Ok(run) = run else { return };
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let Some((others, fetch)) =
        String::from_utf8(run.stdout).unwrap().trim().split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned()))
    else {
        return;
    };
    // Each did its work, whatever it found: `limits` and the others exit with 0 or 1.
    assert_eq!(
        read("codes.txt").lines().filter(|code| matches!(*code, "0" | "1")).count(),
        lines.len(),
        "{}",
        read("output.txt")
    );
    assert_eq!(others, "0", "{}", read("output.txt"));
    assert!(fetch.parse::<u32>().unwrap() > 0, "nothing is counted here: {fetch}");
}
