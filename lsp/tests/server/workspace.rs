//! Several files: names across imports, spellings of addresses, files that others use.

use std::fs;

use crate::session::{Client, codes, folder, uri};
use serde_json::{Value, json};

/// The edits of an answer, by document and line, in order.
fn edited(answer: &Value) -> Vec<(String, u64, String)> {
    let mut all = Vec::new();
    for (document, edits) in answer["result"]["changes"].as_object().into_iter().flatten() {
        for edit in edits.as_array().unwrap() {
            let line = edit["range"]["start"]["line"].as_u64().unwrap();
            let name = document.rsplit('/').next().unwrap().to_owned();
            all.push((name, line, edit["newText"].as_str().unwrap().to_owned()));
        }
    }
    all.sort();
    all
}

async fn rename(client: &mut Client, uri: &str, line: u32, character: u32, to: &str) -> Value {
    let position = json!({"line": line, "character": character});
    client
        .answer_to("textDocument/rename", json!({"textDocument": {"uri": uri}, "position": position, "newName": to}))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_changes_in_all_files_that_import_it() {
    let folder = folder();
    fs::create_dir(folder.path().join("sub")).unwrap();
    let base = "let mx = 5;\ngroup ours = q, r;\ndeny *;\n";
    fs::write(folder.path().join("base.pol"), base).unwrap();
    // One that is closed, one that imports it through that one, and one that has nothing to do with it.
    fs::write(folder.path().join("sub/b.pol"), "import \"../base.pol\";\nallow @ours when args.n == mx;\n").unwrap();
    fs::write(folder.path().join("c.pol"), "import \"sub/b.pol\";\nallow s when args.n < mx;\n").unwrap();
    fs::write(folder.path().join("d.pol"), "let mx = 1;\nlet free = 2;\nallow s when args.n < mx;\n").unwrap();
    let mut client = Client::start(folder.path()).await;
    let base = client.open(&folder.path().join("base.pol"), base).await;
    let answer = rename(&mut client, &base, 0, 5, "free").await;
    let edit = |file: &str, line: u64, text: &str| (file.to_owned(), line, text.to_owned());
    assert_eq!(
        edited(&answer),
        [edit("b.pol", 1, "free"), edit("base.pol", 0, "free"), edit("c.pol", 1, "free")],
        "{answer}"
    );
    let answer = rename(&mut client, &base, 1, 7, "theirs").await;
    assert_eq!(edited(&answer), [edit("b.pol", 1, "theirs"), edit("base.pol", 1, "theirs")], "{answer}");
    let found =
        client.at("textDocument/references", &base, 0, 5, json!({"context": {"includeDeclaration": true}})).await;
    assert_eq!(found.as_array().unwrap().len(), 3, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_an_importing_file_has_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("other.pol"), "let third = 1;\n").unwrap();
    let importer = "import \"base.pol\";\nimport \"other.pol\";\nlet other = 1;\ngroup a = q;\nallow q when args.n == mx;\npolicy p {\n  let inner = 2;\n  deny q when args.n == mx;\n}\npolicy q {\n  let quiet = 3;\n  deny q when args.n == quiet;\n}\n";
    fs::write(folder.path().join("b.pol"), importer).unwrap();
    let mut client = Client::start(folder.path()).await;
    let base = client.open(&folder.path().join("base.pol"), "let mx = 5;\ngroup g = r;\ndeny *;\n").await;
    for (line, character, to, why) in [
        (0, 5, "other", "b.pol imports this file, and has a `let` named `other` already, on line 3"),
        (0, 5, "third", "other.pol, which has a `let` named `third` already, on line 1"),
        (0, 5, "inner", "b.pol imports this file, and has a `let` named `inner` already, on line 7"),
        (1, 7, "a", "b.pol imports this file, and has a group named `a` already, on line 4"),
        (1, 7, "write", "there is a built-in set named `write` already"),
    ] {
        let answer = rename(&mut client, &base, line, character, to).await;
        assert!(answer["error"]["message"].as_str().unwrap_or_default().contains(why), "{to}: {answer}");
    }
    // A `let` and a group may share a name, and so may the blocks of a file.
    assert!(rename(&mut client, &base, 0, 5, "a").await["error"].is_null());
    let importer = client.open(&folder.path().join("b.pol"), importer).await;
    assert_eq!(edited(&rename(&mut client, &importer, 6, 7, "quiet").await).len(), 1);
    assert!(rename(&mut client, &importer, 6, 7, "other").await["error"].is_object());
    assert!(rename(&mut client, &importer, 6, 7, "mx").await["error"].is_object());
    assert!(rename(&mut client, &importer, 2, 5, "quiet").await["error"].is_object(), "a block would hide it");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_whatever_its_address_looks_like() {
    let root = folder();
    let folder = root.path().join("a b [c] é%");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("shop.json"), fs::read(root.path().join("shop.json")).unwrap()).unwrap();
    let text = "server shop from \"shop.json\";\ndeny *;\nallow get_ordr;\n";
    fs::write(folder.join("p.pol"), text).unwrap();
    let mut client = Client::start(root.path()).await;
    // As many clients write it that join texts, and as it should be.
    let plain = uri(&folder.join("p.pol"));
    let escaped = plain.replace(' ', "%20").replace('[', "%5b").replace(']', "%5D").replace("é%", "%C3%a9%25");
    client.open_uri(&plain, text).await;
    let found = client.diagnostics_until(&plain, |found| codes(found).contains(&"unknown-tool")).await;
    assert!(found.iter().all(|one| one["code"] != "unreadable-file"), "{found:?}");
    for same in [&plain, &escaped] {
        let text = client.request("policyc/text", json!({"textDocument": {"uri": same}})).await;
        assert_eq!(text["version"], 1, "{same}");
    }
    // Answers name it as the client has opened it, also to one who asks otherwise.
    let context = json!({"context": {"includeDeclaration": true}});
    let found = client.at("textDocument/references", &escaped, 0, 8, context).await;
    assert_eq!(found[0]["uri"], json!(plain), "{found}");
    let hover = client.at("textDocument/definition", &escaped, 0, 20, json!({})).await;
    assert!(hover[0]["uri"].as_str().unwrap().ends_with("/a%20b%20%5Bc%5D%20%C3%A9%25/shop.json"), "{hover}");
    // The text of the editor is the one that others import.
    let user = client.open(&root.path().join("user.pol"), "import \"a b [c] é%/p.pol\";\nallow @g;\n").await;
    client.diagnostics_until(&user, |found| codes(found).contains(&"unknown-set")).await;
    client.change(&plain, "group g = get_order;\ndeny *;\n").await;
    client.diagnostics_until(&user, |found| !codes(found).contains(&"unknown-set")).await;
    let status = client.request("policyc/status", Value::Null).await;
    assert_eq!(status["documents"].as_array().unwrap().len(), 2, "{status}");
    client.close(&user).await;
    client.close(&escaped).await;
    client.diagnostics_until(&plain, <[Value]>::is_empty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_catalogue_is_named_where_it_is_used() {
    let folder = folder();
    let good = fs::read_to_string(folder.path().join("shop.json")).unwrap();
    fs::write(folder.path().join("shop.json"), &good[..good.len() / 2]).unwrap();
    fs::write(folder.path().join("base.pol"), "server shop from \"shop.json\";\ndeny *;\n").unwrap();
    let mut client = Client::start(folder.path()).await;
    let text = "deny *;\nserver shop from \"shop.json\";\nallow get_order;\n";
    let named = |found: &[Value]| {
        found
            .iter()
            .find(|one| one["message"].as_str().unwrap().contains("catalogue `shop.json` has an error"))
            .cloned()
    };
    let policy = client.open(&folder.path().join("p.pol"), text).await;
    let found = client.diagnostics_until(&policy, |found| named(found).is_some()).await;
    let place = named(&found).unwrap();
    assert_eq!((&place["range"]["start"]["line"], &place["severity"]), (&json!(1), &json!(1)), "{place}");
    let related = &place["relatedInformation"][0]["location"]["uri"];
    assert_eq!(*related, json!(uri(&folder.path().join("shop.json"))));
    let user = client.open(&folder.path().join("user.pol"), "import \"base.pol\";\nallow get_order;\n").await;
    let found = client.diagnostics_until(&user, |found| named(found).is_some()).await;
    assert_eq!(named(&found).unwrap()["range"]["start"]["line"], 0, "at the import");
    // Repaired on the disk, and broken once more in the editor.
    fs::write(folder.path().join("shop.json"), &good).unwrap();
    let catalogue = uri(&folder.path().join("shop.json"));
    let changes = json!({"changes": [{"uri": catalogue, "type": 2}]});
    client.notify("workspace/didChangeWatchedFiles", changes).await;
    for document in [&policy, &user] {
        client.diagnostics_until(document, |found| named(found).is_none()).await;
    }
    client.open_uri(&catalogue, &good).await;
    client.change(&catalogue, "{\"tools\": [").await;
    for document in [&policy, &user] {
        client.diagnostics_until(document, |found| named(found).is_some()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lone_carriage_returns_end_lines() {
    let folder = folder();
    let mut client = Client::start(folder.path()).await;
    let text = "// é\rserver shop from \"shop.json\";\rdeny *;\r\nallow get_order;\nallow get_ordr;\r";
    let policy = client.open(&folder.path().join("p.pol"), text).await;
    let found = client.diagnostics_until(&policy, |found| codes(found).contains(&"unknown-tool")).await;
    let unknown = found.iter().find(|one| one["code"] == "unknown-tool").unwrap();
    assert_eq!(unknown["range"]["start"], json!({"line": 4, "character": 6}));
    let at = |line: u32, character: u32| json!({"line": line, "character": character});
    client.edit(&policy, json!([{"range": {"start": at(4, 13), "end": at(4, 13)}, "text": "e"}])).await;
    client.edit(&policy, json!([{"range": {"start": at(0, 9), "end": at(1, 0)}, "text": "\r\r"}])).await;
    let text = client.request("policyc/text", json!({"textDocument": {"uri": policy}})).await;
    let expected = "// é\r\rserver shop from \"shop.json\";\rdeny *;\r\nallow get_order;\nallow get_order;\r";
    assert_eq!(text["text"], expected);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_never_ends_is_not_read() {
    let folder = folder();
    let pipe = |name: &str| {
        let made = std::process::Command::new("mkfifo").arg(folder.path().join(name)).status();
        assert!(made.unwrap().success());
    };
    pipe("pipe.pol");
    pipe("pipe.json");
    fs::create_dir(folder.path().join("inner")).unwrap();
    pipe("inner/policyc.toml");
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.pol")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.json")).unwrap();
    let mut client = Client::start(folder.path()).await;
    let other =
        client.open(&folder.path().join("other.pol"), "server shop from \"shop.json\";\nallow get_order;\n").await;
    let named = ["pipe.pol", "zero.pol", "/dev/zero", "pipe.json", "zero.json"];
    for (number, name) in named.into_iter().enumerate() {
        let text = match name.ends_with(".pol") {
            true => format!("import \"{name}\";\ndeny *;\n"),
            false => format!("server odd from \"{name}\";\ndeny *;\n"),
        };
        let policy = client.open(&folder.path().join(format!("{number}.pol")), &text).await;
        // Before anything is known of it, and after.
        for _ in 0..2 {
            let hover = client.at("textDocument/hover", &other, 1, 8, json!({})).await;
            assert!(hover["contents"]["value"].as_str().unwrap().contains("get_order"), "{name}: {hover}");
            let place = client.request("textDocument/documentLink", json!({"textDocument": {"uri": policy}})).await;
            assert!(place.is_array() || place.is_null(), "{name}: {place}");
            client.at("textDocument/definition", &policy, 0, 8, json!({})).await;
            client.at("textDocument/completion", &policy, 1, 5, json!({})).await;
            let report = json!({"textDocument": {"uri": policy}});
            let found = client.request("textDocument/diagnostic", report).await["items"].clone();
            let first =
                found.as_array().unwrap().iter().find(|one| one["severity"] == 1).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(first["range"]["start"]["line"], 0, "{name}: {first}");
            assert!(first["message"].as_str().unwrap().contains(name), "{name}: {first}");
        }
    }
    let inner = client.open(&folder.path().join("inner/p.pol"), "deny *;\n").await;
    client.diagnostics_until(&inner, |found| codes(found).contains(&"bad-configuration")).await;
    client.request("workspace/symbol", json!({"query": "get"})).await;
    assert!(client.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_says_which_server_an_artefact_is_for() {
    let folder = folder();
    fs::write(folder.path().join("policyc.toml"), "[targets]\npolicylayer.server = \"b\"\nintercept.server = \"c\"\n")
        .unwrap();
    let mut client = Client::start(folder.path()).await;
    let text = "server a from \"shop.json\";\nserver b from \"shop.json\";\ndeny *;\nallow a::get_order;\n";
    let policy = client.open(&folder.path().join("p.pol"), text).await;
    let mut show = async |target: &str, server: Value| {
        let arguments = json!([policy, target, null, server]);
        let command = json!({"command": "policyc.showArtefact", "arguments": arguments});
        client.request("workspace/executeCommand", command).await
    };
    let answer = show("policylayer", Value::Null).await;
    assert!(answer["server"] == "b" && answer["text"].is_string(), "{answer}");
    assert_eq!(show("policylayer", json!("a")).await["server"], "a");
    let answer = show("intercept", Value::Null).await;
    assert!(answer["text"].is_null() && answer["problems"][0]["code"] == "bad-configuration", "{answer}");
    assert!(answer["problems"][0]["message"].as_str().unwrap().contains("it has `a`, `b`"), "{answer}");
    assert_eq!(answer["servers"], json!(["a", "b"]), "one of them can be chosen");
    assert_eq!(show("intercept", json!("a")).await["server"], "a");
}
