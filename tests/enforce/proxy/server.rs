//! Servers that do not behave. They are in this program: it is started again with the name of this test, and `POLICYC_TEST_SERVER` says
//! how to behave.

#![allow(clippy::exit, clippy::print_stderr, reason = "it is a program of its own")]

use std::io::{BufRead as _, Write as _};
use std::time::Duration;

/// What the test harness is told to run only this.
pub(super) const WORDS: [&str; 3] = ["proxy::server::serve", "--exact", "--nocapture"];

#[test]
fn serve() {
    if let Ok(how) = std::env::var("POLICYC_TEST_SERVER") {
        run(&how);
        std::process::exit(0);
    }
}

fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(format!("{line}\n").as_bytes()).and_then(|()| output.flush());
}

/// Each line that has arrived is in the file that `POLICYC_TEST_ARRIVED` names.
fn run(how: &str) {
    let arrived = std::env::var("POLICYC_TEST_ARRIVED").unwrap();
    let mut arrived = std::fs::File::options().append(true).create(true).open(arrived).unwrap();
    let note = |text: &str| eprintln!("server: {text}");
    match how {
        "deaf" => std::thread::sleep(Duration::from_secs(3_600)),
        "flood" => loop {
            say(&format!(
                "{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":\"{}\"}}",
                "x".repeat(60_000)
            ));
        },
        _ => {}
    }
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        arrived.write_all(&line).unwrap();
        if how == "careless" {
            // As some servers do: a carriage return ends a message.
            line.split(|byte| *byte == b'\r').for_each(answer);
        } else if how == "dies" && line.windows(4).any(|word| word == b"call") {
            std::process::exit(3);
        } else if how != "silent" {
            answer(&line);
        }
        line.clear();
    }
    note("the client has ended");
    if how == "stubborn" {
        // It does not end, and neither does what it has started.
        let mut child = std::process::Command::new("sleep").arg("3600").spawn().unwrap();
        note(&format!("started {}", child.id()));
        let _ = child.wait();
    }
}

fn answer(line: &[u8]) {
    let Ok(message) = serde_json::from_slice::<serde_json::Value>(line) else { return };
    let Some(id) = message.get("id") else { return };
    let result = match message["method"].as_str() {
        Some("tools/list") => {
            serde_json::json!({"tools": [{"name": "get_status", "inputSchema": {"type": "object"}}, {"name": "secret"}]})
        }
        Some("tools/call") => {
            serde_json::json!({"content": [{"type": "text", "text": format!("ran {}", message["params"]["name"])}]})
        }
        _ => serde_json::json!({}),
    };
    say(&serde_json::json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string());
}
