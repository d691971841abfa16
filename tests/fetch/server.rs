//! A server over standard input and output that behaves as a mode says.

#![expect(clippy::exit, clippy::zombie_processes, reason = "these are the faults that are tried")]

use std::io::{BufRead, Write};
use std::time::Duration;

use serde_json::{Value, json};

/// Serves until standard input ends, or as the mode has it.
pub(crate) fn serve(mode: &str) {
    match mode {
        // It does not even notice that nobody wants it any more.
        "never" => forever(),
        "loud" => (0..40_000).for_each(|number| eprintln!("{number} {}", "x".repeat(1_000))),
        "loud-death" => {
            (0..40_000).for_each(|number| eprintln!("{number} \u{1b}[31m{}", "x".repeat(1_000)));
            std::process::exit(3);
        }
        "noise" => println!("Welcome!\n\n{{\"level\": \"info\"}}\n[1"),
        "children" => {
            let own = std::env::current_exe().unwrap();
            let marker = std::env::args().nth(3).unwrap();
            std::process::Command::new(own).args(["--serve", "never", &marker]).spawn().unwrap();
        }
        "long-line" => {
            let piece = "x".repeat(1 << 20);
            (0..17).for_each(|_| print!("{piece}"));
            std::io::stdout().flush().unwrap();
            forever();
        }
        _ => {}
    }
    let mut lists = 0;
    for line in std::io::stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let (id, method) = (&message["id"], message["method"].as_str().unwrap_or_default());
        match (mode, method) {
            (_, "initialize") => initialize(mode, id, &message),
            (_, "server/discover") => discover(mode, id),
            (_, "tools/list") => {
                lists += 1;
                list(mode, id, &message, lists);
            }
            _ => {}
        }
    }
}

fn forever() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1_000));
    }
}

fn say(message: &Value) {
    println!("{message}");
}

fn answer(id: &Value, result: &Value) {
    say(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
}

fn error(id: &Value, code: i64, message: &str) {
    say(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}));
}

fn discover(mode: &str, id: &Value) {
    let modern = |version: &str| {
        answer(
            id,
            &json!({
                "resultType": "complete", "supportedVersions": [version], "capabilities": {"tools": {}}, "ttlMs": 5, "cacheScope": "public",
                "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "modern", "version": "2"}},
            }),
        );
    };
    match mode {
        "modern" => modern("2026-07-28"),
        "slow-modern" => {
            std::thread::sleep(Duration::from_secs(4));
            modern("2026-07-28");
        }
        "modern-of-old" => modern("2025-11-25"),
        "silent-discovery" => {}
        "dies-of-discovery" => std::process::exit(1),
        "odd-error" => error(id, -32_000, "Bad Request: no valid session"),
        "odd-result" => answer(id, &json!({"ok": true})),
        "null-id" => error(&Value::Null, -32_600, "invalid request"),
        "capability" => error(id, -32_021, "missing capability"),
        _ => error(id, -32_601, "Method not found"),
    }
}

fn initialize(mode: &str, id: &Value, message: &Value) {
    let version = match mode {
        "future" => "2099-01-01",
        "older" => "2024-11-05",
        _ => message["params"]["protocolVersion"].as_str().unwrap(),
    };
    match mode {
        "slow-modern" | "modern" => error(id, -32_601, "Method not found"),
        "refuses" => error(id, -32_603, "no \u{1b}[31mdatabase"),
        "asks" => {
            say(&json!({"jsonrpc": "2.0", "id": 0, "method": "ping"}));
            say(&json!({"jsonrpc": "2.0", "id": "a", "method": "roots/list"}));
            say(&json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": 1}}));
            answer(
                id,
                &json!({"protocolVersion": version, "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}),
            );
        }
        // A name that is no string would be an error to a typed reader.
        "odd-about" => answer(id, &json!({"protocolVersion": version, "serverInfo": {"name": 1}})),
        _ => answer(
            id,
            &json!({"protocolVersion": version, "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}),
        ),
    }
}

fn list(mode: &str, id: &Value, message: &Value, lists: u32) {
    let cursor = message["params"]["cursor"].as_str();
    let tool = |name: &str| json!({"name": name, "inputSchema": {"type": "object"}});
    let page = |names: &[&str], next: Option<&str>| {
        let tools: Vec<Value> = names.iter().map(|name| tool(name)).collect();
        match next {
            Some(next) => answer(id, &json!({"tools": tools, "nextCursor": next})),
            None => answer(id, &json!({"tools": tools})),
        }
    };
    match mode {
        "endless" => page(&[&format!("t{lists}")], Some(&format!("c{lists}"))),
        "same-cursor" => page(&[&format!("t{lists}")], Some("again")),
        "empty-cursor" => match cursor {
            None => page(&["b"], Some("")),
            Some("") => page(&["a"], Some("x")),
            _ => page(&["c"], None),
        },
        "odd-cursor" => answer(id, &json!({"tools": [tool("a")], "nextCursor": 7})),
        // Two pages, and between them a tool goes from the second to the first.
        "moving" => match cursor {
            None => page(&["a", &format!("b{lists}")], Some("next")),
            Some(_) => page(&[&format!("b{}", lists - 1), "c"], None),
        },
        "moving-once" => match (lists, cursor) {
            (1, _) => page(&["a", "b"], Some("next")),
            (2, _) => page(&["b", "c"], None),
            (_, None) => page(&["a"], Some("next")),
            _ => page(&["b", "c"], None),
        },
        "announced" => {
            if lists == 1 {
                say(&json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}));
                page(&["a"], None);
            } else {
                page(&["a", "b"], None);
            }
        }
        "listed-twice" => match cursor {
            None => page(&["a"], Some("next")),
            Some(_) => page(&["a"], None),
        },
        "bad-tool" => answer(
            id,
            &json!({"tools": [
            tool("good"), {"description": "no name"}, "no tool", {"name": 5},
            {"name": "null", "inputSchema": null, "outputSchema": true, "annotations": {"readOnlyHint": "yes"}, "unknown": [1]},
            {"name": "last", "execution": {"taskSupport": "optional"}, "icons": 1},
        ], "ttlMs": 1.5}),
        ),
        "owners-word" => answer(
            id,
            &json!({"tools": [{"name": "old", "x-policyc": {"class": "financial"}}, {"name": "new", "x-policyc": 1}]}),
        ),
        "numbers" => println!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"tools\":[{{\"name\":\"n\",\"inputSchema\":{{\"maximum\":9007199254740993,\"minimum\":-1.50e400,\"x\":1.0}}}}],\"ttlMs\":60000}}}}"
        ),
        "twice" => println!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"tools\":[{{\"name\":\"a\",\"n\\u0061me\":\"b\"}}]}}}}"
        ),
        "deep" => println!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"tools\":[{{\"name\":\"a\",\"inputSchema\":{}{}}}]}}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        ),
        "malformed" => println!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"tools\":[}}"),
        "no-array" => answer(id, &json!({"tools": {}})),
        "input-required" => answer(id, &json!({"resultType": "input_required", "tools": [tool("a")]})),
        "empty" => page(&[], None),
        "unlisted" => error(id, -32_601, "Method not found"),
        "dies" => {
            print!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"too");
            eprintln!("the database is gone");
            std::process::exit(7);
        }
        "late" => {
            std::thread::sleep(Duration::from_secs(9));
            page(&["a"], None);
        }
        "huge" => {
            let text = "x".repeat(15 << 20);
            answer(
                id,
                &json!({"tools": [{"name": format!("t{lists}"), "description": text}], "nextCursor": format!("c{lists}")}),
            );
        }
        "tells" => {
            let secret = std::env::var("THE_API_KEY").unwrap_or_default();
            let argument = std::env::args().nth(5).unwrap_or_default();
            eprintln!("connecting with {secret} and {argument}");
            answer(id, &json!({"tools": [{"name": "a", "description": format!("signed in as {secret}, {argument}")}]}));
        }
        "tells-and-dies" => {
            let secret = std::env::var("THE_API_KEY").unwrap_or_default();
            let argument = std::env::args().nth(5).unwrap_or_default();
            // Longer than what is kept, so that the cut goes through it.
            eprintln!("{}", secret.repeat(2_000));
            eprintln!("{}{secret} {argument}", "y".repeat(295));
            error(id, -32_603, &format!("{}{secret} {argument}", "z".repeat(295)));
        }
        _ => page(&["b", "a"], None),
    }
}
