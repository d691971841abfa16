//! Random edits: the server's text is the editor's, and every question about it is answered.

use crate::session::{Client, folder};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// A policy with everything in it.
const START: &str = r#"// A shop.
server shop from "shop.json";
let most = 100; let names = ["a", "b"];
group readers = get_*, search_*;

/// What stays shut.
deny * because "é😀";
allow @readers;
allow create_charge when args.amount <= most and not args.currency in ["EUR", "USD"];
require length(args.items) < 5 or has args.note for place_order because "few";
limit create_charge 1_000/day of args.amount per caller.team as "sum";
limit total @write 10/min as "writes";
hide shop::"delete order";
assert deny @destructive for valid calls;
policy one { deny get_order unless args.id like "a*"; }
test "t" { call get_order {"id": "1"} times 2 -> allow; wait 1min; call create_charge -> deny "x"; }
"#;

/// Pieces that are typed and pasted.
const PIECES: &[&str] = &[
    "",
    ";",
    "{",
    "}",
    "\"",
    "allow ",
    "limit ",
    "get_order",
    "args.",
    "@",
    "*",
    "shop::",
    "\n",
    "\r\n",
    "\r",
    "é",
    "😀",
    "//",
    " when ",
    "args.amount > 5",
    "args.amount like \"5\"",
    "args.amuont == 5",
    "100; let most = \"a\"",
    "deny *;\n",
    "test \"x\" { call ",
    "30/min",
    "[1, 2",
    "\u{202e}",
    "policy p {",
    "// policyc: allow(",
];

/// An edit: where it begins and ends, as parts of the text in thousandths, and the new text.
type Edit = (u16, u16, usize);

/// The UTF-16 position of an offset, computed in the plainest way.
fn position(text: &str, offset: usize) -> (u32, u32) {
    let (mut line, mut character) = (0, 0);
    let mut before = text[..offset].chars().peekable();
    while let Some(char) = before.next() {
        let ends = char == '\n'
            || char == '\r'
                && !(before.peek() == Some(&'\n') || before.peek().is_none() && text[offset..].starts_with('\n'));
        if ends {
            (line, character) = (line + 1, 0);
        } else {
            character += u32::try_from(char.len_utf16()).unwrap();
        }
    }
    (line, character)
}

/// An offset between characters, and not within `\r\n`, which is one line end for the protocol.
fn boundary(text: &str, thousandths: u16) -> usize {
    let mut at = text.len() * usize::from(thousandths) / 1000;
    while !text.is_char_boundary(at) || at > 0 && text[at..].starts_with('\n') && text[..at].ends_with('\r') {
        at -= 1;
    }
    at
}

async fn session(edits: Vec<Edit>) {
    let folder = folder();
    let (mut client, answer) = Client::start_with(folder.path(), json!({"textDocument": {"diagnostic": {}}})).await;
    let questions = questions(&answer["capabilities"]);
    assert!(questions.len() >= 9, "{}", questions.len());
    let uri = client.open(&folder.path().join("p.pol"), START).await;
    let mut text = START.to_owned();
    for (number, batch) in edits.chunks(3).enumerate() {
        let mut changes = Vec::new();
        for (start, end, piece) in batch {
            let (start, end) = (boundary(&text, *start.min(end)), boundary(&text, *start.max(end)));
            let place = |at: usize| {
                let (line, character) = position(&text, at);
                json!({"line": line, "character": character})
            };
            let piece = PIECES[piece % PIECES.len()];
            changes.push(json!({"range": {"start": place(start), "end": place(end)}, "text": piece}));
            text.replace_range(start..end, piece);
        }
        client.edit(&uri, Value::Array(changes)).await;
        let at = boundary(&text, u16::try_from(number * 137 % 1001).unwrap());
        let (line, character) = position(&text, at);
        let (last_line, last_character) = position(&text, text.len());
        let position = json!({"line": line, "character": character});
        let whole =
            json!({"start": {"line": 0, "character": 0}, "end": {"line": last_line, "character": last_character}});
        for (method, more) in &questions {
            let mut params = json!({"textDocument": {"uri": uri}, "position": position});
            for (key, value) in more.as_object().unwrap() {
                params[key] = match value.as_str() {
                    Some("WHOLE") => whole.clone(),
                    Some("POSITIONS") => json!([position]),
                    _ => value.clone(),
                };
            }
            let answer = client.answer_to(method, params).await;
            // A name that cannot be changed is the only thing that is refused.
            let refused = answer
                .get("error")
                .is_some_and(|error| *method != "textDocument/prepareRename" || error["code"] != -32_602);
            assert!(!refused, "{method} at {line}:{character} of\n{text}\n{answer}");
        }
    }
    // What the server has is what the editor has: the whole text as it stands in the server comes back as symbols and as an opening anew.
    let mine = client.ask_symbols(&uri).await;
    let other = client.open(&folder.path().join("q.pol"), &text).await;
    let theirs = client.ask_symbols(&other).await;
    assert_eq!(mine, theirs, "{text}");
    let colours = |uri: &str| json!({"textDocument": {"uri": uri}});
    let mine = client.request("textDocument/semanticTokens/full", colours(&uri)).await["data"].clone();
    let theirs = client.request("textDocument/semanticTokens/full", colours(&other)).await["data"].clone();
    assert_eq!(mine, theirs, "{text}");
    let held = client.request("policyc/text", colours(&uri)).await;
    assert_eq!(held["text"], json!(text));
    // What is remembered of earlier texts changes nothing: a server that knows only the last one says the same of it.
    let findings = client.request("textDocument/diagnostic", colours(&uri)).await["items"].clone();
    let (mut fresh, _) = Client::start_with(folder.path(), json!({"textDocument": {"diagnostic": {}}})).await;
    let same = fresh.open(&folder.path().join("p.pol"), &text).await;
    let anew = fresh.request("textDocument/diagnostic", colours(&same)).await["items"].clone();
    assert_eq!(findings, anew, "{text}");
    assert!(fresh.stop().await);
    assert!(client.stop().await);
}

impl Client {
    async fn ask_symbols(&mut self, uri: &str) -> Value {
        let answer = self.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}})).await;
        let symbols = answer.as_array().unwrap().iter().map(|one| json!([one["name"], one["location"]["range"]]));
        Value::Array(symbols.collect())
    }
}

/// What can be asked of the server, by what it says it can do.
fn questions(capabilities: &Value) -> Vec<(&'static str, Value)> {
    let context = json!({"diagnostics": [], "only": null});
    let all = [
        ("definitionProvider", "textDocument/definition", json!({})),
        ("referencesProvider", "textDocument/references", json!({"context": {"includeDeclaration": true}})),
        ("documentHighlightProvider", "textDocument/documentHighlight", json!({})),
        ("renameProvider", "textDocument/prepareRename", json!({})),
        ("documentSymbolProvider", "textDocument/documentSymbol", json!({})),
        ("foldingRangeProvider", "textDocument/foldingRange", json!({})),
        ("selectionRangeProvider", "textDocument/selectionRange", json!({"positions": "POSITIONS"})),
        ("documentLinkProvider", "textDocument/documentLink", json!({})),
        ("semanticTokensProvider", "textDocument/semanticTokens/full", json!({})),
        ("semanticTokensProvider", "textDocument/semanticTokens/range", json!({"range": "WHOLE"})),
        ("diagnosticProvider", "textDocument/diagnostic", json!({})),
        ("hoverProvider", "textDocument/hover", json!({})),
        ("completionProvider", "textDocument/completion", json!({})),
        ("signatureHelpProvider", "textDocument/signatureHelp", json!({})),
        ("codeActionProvider", "textDocument/codeAction", json!({"range": "WHOLE", "context": context})),
        ("codeLensProvider", "textDocument/codeLens", json!({})),
        ("inlayHintProvider", "textDocument/inlayHint", json!({"range": "WHOLE"})),
        (
            "documentFormattingProvider",
            "textDocument/formatting",
            json!({"options": {"tabSize": 2, "insertSpaces": true}}),
        ),
        (
            "documentRangeFormattingProvider",
            "textDocument/rangeFormatting",
            json!({"range": "WHOLE", "options": {"tabSize": 2, "insertSpaces": true}}),
        ),
        (
            "documentOnTypeFormattingProvider",
            "textDocument/onTypeFormatting",
            json!({"ch": ";", "options": {"tabSize": 2, "insertSpaces": true}}),
        ),
    ];
    let offered =
        |(provider, method, more): (&str, &'static str, Value)| capabilities.get(provider).map(|_| (method, more));
    all.into_iter().filter_map(offered).collect()
}

#[test]
fn the_text_is_the_editors_and_every_question_is_answered() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let edits = proptest::collection::vec((0u16..=1000, 0u16..=1000, 0usize..PIECES.len()), 1..24);
    // Most edits are small, as typing is.
    let edits = edits.prop_map(|edits| {
        edits
            .into_iter()
            .map(|(start, end, piece)| (start, if end % 3 == 0 { end } else { (start + end % 20).min(1000) }, piece))
            .collect::<Vec<_>>()
    });
    runner
        .run(&edits, |edits| {
            runtime.block_on(session(edits));
            Ok(())
        })
        .unwrap();
}
