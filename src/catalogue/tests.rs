//! Loading: the forms, the mistakes, and the catalogues of real servers.

use super::{Catalogue, Class, Tags};
use crate::diagnostics::Diagnostic;
use crate::predicate::{Atom, Scalar, ScalarValue, Step, Test};
use crate::source::FileId;

const FILE: FileId = FileId(7);

fn load(text: &str) -> (Catalogue, Vec<Diagnostic>) {
    let (catalogue, diagnostics) = Catalogue::load(text, FILE);
    (catalogue.unwrap_or_else(|| panic!("{diagnostics:?}")), diagnostics)
}

/// `severity code "place": message`, for each finding.
fn said(text: &str) -> (bool, Vec<String>) {
    let (catalogue, diagnostics) = Catalogue::load(text, FILE);
    let lines = diagnostics.into_iter().map(|found| {
        assert_eq!(found.primary.span.file, FILE);
        let place = text.get(found.primary.span.range()).unwrap();
        format!("{} {} {place:?}: {}", found.severity.name(), found.code.name, found.message)
    });
    (catalogue.is_some(), lines.collect())
}

#[test]
fn reads_the_four_forms() {
    let tools =
        r#"[{"name": "b", "title": "B", "description": "d", "annotations": {"readOnlyHint": true}}, {"name": "a"}]"#;
    for (text, server) in [
        (tools.to_owned(), None),
        (format!("{{\"tools\": {tools}, \"nextCursor\": \"\"}}"), None),
        (format!("\u{feff}{{\"tools\": {tools}}}\r\n"), None),
        (
            format!("{{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {{\"tools\": {tools}, \"nextCursor\": null}}}}"),
            None,
        ),
        (format!("{{\"server\": {{\"name\": \"s\", \"version\": \"1\"}}, \"tools\": {tools}}}"), Some("s")),
    ] {
        let (catalogue, diagnostics) = load(&text);
        assert_eq!(diagnostics, []);
        assert_eq!(catalogue.tools().iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(catalogue.server().and_then(|server| server.name.as_deref()), server);
        let tool = catalogue.tool(0).unwrap();
        assert_eq!(text.get(tool.span.range()), Some("\"b\""));
        assert_eq!((tool.title.as_deref(), tool.description.as_deref()), (Some("B"), Some("d")));
        assert_eq!(tool.annotations.read_only, Some(true));
    }
}

#[test]
fn finds_tools_by_name_and_prefix() {
    let names = ["get_b", "send", "get_a", "get_b", "", "get"];
    let tools: Vec<_> = names.iter().map(|name| format!("{{\"name\": \"{name}\"}}")).collect();
    let (catalogue, diagnostics) = load(&format!("[{}]", tools.join(",")));
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(catalogue.entries("get_b"), [0, 3]);
    assert_eq!(catalogue.entries(""), [4]);
    assert_eq!(catalogue.entries("get_"), [0; 0]);
    let names: Vec<&str> = catalogue.names().iter().map(AsRef::as_ref).collect();
    assert_eq!(names, ["", "get", "get_a", "get_b", "send"]);
    for (prefix, count) in [("", 5), ("get", 3), ("get_", 2), ("s", 1), ("t", 0), ("\u{10ffff}", 0)] {
        assert_eq!(catalogue.with_prefix(prefix).len(), count, "{prefix}");
    }
}

#[test]
fn says_what_is_wrong_and_where() {
    let forms: [(&str, bool, &[&str]); 19] = [
        ("", false, &["error bad-catalogue \"\": the catalogue is cut off: its JSON does not end"]),
        (
            "{\"tools\": [{\"name\": \"a\"}, \n",
            false,
            &["error bad-catalogue \"\": the catalogue is cut off: its JSON does not end"],
        ),
        ("{\"tools\": nope}", false, &["error bad-catalogue \"o\": the catalogue is not JSON: expected ident"]),
        ("[] 1", false, &["error bad-catalogue \"1\": the catalogue is not JSON: trailing characters"]),
        ("5", false, &["error bad-catalogue \"5\": the catalogue has no array `tools`"]),
        ("{\"tools\": {}}", false, &["error bad-catalogue \"{\": the catalogue has no array `tools`"]),
        (
            "{\"jsonrpc\": \"2.0\", \"error\": {\"message\": \"no\"}}",
            false,
            &["error bad-catalogue \"{\": the server answered with an error: `no`"],
        ),
        ("[]", true, &[]),
        (
            "[5, {\"name\": 1}, {}]",
            true,
            &[
                "error bad-catalogue \"5\": a tool is an object, not a number",
                "error bad-catalogue \"1\": a tool has no name that is a string",
                "error bad-catalogue \"{\": a tool has no name that is a string",
            ],
        ),
        (
            "[{\"name\": \"a\", \"inputSchema\": {\"x\": {\"a\\u0062\": 1, \"ab\": 2}}}]",
            true,
            &["error bad-catalogue \"\\\"ab\\\"\": `\"ab\"` is a duplicate key in one object"],
        ),
        (
            "{\"tools\": [], \"nextCursor\": \"x\"}",
            true,
            &["warning bad-catalogue \"\\\"x\\\"\": the list of tools is incomplete: it is one page of several"],
        ),
        (
            "[{\"name\": \"a\"}, {\"name\": \"a\"}, {\"name\": \"a\"}]",
            true,
            &["warning duplicate-tool \"\\\"a\\\"\": `a` is listed twice"; 2],
        ),
        (
            "[{\"name\": \"a\", \"inputSchema\": []}]",
            true,
            &["warning bad-schema \"[\": the `inputSchema` of `a` is an array, not an object"],
        ),
        ("[{\"name\": \"a\", \"inputSchema\": true}]", true, &[]),
        (
            "[{\"name\": \"a\", \"inputSchema\": {\"x\": [{\"$ref\": \"#/y\"}, {\"$ref\": \"#/y\"}], \"z\": {\"$ref\": \"z.json\"}}}]",
            true,
            &[
                "warning bad-schema \"\\\"#/y\\\"\": `#/y` in the `inputSchema` of `a` leads nowhere",
                "warning bad-schema \"\\\"z.json\\\"\": `z.json` in the `inputSchema` of `a` leads out of the schema, and nothing is fetched",
            ],
        ),
        (
            "[{\"name\": \"a\", \"inputSchema\": {\"x\": {\"$ref\": \"#\"}, \"const\": [{\"$ref\": \"#/y\"}]}}]",
            true,
            &[],
        ),
        (
            "[{\"name\": \"a\", \"x-policyc\": {\"class\": \"financal\"}}]",
            true,
            &["error bad-catalogue \"\\\"financal\\\"\": there is no class `financal`"],
        ),
        (
            "[{\"name\": \"a\", \"x-policyc\": {\"class\": 5}}]",
            true,
            &["error bad-catalogue \"5\": a class is a string, and several are a list of strings"],
        ),
        (
            "[{\"name\": \"a\", \"x-policyc\": \"read\"}]",
            true,
            &["error bad-catalogue \"\\\"read\\\"\": `x-policyc` is an object: `{\"class\": \"read\"}`"],
        ),
    ];
    for (text, loads, lines) in forms {
        assert_eq!(said(text), (loads, lines.iter().map(|line| (*line).to_owned()).collect()), "{text}");
    }
}

#[test]
fn an_explicit_class_wins() {
    let (catalogue, diagnostics) =
        load(r#"[{"name": "delete_all", "x-policyc": {"class": "read"}}, {"name": "delete_all2"}]"#);
    assert_eq!(diagnostics, []);
    assert_eq!(
        (0..).map_while(|entry| catalogue.classes(entry)).map(|(classes, _)| classes.most_severe()).collect::<Vec<_>>(),
        [Class::Read, Class::Destructive]
    );
    assert_eq!(catalogue.classes(0).unwrap().1, "`x-policyc` says so");
}

#[test]
fn tags_are_given_beside_classes() {
    let (catalogue, found) = load(
        r#"{"tools": [
            {"name": "send_mail", "x-policyc": {"tags": []}},
            {"name": "get_page", "x-policyc": {"tags": ["secrets", "bulk"]}},
            {"name": "get_secret", "x-policyc": {"class": "write", "tags": "sends"}},
            {"name": "send_fax"}
        ]}"#,
    );
    assert!(found.is_empty(), "{found:?}");
    let tags: Vec<String> = (0..).map_while(|entry| catalogue.tags(entry)).map(Tags::names).collect();
    assert_eq!(tags, ["", "secrets, bulk", "sends", "sends"]);
    assert_eq!(catalogue.classes(1).unwrap().0.names(), "read", "tags leave the class to the inference");
    for (tags, message, fix) in [
        ("[\"secret\"]", "there is no tag `secret`", Some("\"secrets\"")),
        ("[1]", "tags are a list of strings", None),
        ("{}", "tags are a list of strings", None),
    ] {
        let (_, found) = load(&format!(r#"{{"tools": [{{"name": "x", "x-policyc": {{"tags": {tags}}}}}]}}"#));
        assert_eq!(found.len(), 1, "{tags}");
        assert_eq!(found[0].message, message);
        let offered = found[0].fixes.first().map(|fix| fix.edits[0].text.as_str());
        assert_eq!(offered, fix, "{tags}");
    }
}

/// Loads every catalogue in `$POLICYC_SHARED/catalogues` and asks about every argument of every tool.
#[test]
fn real_catalogues_load_and_answer() {
    let Some(shared) = std::env::var_os("POLICYC_SHARED") else {
        eprintln!("skipped: POLICYC_SHARED is not set");
        return;
    };
    let mut asked = 0;
    for entry in std::fs::read_dir(std::path::Path::new(&shared).join("catalogues")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let start = std::time::Instant::now();
        let text = std::fs::read_to_string(&path).unwrap();
        let read = start.elapsed();
        let (catalogue, diagnostics) = load(&text);
        let loaded = start.elapsed() - read;
        let known = ["duplicate-tool"];
        assert!(diagnostics.iter().all(|found| known.contains(&found.code.name)), "{path:?}: {diagnostics:?}");
        for (index, tool) in catalogue.tools().iter().enumerate() {
            let schema = catalogue.schema(u32::try_from(index).unwrap());
            for info in schema.arguments() {
                assert_ne!(info.type_text, "unknown", "{path:?} {} {}", tool.name, info.name);
                let steps = vec![Step::Key(info.name.clone())];
                let at = crate::predicate::Path { root: crate::predicate::PathRoot::Args, steps };
                let missing = schema.possible_kinds(&at).contains(crate::schema::Kinds::MISSING);
                assert_eq!(info.required, !missing, "{path:?} {} {}", tool.name, info.name);
                let has = Atom { path: at.clone(), test: Test::Has, span: crate::source::Span::default() };
                assert_eq!(schema.check(&tool.name, &has), None, "{path:?} {} {}", tool.name, info.name);
                let literal = Scalar { value: ScalarValue::Str("x".into()), text: "\"x\"".to_owned() };
                let test = Test::Compare(crate::predicate::Comparison::Equal, literal);
                let _ = schema.check(&tool.name, &Atom { path: at, test, span: crate::source::Span::default() });
                let mut longer = has;
                longer.path.steps.push(Step::Key("no such member".to_owned()));
                let _ = schema.check(&tool.name, &longer);
                asked += 4;
            }
        }
        eprintln!("{:?}: {:?}, then {:?}", path.file_name().unwrap(), loaded, start.elapsed() - loaded - read);
    }
    assert!(asked > 10_000);
}
