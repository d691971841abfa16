//! Each method, asked over the wire.

use std::fs;

use crate::session::{Client, codes, folder, uri};
use policyc_core::emit::TARGETS;
use serde_json::{Value, json};

const POLICY: &str = r#"server shop from "shop.json";
let most = 100;
group readers = get_order, get_comments;

/// Nothing passes that nobody thought of.
deny *;
allow @readers;
allow create_charge when args.amount <= most;
limit create_charge 10/hour;
limit create_charge 5000/day of args.amount as "spent";

test "a small charge passes" {
  call create_charge {"amount": 5, "currency": "EUR", "customer_id": "c"} -> allow;
}
test "a big one does not" {
  call create_charge {"amount": 500} -> allow;
}
"#;

/// Position of the first place of a text that has a mark `|` in it: line and UTF-16 column.
fn place(text: &str, pattern: &str) -> (u32, u32) {
    let before = pattern.find('|').unwrap();
    let wanted = pattern.replacen('|', "", 1);
    let at = text.find(&wanted).unwrap_or_else(|| panic!("no `{wanted}`")) + before;
    let line = u32::try_from(text[..at].matches('\n').count()).unwrap();
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    (line, u32::try_from(text[start..at].encode_utf16().count()).unwrap())
}

/// A text with the edits of the protocol applied, from the last to the first.
fn applied(text: &str, edits: &Value) -> String {
    let mut text = text.to_owned();
    let offset = |text: &str, place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        start + usize::try_from(place["character"].as_u64().unwrap()).unwrap()
    };
    let mut all = edits.as_array().unwrap().clone();
    all.sort_by_key(|edit| offset(&text, &edit["range"]["start"]));
    for edit in all.iter().rev() {
        let (start, end) = (offset(&text, &edit["range"]["start"]), offset(&text, &edit["range"]["end"]));
        text.replace_range(start..end, edit["newText"].as_str().unwrap());
    }
    text
}

struct Session {
    client: Client,
    folder: tempfile::TempDir,
    uri: String,
    text: String,
}

impl Session {
    async fn of(text: &str, capabilities: Value) -> Self {
        let folder = folder();
        let (mut client, _) = Client::start_with(folder.path(), capabilities).await;
        let uri = client.open(&folder.path().join("p.pol"), text).await;
        Self { client, folder, uri, text: text.to_owned() }
    }

    async fn start() -> Self {
        Self::of(POLICY, json!({})).await
    }

    async fn at(&mut self, method: &str, pattern: &str, more: Value) -> Value {
        let (line, character) = place(&self.text, pattern);
        let uri = self.uri.clone();
        self.client.at(method, &uri, line, character, more).await
    }

    async fn of_document(&mut self, method: &str) -> Value {
        let uri = self.uri.clone();
        self.client.request(method, json!({"textDocument": {"uri": uri}})).await
    }

    async fn linted(&mut self) {
        let uri = self.uri.clone();
        self.client.diagnostics_until(&uri, |found| codes(found).contains(&"untested-rule") || !found.is_empty()).await;
    }

    /// The lines on which places are.
    fn lines(places: &Value) -> Vec<u64> {
        places.as_array().unwrap().iter().map(|place| place["range"]["start"]["line"].as_u64().unwrap()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hover_tells_what_a_tool_is_and_what_the_policy_decides() {
    let mut session = Session::start().await;
    let found = session.at("textDocument/hover", "allow create_ch|arge", json!({})).await;
    let text = found["contents"]["value"].as_str().unwrap();
    assert_eq!(found["contents"]["kind"], "markdown");
    assert!(text.contains("financial") && text.contains("`amount`"), "{text}");
    assert!(text.contains("A call is denied unless") || text.contains("is at most"), "the decision: {text}");
    assert_eq!(found["range"]["start"]["character"], 6);
    let found = session.at("textDocument/hover", "10/ho|ur", json!({})).await;
    assert!(found["contents"]["value"].as_str().unwrap().contains("240"), "a day of it: {found}");
    assert_eq!(session.at("textDocument/hover", "deny *;|\n", json!({})).await["nothing"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn completion_and_what_it_says() {
    let text = POLICY.replace("allow @readers;", "allow @readers;\n\nlimit send_\n");
    let item = json!({"snippetSupport": true, "documentationFormat": ["markdown", "plaintext"]});
    let snippets = json!({"textDocument": {"completion": {"completionItem": item}}});
    for capabilities in [json!({}), snippets.clone()] {
        let mut session = Session::of(&text, capabilities.clone()).await;
        let found = session.at("textDocument/completion", "limit send_|", json!({})).await;
        let items = found["items"].as_array().unwrap();
        let tool = items.iter().find(|item| item["label"] == "send_mail").unwrap_or_else(|| panic!("{found}"));
        assert_eq!(tool["textEdit"]["range"]["start"]["character"], 6);
        assert_eq!(tool["textEdit"]["range"]["end"]["character"], 11);
        assert_eq!(tool["textEdit"]["newText"], "send_mail");
        // Editors show both beside the label, and the second falls back to `detail`: nothing stands there twice. The class comes first,
        // as narrow lists cut what is far from the name.
        assert_eq!(tool["labelDetails"], json!({"detail": " write · Send a mail"}), "{tool}");
        let total = items.iter().find(|item| item["label"] == "total").unwrap_or_else(|| panic!("{found}"));
        assert_eq!(total["labelDetails"], json!({"description": total["detail"]}), "{total}");
        let resolved = session.client.request("completionItem/resolve", tool.clone()).await;
        // Emacs, for one, does not say that it understands anything but strings here.
        let path = if capabilities == snippets { "/documentation/value" } else { "/documentation" };
        let said = resolved.pointer(path).and_then(Value::as_str);
        assert!(said.is_some_and(|said| said.contains("send_mail")), "{resolved}");

        let (line, _) = place(&text, "|\nlimit send_");
        let uri = session.uri.clone();
        let found = session.client.at("textDocument/completion", &uri, line, 0, json!({})).await;
        let snippet = found["items"].as_array().unwrap().iter().any(|item| item["insertTextFormat"] == 2);
        let places = found["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|item| item["textEdit"]["newText"].as_str().unwrap().contains("${"));
        assert_eq!((snippet, places), (capabilities == snippets, capabilities == snippets), "{found}");
    }
    // Paths are those of the folder.
    let mut session = Session::of("server shop from \"\";\n", json!({})).await;
    let found = session.at("textDocument/completion", "from \"|\"", json!({})).await;
    assert!(found["items"].as_array().unwrap().iter().any(|item| item["label"] == "shop.json"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures() {
    let mut session = Session::start().await;
    let found = session.at("textDocument/signatureHelp", "limit create_charge 1|0/hour", json!({})).await;
    let signature = &found["signatures"][0];
    let label = signature["label"].as_str().unwrap();
    assert!(label.starts_with("limit"), "{found}");
    let active = usize::try_from(found["activeParameter"].as_u64().unwrap()).unwrap();
    let bounds = &signature["parameters"][active]["label"];
    let bound = |index: usize| usize::try_from(bounds[index].as_u64().unwrap()).unwrap();
    assert!(label[bound(0)..bound(1)].contains('/'), "{label} {bounds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn definitions_lead_into_the_catalogue_and_back() {
    let mut session = Session::start().await;
    let catalogue = session.folder.path().join("shop.json");
    let text = fs::read_to_string(&catalogue).unwrap();
    for (pattern, name) in [("allow create_ch|arge", "\"create_charge\""), ("args.amo|unt <=", "\"amount\"")] {
        for method in ["textDocument/definition", "textDocument/declaration"] {
            let found = session.at(method, pattern, json!({})).await;
            assert_eq!(found[0]["uri"], json!(uri(&catalogue)), "{found}");
            let line = usize::try_from(Session::lines(&found)[0]).unwrap();
            assert!(text.lines().nth(line).unwrap().contains(name), "{found}");
        }
    }
    assert_eq!(Session::lines(&session.at("textDocument/definition", "<= mo|st", json!({})).await), [1]);
    assert_eq!(Session::lines(&session.at("textDocument/definition", "@read|ers", json!({})).await), [2]);
    let found = session.at("textDocument/definition", "\"sh|op.json\"", json!({})).await;
    assert_eq!(found[0]["uri"], json!(uri(&catalogue)));
    assert_eq!(session.at("textDocument/definition", "all|ow @", json!({})).await, Value::Null);

    // From the open catalogue to the rules.
    let shop = session.client.open(&catalogue, &text).await;
    let (line, character) = place(&text, "\"create_ch|arge\"");
    let found = session
        .client
        .at("textDocument/references", &shop, line, character, json!({"context": {"includeDeclaration": false}}))
        .await;
    assert_eq!(Session::lines(&found), [5, 7, 8, 9, 12, 15], "{found}");
    let found = session.client.at("textDocument/definition", &shop, line, character, json!({})).await;
    assert_eq!(Session::lines(&found), [5, 7, 8, 9, 12, 15]);

    let links = json!({"textDocument": {"definition": {"linkSupport": true}}});
    let mut session = Session::of(POLICY, links).await;
    let found = session.at("textDocument/definition", "<= mo|st", json!({})).await;
    assert_eq!(found[0]["originSelectionRange"]["start"]["character"], 40, "{found}");
    assert_eq!(found[0]["targetRange"]["end"]["character"], 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn references_and_highlights() {
    let mut session = Session::start().await;
    let context = |with: bool| json!({"context": {"includeDeclaration": with}});
    // A group that has the tool speaks of it, too.
    let found = session.at("textDocument/references", "readers = get_or|der", context(false)).await;
    assert_eq!(Session::lines(&found), [2, 5, 6], "{found}");
    let found = session.at("textDocument/references", "let mo|st", context(true)).await;
    assert_eq!(Session::lines(&found), [1, 7]);
    let found = session.at("textDocument/documentHighlight", "@read|ers", json!({})).await;
    assert_eq!(Session::lines(&found), [2, 6]);
    let kinds: Vec<_> = found.as_array().unwrap().iter().map(|one| one["kind"].as_u64().unwrap()).collect();
    assert_eq!(kinds, [3, 2], "written, read");
}

#[tokio::test(flavor = "multi_thread")]
async fn renaming() {
    let mut session = Session::start().await;
    let found = session.at("textDocument/prepareRename", "allow @read|ers", json!({})).await;
    assert_eq!(found["placeholder"], "readers");
    assert_eq!(found["range"]["start"]["character"], 7, "without the `@`");
    let found = session.at("textDocument/rename", "<= mo|st", json!({"newName": "limit_of_charge"})).await;
    let edits = &found["changes"][&session.uri];
    assert_eq!(applied(POLICY, edits), POLICY.replace("most", "limit_of_charge"));
    let found = session.at("textDocument/rename", "group read|ers", json!({"newName": "r"})).await;
    assert_eq!(applied(POLICY, &found["changes"][&session.uri]), POLICY.replace("readers", "r"));
    // What cannot be is refused with a reason.
    for (pattern, name, why) in [
        ("allow create_ch|arge", "x", "the name of a tool is its server's"),
        ("let mo|st", "allow", "cannot be a name"),
        ("let mo|st", "a b", "cannot be a name"),
        ("group read|ers", "write", "built-in set"),
    ] {
        let (line, character) = place(POLICY, pattern);
        let params = json!({"textDocument": {"uri": session.uri}, "position": {"line": line, "character": character}, "newName": name});
        let answer = session.client.answer_to("textDocument/rename", params).await;
        assert!(answer["error"]["message"].as_str().unwrap_or_default().contains(why), "{answer}");
    }

    // What imports the file is changed, too, and clients that can check versions get them.
    let versions = json!({"workspace": {"workspaceEdit": {"documentChanges": true}}});
    let mut session = Session::of("group ours = a, b;\nlet most = 5;\n", versions).await;
    let main = session.folder.path().join("main.pol");
    let user = session.client.open(&main, "import \"p.pol\";\ndeny *;\nallow @ours when args.n < most;\n").await;
    let found = session.at("textDocument/rename", "group ou|rs", json!({"newName": "theirs"})).await;
    let changes = found["documentChanges"].as_array().unwrap();
    assert_eq!(changes.len(), 2, "{found}");
    let other = changes.iter().find(|change| change["textDocument"]["uri"] == json!(user)).unwrap();
    assert_eq!(other["textDocument"]["version"], 1);
    assert_eq!(
        other["edits"][0]["range"],
        json!({"start": {"line": 2, "character": 7}, "end": {"line": 2, "character": 11}})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn symbols_folds_selections_and_links() {
    let nested = json!({"textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}}});
    let text = format!("{POLICY}policy strict {{\n  deny get_comments;\n}}\n// one\n// two\n");
    let mut session = Session::of(&text, nested).await;
    let symbols = session.of_document("textDocument/documentSymbol").await;
    let names: Vec<&str> = symbols.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names[..4], ["shop", "most", "@readers", "deny *"]);
    assert_eq!(symbols.as_array().unwrap().last().unwrap()["children"][0]["name"], "deny get_comments");
    let found = session.client.request("workspace/symbol", json!({"query": "DNYcomm"})).await;
    assert_eq!(
        (found[0]["name"].as_str(), found[0]["containerName"].as_str()),
        (Some("deny get_comments"), Some("strict"))
    );

    let folds = session.of_document("textDocument/foldingRange").await;
    let folds: Vec<_> = folds
        .as_array()
        .unwrap()
        .iter()
        .map(|fold| (fold["startLine"].as_u64().unwrap(), fold["endLine"].as_u64().unwrap()))
        .collect();
    assert_eq!(folds, [(11, 13), (14, 16), (17, 19), (20, 21)]);

    let (line, character) = place(&text, "args.amo|unt <=");
    let params = json!({"textDocument": {"uri": session.uri}, "positions": [{"line": line, "character": character}]});
    let mut range = &session.client.request("textDocument/selectionRange", params).await[0];
    let mut seen = Vec::new();
    loop {
        let (start, end) = (&range["range"]["start"], &range["range"]["end"]);
        seen.push((start["character"].as_u64().unwrap(), end["character"].as_u64().unwrap()));
        match range.get("parent") {
            Some(parent) => range = parent,
            None => break,
        }
    }
    assert_eq!(seen[..5], [(30, 36), (25, 36), (25, 44), (20, 44), (0, 45)], "{seen:?}");

    let links = session.of_document("textDocument/documentLink").await;
    assert_eq!(links[0]["target"], json!(uri(&session.folder.path().join("shop.json"))));
    assert_eq!(links[0]["range"], json!({"start": {"line": 0, "character": 18}, "end": {"line": 0, "character": 27}}));
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_whole_in_part_and_as_what_has_changed() {
    let mut session = Session::start().await;
    let full = session.of_document("textDocument/semanticTokens/full").await;
    let data = full["data"].as_array().unwrap().clone();
    assert!(data.len() > 100 && data.len().is_multiple_of(5));
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let uri = session.uri.clone();
    let part = session
        .client
        .request("textDocument/semanticTokens/range", json!({"textDocument": {"uri": uri}, "range": whole}))
        .await;
    assert_eq!(part["data"], full["data"]);
    let changed = POLICY.replace("10/hour", "10/hour per grant");
    session.client.change(&uri, &changed).await;
    let params = json!({"textDocument": {"uri": uri}, "previousResultId": full["resultId"]});
    let delta = session.client.request("textDocument/semanticTokens/full/delta", params).await;
    let mut patched = data;
    for edit in delta["edits"].as_array().unwrap() {
        let number = |key: &str| usize::try_from(edit[key].as_u64().unwrap()).unwrap();
        let new = edit["data"].as_array().unwrap().clone();
        assert!(new.len() < 30, "only what has changed");
        patched.splice(number("start")..number("start") + number("deleteCount"), new);
    }
    let full = session.of_document("textDocument/semanticTokens/full").await;
    assert_eq!(json!(patched), full["data"]);
    // An id that nobody knows gets the whole.
    let params = json!({"textDocument": {"uri": uri}, "previousResultId": "what"});
    assert_eq!(session.client.request("textDocument/semanticTokens/full/delta", params).await["data"], full["data"]);
}

/// The action of a title.
fn action<'a>(actions: &'a Value, title: &str) -> &'a Value {
    let all = actions.as_array().unwrap();
    all.iter().find(|action| action["title"].as_str().unwrap().contains(title)).unwrap_or_else(|| {
        panic!("no `{title}` among {:#?}", all.iter().map(|action| &action["title"]).collect::<Vec<_>>())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_fix_silence_and_rewrite() {
    let text = POLICY.replace("allow @readers;", "allow @readers;\nallow send_mial;");
    let mut session =
        Session::of(&text, json!({"workspace": {"workspaceEdit": {"resourceOperations": ["create"]}}})).await;
    session.linted().await;
    let range = |text: &str, pattern: &str| {
        let (line, character) = place(text, pattern);
        json!({"start": {"line": line, "character": character}, "end": {"line": line, "character": character}})
    };
    let uri = session.uri.clone();
    let ask = |range: Value, only: Value| json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": [], "only": only}});
    let found = session.client.request("textDocument/codeAction", ask(range(&text, "send_m|ial"), Value::Null)).await;
    let fix = action(&found, "write `send_mail`");
    assert_eq!(
        (fix["kind"].as_str(), fix["diagnostics"][0]["code"].as_str()),
        (Some("quickfix"), Some("unknown-tool"))
    );
    assert_eq!(applied(&text, &fix["edit"]["changes"][&uri]), text.replace("mial", "mail"));
    let only =
        session.client.request("textDocument/codeAction", ask(range(&text, "send_m|ial"), json!(["refactor"]))).await;
    assert!(
        only.as_array().unwrap().iter().all(|action| action["kind"].as_str().unwrap().starts_with("refactor")),
        "{only}"
    );

    // Lints: silenced here and in the configuration, which is made where there is none.
    let text = POLICY.replace("let most = 100;", "let most = 100;\nlet other = 1;");
    session.client.change(&uri, &text).await;
    session.client.diagnostics_until(&uri, |found| codes(found).contains(&"unused-let")).await;
    let found = session.client.request("textDocument/codeAction", ask(range(&text, "let ot|her"), Value::Null)).await;
    let here = action(&found, "allow `unused-let` here");
    assert!(applied(&text, &here["edit"]["changes"][&uri]).contains("// policyc: allow(unused-let)"), "{here}");
    let operations =
        found.as_array().unwrap().iter().find_map(|action| action["edit"]["documentChanges"].as_array()).unwrap();
    assert_eq!(operations[0]["kind"], "create");
    assert_eq!(operations[0]["uri"], json!(crate::session::uri(&session.folder.path().join("policyc.toml"))));
    assert!(
        operations[1]["edits"][0]["newText"].as_str().unwrap().contains("unused-let = \"allow\""),
        "{operations:?}"
    );
    fs::write(session.folder.path().join("policyc.toml"), "# ours\n[lints]\nstrict = \"warn\"\n").unwrap();
    let found = session.client.request("textDocument/codeAction", ask(range(&text, "let ot|her"), Value::Null)).await;
    let toml = crate::session::uri(&session.folder.path().join("policyc.toml"));
    let changed = found.as_array().unwrap().iter().find_map(|action| action["edit"]["changes"].get(&toml)).unwrap();
    assert_eq!(changed[0]["newText"], "# ours\n[lints]\nstrict = \"warn\"\nunused-let = \"allow\"\n");

    // All that is safe, as on saving.
    let found =
        session.client.request("textDocument/codeAction", ask(range(&text, "|deny *"), json!(["source.fixAll"]))).await;
    let all = &found.as_array().unwrap()[0];
    assert_eq!((all["kind"].as_str(), found.as_array().unwrap().len()), (Some("source.fixAll.policyc"), 1), "{found}");
    assert!(!applied(&text, &all["edit"]["changes"][&uri]).contains("let other"), "{all}");

    let found = session
        .client
        .request("textDocument/codeAction", ask(range(&text, "allow @read|ers"), json!(["refactor"])))
        .await;
    let names = found.as_array().unwrap().iter().map(|action| action["title"].as_str().unwrap()).collect::<Vec<_>>();
    assert!(names.iter().any(|title| title.contains("readers")), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn formatting() {
    let ugly = "server shop from \"shop.json\";\ndeny   *;\nlimit   get_order    5/min   ;\nallow get_comments ;\n";
    let neat = "server shop from \"shop.json\";\ndeny *;\nlimit get_order 5/min;\nallow get_comments;\n";
    let mut session = Session::of(ugly, json!({})).await;
    let uri = session.uri.clone();
    let options = json!({"tabSize": 8, "insertSpaces": false});
    let found = session
        .client
        .request("textDocument/formatting", json!({"textDocument": {"uri": uri}, "options": options}))
        .await;
    assert_eq!(applied(ugly, &found), neat);
    let range = json!({"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 5}});
    let found = session
        .client
        .request(
            "textDocument/rangeFormatting",
            json!({"textDocument": {"uri": uri}, "range": range, "options": options}),
        )
        .await;
    assert_eq!(applied(ugly, &found), ugly.replace("limit   get_order    5/min   ;", "limit get_order 5/min;"));
    let found =
        session.at("textDocument/onTypeFormatting", "get_comments ;|", json!({"ch": ";", "options": options})).await;
    assert_eq!(applied(ugly, &found), ugly.replace("get_comments ;", "get_comments;"));
    // A file with a mistake is left as it is, but for what is asked for and sound.
    session.client.change(&uri, &format!("{ugly}allow when;\n")).await;
    let found = session
        .client
        .request("textDocument/formatting", json!({"textDocument": {"uri": uri}, "options": options}))
        .await;
    assert_eq!(found, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn lenses_and_hints() {
    let shows = json!({"experimental": {"commands": {"commands": ["policyc.showPlaces"]}}, "workspace": {"codeLens": {"refreshSupport": true}}});
    let mut session = Session::of(POLICY, shows).await;
    session.client.wait_for_request("workspace/codeLens/refresh").await;
    let lenses = session.of_document("textDocument/codeLens").await;
    let titles: Vec<&str> =
        lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap()).collect();
    assert!(titles.iter().any(|title| title.contains("2 tools")), "{titles:?}");
    let one =
        lenses.as_array().unwrap().iter().find(|lens| lens["command"]["arguments"][1] == "a big one does not").unwrap();
    assert_eq!(one["command"]["command"], "policyc.runTests");
    assert!(
        lenses.as_array().unwrap().iter().any(|lens| lens["command"]["command"] == "policyc.showPlaces"),
        "{titles:?}"
    );

    // The lens runs the test, and tells how it went until the text is another.
    let answer = session
        .client
        .request(
            "workspace/executeCommand",
            json!({"command": "policyc.runTests", "arguments": one["command"]["arguments"]}),
        )
        .await;
    assert_eq!((answer["passed"].as_u64(), answer["failed"].as_u64()), (Some(0), Some(1)));
    assert_eq!(answer["results"][0]["line"], 16, "{answer}");
    let titles = |lenses: Value| {
        lenses
            .as_array()
            .unwrap()
            .iter()
            .map(|lens| lens["command"]["title"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let after = titles(session.of_document("textDocument/codeLens").await);
    assert!(after.iter().any(|title| title.contains("failed")), "{after:?}");
    let uri = session.uri.clone();
    session.client.change(&uri, &POLICY.replace("500}", "50}")).await;
    let after = titles(session.of_document("textDocument/codeLens").await);
    assert!(!after.iter().any(|title| title.contains("failed")), "{after:?}");
    let answer = session
        .client
        .request("workspace/executeCommand", json!({"command": "policyc.runTests", "arguments": [uri]}))
        .await;
    assert_eq!((answer["passed"].as_u64(), answer["failed"].as_u64()), (Some(2), Some(0)), "{answer}");

    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let hints =
        session.client.request("textDocument/inlayHint", json!({"textDocument": {"uri": uri}, "range": whole})).await;
    let labels: Vec<&str> = hints.as_array().unwrap().iter().map(|hint| hint["label"].as_str().unwrap()).collect();
    assert!(
        labels.iter().any(|label| label.contains("2 tools")) && labels.iter().any(|label| label.contains("number")),
        "{labels:?}"
    );

    // Both can be switched off.
    session
        .client
        .notify(
            "workspace/didChangeConfiguration",
            json!({"settings": {"policyc": {"codeLens": false, "inlayHints": false}}}),
        )
        .await;
    assert_eq!(session.of_document("textDocument/codeLens").await, json!([]));
    assert_eq!(
        session.client.request("textDocument/inlayHint", json!({"textDocument": {"uri": uri}, "range": whole})).await,
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn commands() {
    // The hosted gateway has no sums.
    let policy = POLICY.replace("limit create_charge 5000/day of args.amount as \"spent\";\n", "");
    let mut session = Session::of(&policy, json!({})).await;
    let uri = session.uri.clone();
    let command = |name: &str, arguments: Value| json!({"command": name, "arguments": arguments});
    let call = json!({"name": "create_charge", "arguments": {"amount": 101, "currency": "EUR", "customer_id": "c"}});
    let answer =
        session.client.request("workspace/executeCommand", command("policyc.evalCall", json!([uri, call]))).await;
    assert_eq!(
        (answer["verdict"].as_str(), answer["rule"].as_str()),
        (Some("deny"), Some("(not allowed)")),
        "{answer}"
    );
    assert!(answer["trace"].as_str().unwrap().contains("create_charge"));

    for (target, language, part) in
        [(Value::Null, "json", "\"create_charge\""), (json!("intercept"), "yaml", "\"create_charge\":")]
    {
        let answer = session
            .client
            .request("workspace/executeCommand", command("policyc.showArtefact", json!([uri, target])))
            .await;
        assert_eq!(answer["language"], language);
        assert!(answer["text"].as_str().unwrap().contains(part), "{answer}");
        let targets: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        assert_eq!((&answer["servers"], &answer["targets"]), (&json!(["shop"]), &json!(targets)));
    }
    // The text counts as it stands in the editor; one with errors has no artefact, and what cannot be carried over is told.
    session.client.change(&uri, &format!("{policy}limit get_order 5/min per caller.team;\n")).await;
    let answer = session
        .client
        .request("workspace/executeCommand", command("policyc.showArtefact", json!([uri, "policylayer"])))
        .await;
    assert_eq!(answer["text"], Value::Null);
    assert!(answer["problems"][0]["code"] == "not-expressible" && answer["problems"][0]["line"] == 17, "{answer}");
    assert_eq!(answer["servers"], json!(["shop"]), "another server or target may have an artefact");
    session.client.change(&uri, &format!("{policy}allow nothing_of_it;\n")).await;
    let answer =
        session.client.request("workspace/executeCommand", command("policyc.showArtefact", json!([uri]))).await;
    assert!(answer["problems"][0]["message"].as_str().unwrap().contains("1 error"), "{answer}");

    for wrong in [
        command("policyc.nothing", json!([])),
        command("policyc.runTests", json!([])),
        command("policyc.runTests", json!(["file:///nowhere/p.pol"])),
        command("policyc.evalCall", json!([uri])),
        command("policyc.showArtefact", json!([uri, "no-such-target"])),
    ] {
        let answer = session.client.answer_to("workspace/executeCommand", wrong.clone()).await;
        assert_eq!(answer["error"]["code"], -32_602, "{wrong}: {answer}");
    }
    session.client.change(&uri, &policy).await;
    let wrong = command("policyc.evalCall", json!([uri, {"nam": "x"}]));
    let answer = session.client.answer_to("workspace/executeCommand", wrong).await;
    assert!(answer["error"]["message"].as_str().unwrap().contains("the call"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_tells_clients_that_do_not_watch_files() {
    let mut session = Session::start().await;
    let uri = session.uri.clone();
    session.client.diagnostics_until(&uri, |found| !codes(found).contains(&"unknown-tool")).await;
    let catalogue = session.folder.path().join("shop.json");
    fs::write(&catalogue, "{\"tools\": []}").unwrap();
    session
        .client
        .notify("textDocument/didSave", json!({"textDocument": {"uri": crate::session::uri(&catalogue)}}))
        .await;
    session.client.diagnostics_until(&uri, |found| codes(found).contains(&"unknown-tool")).await;
}
