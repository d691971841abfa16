//! What is said of policies: the same as on the command line, at the right time, and taken back when it no longer holds.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::session::{Client, codes, folder, uri};
use policyc::Streams;
use serde_json::{Value, json};

const POLICY: &str = "server shop from \"shop.json\";\ndeny *;\nlimit get_order 10/min;\n";

/// What the command line says, as the JSON it prints.
fn command_line(path: &Path) -> Value {
    let line =
        ["policyc", "lint", "--format", "json"].map(OsString::from).into_iter().chain([path.as_os_str().to_owned()]);
    let (mut output, mut error) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        input: &mut std::io::empty(),
        output: &mut output,
        error: &mut error,
        colour_output: false,
        colour_error: false,
        progress: false,
        width: 100,
    };
    policyc::run(line.collect::<Vec<_>>(), &mut streams);
    serde_json::from_slice(&output)
        .unwrap_or_else(|_| panic!("{}: {}", path.display(), String::from_utf8_lossy(&error)))
}

/// A finding in few words, the same from both: document, line and column of the start and the end, kind, severity, message.
type Brief = (String, (u64, u64), (u64, u64), String, String, String);

fn of_command_line(answer: &Value) -> BTreeSet<Brief> {
    let place = |of: &Value| (of["line"].as_u64().unwrap() - 1, of["column"].as_u64().unwrap() - 1);
    let brief = |finding: &Value| {
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        let document = uri(&fs::canonicalize(text("file")).unwrap_or_else(|_| PathBuf::from(text("file"))));
        let span = &finding["span"];
        (document, place(&span["start"]), place(&span["end"]), text("rule"), text("severity"), text("message"))
    };
    answer["diagnostics"].as_array().unwrap().iter().map(brief).collect()
}

fn of_server(uri: &str, finding: &Value) -> Brief {
    let place = |of: &Value| (of["line"].as_u64().unwrap(), of["character"].as_u64().unwrap());
    let severity = match finding["severity"].as_u64() {
        Some(1) => "error",
        Some(2) => "warning",
        _ => "info",
    };
    let message = finding["message"].as_str().unwrap().lines().next().unwrap_or_default();
    let range = &finding["range"];
    let code = finding["code"].as_str().unwrap();
    (
        uri.to_owned(),
        place(&range["start"]),
        place(&range["end"]),
        code.to_owned(),
        severity.to_owned(),
        message.to_owned(),
    )
}

/// The policies of the repository: fixtures with all kinds of mistakes, examples, documentation.
fn fixtures() -> Vec<PathBuf> {
    let root = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    let mut found = Vec::new();
    let mut waiting = vec![root.join("examples"), root.join("tests")];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "pol")
                && std::str::from_utf8(&fs::read(&path).unwrap()).is_ok()
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_as_on_the_command_line() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 150, "{} fixtures", fixtures.len());
    let capabilities = json!({"general": {"positionEncodings": ["utf-32"]}, "textDocument": {"diagnostic": {}}});
    let (mut client, answer) = Client::start_with(Path::new("/nowhere"), capabilities).await;
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-32");
    let mut compared = 0;
    let mut paths_in_messages = 0;
    for path in &fixtures {
        let said = of_command_line(&command_line(path));
        let text = fs::read_to_string(path).unwrap();
        let uri = client.open(path, &text).await;
        let answer = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}})).await;
        let mut found: BTreeSet<Brief> =
            answer["items"].as_array().unwrap().iter().map(|one| of_server(&uri, one)).collect();
        for (other, report) in answer["relatedDocuments"].as_object().into_iter().flatten() {
            found.extend(report["items"].as_array().unwrap().iter().map(|one| of_server(other, one)));
        }
        client.close(&uri).await;
        // A lone carriage return ends a line for editors and not for the compiler, so places of such texts differ.
        if text.replace("\r\n", "").contains('\r') {
            continue;
        }
        let differ: Vec<_> = said.symmetric_difference(&found).collect();
        let with_path = |one: &&&Brief| one.5.contains(".pol`") || one.5.contains(".json`");
        paths_in_messages += differ.iter().filter(with_path).count();
        let rest: Vec<_> = differ.iter().filter(|one| !with_path(one)).collect();
        assert!(rest.is_empty(), "{}: {rest:#?}", path.display());
        compared += said.len();
    }
    println!("{} policies, {compared} findings, {paths_in_messages} that name a path", fixtures.len());
    assert!(compared > 400, "{compared}");
    assert!(client.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_with_all_its_parts() {
    let folder = folder();
    let mut client = Client::start(folder.path()).await;
    let text = format!("{POLICY}limit get_order 100/min as \"more\";\nallow get_ordr;\nlet unused = 1;\n");
    let uri = client.open(&folder.path().join("p.pol"), &text).await;
    let found = client.diagnostics_until(&uri, |found| codes(found).contains(&"unknown-tool")).await;
    let unknown = &found[0];
    assert_eq!(unknown["source"], "policyc");
    assert_eq!(unknown["severity"], 1);
    assert!(unknown["message"].as_str().unwrap().contains("help: did you mean `get_order`?"), "{unknown}");
    let page = unknown["codeDescription"]["href"].as_str().unwrap().strip_prefix("file://").unwrap();
    assert!(fs::read_to_string(page).unwrap().starts_with("# P201 unknown-tool"));

    // Without the error the linter speaks: places that say why, and what can go.
    client.change(&uri, &text.replace("allow get_ordr;\n", "")).await;
    let found = client.diagnostics_until(&uri, |found| codes(found).contains(&"unused-let")).await;
    let never = found.iter().find(|one| one["code"] == "limit-never-binds").unwrap();
    assert_eq!(never["tags"], json!([1]), "unnecessary");
    assert_eq!(never["relatedInformation"][0]["location"]["range"]["start"]["line"], 2);
    assert_eq!(never["relatedInformation"][0]["location"]["uri"], json!(uri));
    assert!(client.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn related_places_in_the_catalogue() {
    let folder = folder();
    let mut client = Client::start(folder.path()).await;
    let text = "server shop from \"shop.json\";\ndeny *;\nallow create_charge when args.amount == \"many\";\n";
    let uri = client.open(&folder.path().join("p.pol"), text).await;
    let found = client.diagnostics_until(&uri, |found| !found.is_empty()).await;
    let place = &found[0]["relatedInformation"][0]["location"];
    assert_eq!(place["uri"], json!(crate::session::uri(&folder.path().join("shop.json"))));
    let line = place["range"]["start"]["line"].as_u64().unwrap();
    let catalogue = fs::read_to_string(folder.path().join("shop.json")).unwrap();
    assert!(catalogue.lines().nth(usize::try_from(line).unwrap()).unwrap().contains("number"), "line {line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_says_is_sent_of_the_import_and_taken_back() {
    let folder = folder();
    let base = folder.path().join("base.pol");
    fs::write(&base, "allow get_ordr;\n").unwrap();
    let mut client = Client::start(folder.path()).await;
    let text = "server shop from \"shop.json\";\nimport \"base.pol\";\ndeny *;\n";
    let main = client.open(&folder.path().join("main.pol"), text).await;
    let of_base = uri(&base);
    let found = client.diagnostics_until(&of_base, |found| !found.is_empty()).await;
    assert_eq!(codes(&found), ["unknown-tool"]);

    // Opened by itself it says the same, and the text in the editor counts for the other file, too.
    client.open(&base, "allow get_ordr;\n").await;
    client.change(&of_base, "allow get_order;\n").await;
    client.diagnostics_until(&of_base, |found| !codes(found).contains(&"unknown-tool")).await;
    client.change(&of_base, "allow get_order;\nallow nothing_of_it;\n").await;
    client.diagnostics_until(&of_base, |found| codes(found).contains(&"unknown-tool")).await;
    // Closed without saving, the disk counts again; with the main file closed, too, nothing is left.
    client.close(&of_base).await;
    client
        .diagnostics_until(&of_base, |found| {
            found.iter().any(|one| one["message"].as_str().unwrap().contains("get_ordr"))
        })
        .await;
    client.close(&main).await;
    client.diagnostics_until(&of_base, <[Value]>::is_empty).await;
    client.diagnostics_until(&main, <[Value]>::is_empty).await;
    assert!(client.stop().await);
}

async fn counts(client: &mut Client) -> Vec<(String, u64)> {
    let status = client.request("policyc/status", Value::Null).await;
    let documents = status["documents"].as_array().unwrap().clone();
    documents.iter().map(|one| (one["uri"].as_str().unwrap().to_owned(), one["checked"].as_u64().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_the_disk_reach_what_depends_on_them_and_nothing_else() {
    let folder = folder();
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::copy(folder.path().join("shop.json"), other.join("tools.json")).unwrap();
    let watched = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let (mut client, _) = Client::start_with(folder.path(), watched).await;
    let registered = client.wait_for_request("client/registerCapability").await;
    assert_eq!(registered["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
    let one = client.open(&folder.path().join("one.pol"), POLICY).await;
    let two = client.open(&other.join("two.pol"), &POLICY.replace("shop.json", "tools.json")).await;
    let quiet = |found: &[Value]| codes(found).iter().all(|code| *code != "unknown-tool");
    client.diagnostics_until(&one, quiet).await;
    client.diagnostics_until(&two, quiet).await;
    let changed = |path: &Path| json!({"changes": [{"uri": uri(path), "type": 2}]});
    let before = counts(&mut client).await;

    // The catalogue of one.
    fs::write(folder.path().join("shop.json"), r#"{"tools": [{"name": "other"}]}"#).unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed(&folder.path().join("shop.json"))).await;
    client.diagnostics_until(&one, |found| codes(found).contains(&"unknown-tool")).await;
    let after = counts(&mut client).await;
    let grown: Vec<&str> =
        before.iter().zip(&after).filter(|(old, new)| old.1 != new.1).map(|(old, _)| old.0.as_str()).collect();
    assert_eq!(grown, [one.as_str()], "{before:?} {after:?}");

    // A configuration that appears above the other.
    fs::write(other.join("policyc.toml"), "[lints]\nunused-let = \"deny\"\n").unwrap();
    client.change(&two, &format!("{}let most = 1;\n", POLICY.replace("shop.json", "tools.json"))).await;
    client.notify("workspace/didChangeWatchedFiles", changed(&other.join("policyc.toml"))).await;
    client
        .diagnostics_until(&two, |found| found.iter().any(|one| one["code"] == "unused-let" && one["severity"] == 1))
        .await;
    // One that cannot be read is told, and does not count.
    fs::write(other.join("policyc.toml"), "[lints]\nunused-let = \"loud\"\n").unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed(&other.join("policyc.toml"))).await;
    client.diagnostics_until(&two, |found| codes(found).contains(&"bad-configuration")).await;
    // A file that nobody uses changes nothing.
    let before = counts(&mut client).await;
    client.notify("workspace/didChangeWatchedFiles", changed(&other.join("nobody.json"))).await;
    assert_eq!(before, counts(&mut client).await);
    assert!(client.stop().await);
}

/// The places and messages of what is said of a document, a line for each.
fn places(found: &[Value]) -> Vec<String> {
    let shown = |one: &Value| {
        let [start, end] = ["start", "end"].map(|end| &one["range"][end]);
        let message = one["message"].as_str().unwrap().lines().next().unwrap();
        format!("{}:{}-{} {message}", start["line"], start["character"], end["character"])
    };
    found.iter().map(shown).collect()
}

/// Mistakes in `policyc.toml` are reported in that file, whether it is open or not, until they are gone.
#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_the_configuration_are_reported_there() {
    let folder = folder();
    let path = folder.path().join("policyc.toml");
    let settings = uri(&path);
    let wrong = "# é\n[lints]\nunused-let = \"loud\"\nunused = \"warn\"\n";
    let mended = "[lints]\nunused-let = \"deny\"\n";
    fs::write(&path, wrong).unwrap();
    let mut client = Client::start(folder.path()).await;
    let changed = |path: &Path| json!({"changes": [{"uri": uri(path), "type": 2}]});

    // It is not open.
    let policy = client.open(&folder.path().join("one.pol"), POLICY).await;
    let found = client.diagnostics_until(&settings, |found| found.len() == 2).await;
    assert_eq!(codes(&found), ["bad-configuration"; 2]);
    assert_eq!(
        places(&found),
        [
            "2:13-19 the level of `unused-let` must be `allow`, `info`, `warn` or `deny`, not `loud`",
            "3:0-6 no finding is named `unused`"
        ]
    );
    client.diagnostics_until(&policy, |found| codes(found).contains(&"bad-configuration")).await;
    fs::write(&path, mended).unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed(&path)).await;
    client.diagnostics_until(&settings, <[Value]>::is_empty).await;
    client.diagnostics_until(&policy, |found| !codes(found).contains(&"bad-configuration")).await;

    // It is open, and what is typed counts.
    client.open(&path, wrong).await;
    assert_eq!(places(&client.diagnostics_until(&settings, |found| !found.is_empty()).await).len(), 2);
    client.diagnostics_until(&policy, |found| codes(found).contains(&"bad-configuration")).await;
    client.change(&settings, mended).await;
    client.diagnostics_until(&settings, <[Value]>::is_empty).await;
    client.diagnostics_until(&policy, |found| !codes(found).contains(&"bad-configuration")).await;

    // No policy is open.
    client.close(&policy).await;
    client.change(&settings, "target = \"nowhere\"\n").await;
    // What was wrong before may have been said of the settings several times, for them and for the
    // policy, so the message itself is waited for.
    let is_new = |found: &[Value]| places(found) == ["0:9-18 no target is named `nowhere`"];
    client.diagnostics_until(&settings, is_new).await;
    client.close(&settings).await;
    client.diagnostics_until(&settings, <[Value]>::is_empty).await;
    assert!(client.stop().await);
}

/// What is not as it is locked is reported where it stands, until it is.
#[tokio::test(flavor = "multi_thread")]
async fn catalogues_are_compared_with_the_lock() {
    let folder = folder();
    let path = folder.path().join("policyc.lock");
    let mut client = Client::start(folder.path()).await;
    let policy = client.open(&folder.path().join("one.pol"), POLICY).await;
    client.diagnostics_until(&policy, |_| true).await;
    let changed = json!({"changes": [{"uri": uri(&path), "type": 2}]});
    let catalogue = uri(&folder.path().join("shop.json"));
    fs::write(&path, "version = 1\n[servers.shop]\ncatalogue = \"shop.json\"\n").unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed.clone()).await;
    let found = client.diagnostics_until(&catalogue, |found| !found.is_empty()).await;
    assert!(codes(&found).iter().all(|code| *code == "catalogue-drift"), "{found:?}");
    assert!(found.iter().all(|found| found["severity"] == 2), "{found:?}");
    fs::write(&path, "version = 2\n").unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed.clone()).await;
    let found = client.diagnostics_until(&uri(&path), |found| !found.is_empty()).await;
    assert_eq!(codes(&found), ["bad-lock"]);
    fs::remove_file(&path).unwrap();
    client.notify("workspace/didChangeWatchedFiles", changed).await;
    client.diagnostics_until(&catalogue, <[Value]>::is_empty).await;
    client.diagnostics_until(&uri(&path), <[Value]>::is_empty).await;
    assert!(client.stop().await);
}

/// Clients that ask for diagnostics get them of a configuration as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_can_be_asked_about() {
    let folder = folder();
    let path = folder.path().join("policyc.toml");
    fs::write(&path, "target = \"nowhere\"\n").unwrap();
    let pulls = json!({"textDocument": {"diagnostic": {}}});
    let (mut client, _) = Client::start_with(folder.path(), pulls).await;
    let ask = json!({"textDocument": {"uri": uri(&path)}});
    let answer = client.request("textDocument/diagnostic", ask.clone()).await;
    assert_eq!(codes(answer["items"].as_array().unwrap()), ["bad-configuration"], "{answer}");
    let policy = client.open(&folder.path().join("one.pol"), POLICY).await;
    let answer = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": policy}})).await;
    let related = &answer["relatedDocuments"][uri(&path)]["items"];
    assert_eq!(codes(related.as_array().unwrap()), ["bad-configuration"], "{answer}");
    client.open(&path, "target = \"policylayer\"\n").await;
    let answer = client.request("textDocument/diagnostic", ask).await;
    assert_eq!(answer["items"], json!([]), "{answer}");
    assert!(client.stop().await);
}

/// What a target of the configuration cannot hold is reported where it is written.
#[tokio::test(flavor = "multi_thread")]
async fn targets_of_the_configuration_are_checked_for() {
    let folder = folder();
    fs::write(folder.path().join("policyc.toml"), "target = \"policylayer\"\n").unwrap();
    let mut client = Client::start(folder.path()).await;
    let text = "server shop from \"shop.json\";\ndeny *;\nlimit refund_order 3/s because \"No.\";\n";
    let uri = client.open(&folder.path().join("fast.pol"), text).await;
    let found = client.diagnostics_until(&uri, |found| codes(found).contains(&"not-expressible")).await;
    let refused = found.iter().find(|one| one["code"] == "not-expressible").unwrap();
    assert_eq!(refused["range"]["start"], json!({"line": 2, "character": 19}));
    client.change(&uri, &text.replace("3/s", "3/min")).await;
    client.diagnostics_until(&uri, |found| !codes(found).contains(&"not-expressible")).await;
    assert!(client.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_asked_for_and_count() {
    let folder = folder();
    let text = format!("{POLICY}let most = 1;\n");
    let mut client = Client::raw();
    client.settings = json!({"lint": {"ignore": ["unused-let"], "select": ["nonsense"]}});
    let capabilities = json!({"workspace": {"configuration": true}});
    client.request("initialize", json!({"capabilities": capabilities, "rootUri": uri(folder.path())})).await;
    client.notify("initialized", json!({})).await;
    let said = client.wait_until("window/showMessage", |_| true).await;
    assert!(
        said["message"].as_str().unwrap().contains("policyc.lint.select: no finding is named `nonsense`"),
        "{said}"
    );
    let uri = client.open(&folder.path().join("p.pol"), &text).await;
    client.diagnostics_until(&uri, |found| !codes(found).contains(&"unused-let")).await;
    client.settings = json!({});
    client.notify("workspace/didChangeConfiguration", json!({"settings": null})).await;
    client.diagnostics_until(&uri, |found| codes(found).contains(&"unused-let")).await;
    assert!(client.stop().await);

    // A client that cannot be asked says it at the start, or when it changes.
    let mut client = Client::raw();
    let options = json!({"policyc": {"catalogues": {"shop": "elsewhere.json"}}});
    client
        .request(
            "initialize",
            json!({"capabilities": {}, "rootUri": crate::session::uri(folder.path()), "initializationOptions": options}),
        )
        .await;
    client.notify("initialized", json!({})).await;
    let uri = client.open(&folder.path().join("p.pol"), &text).await;
    client.diagnostics_until(&uri, |found| codes(found).contains(&"unreadable-file")).await;
    client.notify("workspace/didChangeConfiguration", json!({"settings": {"policyc": {}}})).await;
    client.diagnostics_until(&uri, |found| codes(found).contains(&"unused-let")).await;
    assert!(client.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_for_of_a_document_and_of_the_workspace() {
    let folder = folder();
    fs::write(folder.path().join("closed.pol"), format!("{POLICY}allow nothing_of_it;\n")).unwrap();
    fs::write(folder.path().join("good.pol"), POLICY).unwrap();
    let capabilities = json!({"textDocument": {"diagnostic": {"relatedDocumentSupport": true}}, "workspace": {"diagnostics": {"refreshSupport": true}}});
    let (mut client, answer) = Client::start_with(folder.path(), capabilities).await;
    assert_eq!(answer["capabilities"]["diagnosticProvider"]["workspaceDiagnostics"], true);
    let open = client.open(&folder.path().join("open.pol"), &format!("{POLICY}let most = 1;\n")).await;
    let document = json!({"uri": open});
    let first = client.request("textDocument/diagnostic", json!({"textDocument": document})).await;
    assert_eq!((first["kind"].as_str(), codes(first["items"].as_array().unwrap())), (Some("full"), vec!["unused-let"]));
    let again = json!({"textDocument": document, "previousResultId": first["resultId"]});
    assert_eq!(client.request("textDocument/diagnostic", again.clone()).await["kind"], "unchanged");
    client.change(&open, POLICY).await;
    let after = client.request("textDocument/diagnostic", again).await;
    assert_eq!((after["kind"].as_str(), after["items"].as_array().unwrap().len()), (Some("full"), 0));

    let all = client.request("workspace/diagnostic", json!({"previousResultIds": []})).await;
    let of = |all: &Value, name: &str| {
        let uri = json!(uri(&folder.path().join(name)));
        all["items"].as_array().unwrap().iter().find(|one| one["uri"] == uri).cloned().unwrap()
    };
    assert_eq!(codes(of(&all, "closed.pol")["items"].as_array().unwrap()), ["unknown-tool"]);
    assert!(of(&all, "good.pol")["items"].as_array().unwrap().is_empty());
    let previous: Vec<Value> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!({"uri": one["uri"], "value": one["resultId"]}))
        .collect();
    let again = client.request("workspace/diagnostic", json!({"previousResultIds": previous})).await;
    assert!(again["items"].as_array().unwrap().iter().all(|one| one["kind"] == "unchanged"), "{again}");
    // What has changed on the disk is looked at again, whoever tells.
    fs::write(folder.path().join("closed.pol"), format!("{POLICY}// now it is good\n")).unwrap();
    let again = client.request("workspace/diagnostic", json!({"previousResultIds": previous})).await;
    assert_eq!(
        (of(&again, "closed.pol")["kind"].as_str(), of(&again, "closed.pol")["items"].as_array().map(Vec::len)),
        (Some("full"), Some(0))
    );
    assert_eq!(of(&again, "good.pol")["kind"], "unchanged");
    fs::remove_file(folder.path().join("closed.pol")).unwrap();
    let again = client.request("workspace/diagnostic", json!({"previousResultIds": previous})).await;
    assert_eq!(of(&again, "closed.pol")["items"], json!([]));
    // Nothing is sent to those who ask themselves.
    assert!(client.notifications.iter().all(|(method, _)| method != "textDocument/publishDiagnostics"));
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": []})).await;
    client.wait_for_request("workspace/diagnostic/refresh").await;
    assert!(client.stop().await);
}
