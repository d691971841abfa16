//! What is written is read back as it was, at the place where it is written; what is wrong is
//! reported.

use std::borrow::Cow;
use std::fmt::Write as _;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::{Content, DEEPEST, Entry, Format, Key, Mistakes, Node, Number, core, json, toml, yaml};
use crate::diagnostics::{Diagnostic, codes};
use crate::json::json_quote;
use crate::source::{FileId, Span};

fn read(format: Format, text: &str) -> Result<Node<'_>, Vec<Diagnostic>> {
    let mut mistakes = Mistakes::new(FileId(0), codes::BAD_CONFIGURATION, format);
    let node = match format {
        Format::Json => json(text, &mut mistakes),
        Format::Yaml => yaml(text, core::plain, &mut mistakes),
        Format::Toml => toml(text, &mut mistakes),
    };
    mistakes.into_result(node)
}

fn cut(text: &str, span: Span) -> &str {
    text.get(span.range()).unwrap_or_else(|| panic!("{span:?} is no part of {text:?}"))
}

/// Each mistake on a line: the text at its place, what is wrong, and the text at places that say
/// why.
fn wrong(format: Format, text: &str) -> Vec<String> {
    let found = read(format, text).expect_err(text);
    let shown = |diagnostic: &Diagnostic| {
        assert!(diagnostic.help.as_ref().is_some_and(|help| !help.is_empty()), "{diagnostic:?}");
        assert!(!diagnostic.message.contains('\n') && !diagnostic.message.ends_with('.'), "{diagnostic:?}");
        let because = diagnostic.secondary.iter().map(|label| format!(" ({} {:?})", label.text, cut(text, label.span)));
        let span = diagnostic.primary.span;
        format!("{:?} at {}: {}{}", cut(text, span), span.start, diagnostic.message, because.collect::<String>())
    };
    found.iter().map(shown).collect()
}

/// The value without places.
fn placeless<'t>(node: &Node<'t>) -> Node<'t> {
    let content = match &node.content {
        Content::List(items) => Content::List(items.iter().map(placeless).collect()),
        Content::Mapping(entries) => Content::Mapping(
            entries
                .iter()
                .map(|Entry { key, value }| Entry {
                    key: Key { span: Span::default(), name: key.name.clone() },
                    value: placeless(value),
                })
                .collect(),
        ),
        content => content.clone(),
    };
    Node { span: Span::default(), content }
}

/// The value without places, entries in the order of their keys.
fn sorted<'t>(node: &Node<'t>) -> Node<'t> {
    let mut node = placeless(node);
    fn sort(node: &mut Node<'_>) {
        match &mut node.content {
            Content::List(items) => items.iter_mut().for_each(sort),
            Content::Mapping(entries) => {
                entries.sort_by(|left, right| left.key.name.cmp(&right.key.name));
                entries.iter_mut().for_each(|entry| sort(&mut entry.value));
            }
            _ => {}
        }
    }
    sort(&mut node);
    node
}

fn bare(content: Content<'_>) -> Node<'_> {
    Node { span: Span::default(), content }
}

fn text() -> impl Strategy<Value = String> {
    const ODD: &[&str] = &[
        "",
        "~",
        "null",
        "true",
        "1",
        "0x1f",
        "1e3",
        ".5",
        ".inf",
        "<<",
        "- a",
        "a: b",
        "# a",
        "é",
        "日本",
        "\u{feff}",
        "a\nb",
        "\r\n",
        "\t",
        "\"",
        "'",
        "\\",
        "[",
        "{",
        "&a",
        "*a",
        "!a",
        "%",
        "@",
        "`",
        "|",
        ">",
        "?",
        ":",
        "---",
        "...",
        "\u{85}",
        "\u{2028}",
        "2026-01-01",
        "😀",
    ];
    prop_oneof![select(ODD).prop_map(str::to_owned), "[a-c]{1,3}", ".{0,6}"]
}

fn number() -> impl Strategy<Value = Number<'static>> {
    let integers = any::<i64>().prop_map(|value| Number::integer(&value.to_string()));
    let long = Just(Number::integer("123456789012345678901234567890"));
    let floats = any::<f64>().prop_filter("JSON has no other", |value| value.is_finite());
    prop_oneof![integers, long, floats.prop_map(|value| Number::float(&format!("{value:e}")))]
}

fn tree() -> impl Strategy<Value = Node<'static>> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Content::Bool),
        number().prop_map(Content::Number),
        text().prop_map(|text| Content::Text(text.into())),
    ];
    leaf.prop_map(bare).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|items| bare(Content::List(items))),
            btree_map(text(), inner, 0..4).prop_map(|entries| {
                let entry = |(name, value)| Entry { key: Key { span: Span::default(), name: Cow::Owned(name) }, value };
                bare(Content::Mapping(entries.into_iter().map(entry).collect()))
            }),
        ]
    })
}

/// A string in double quotes as all three formats read it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            char if char.is_control()
                || matches!(char, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}') =>
            {
                let _ = write!(out, "\\u{:04x}", char as u32);
            }
            char => out.push(char),
        }
    }
    out + "\""
}

fn scalar(content: &Content<'_>) -> String {
    match content {
        Content::Null => "null".to_owned(),
        Content::Bool(value) => value.to_string(),
        // A whole number has neither point nor exponent, another one both, as TOML and YAML want
        // it.
        Content::Number(number) if number.is_integer() => number.text().to_owned(),
        Content::Number(number) => number.text().to_owned(),
        Content::Text(text) => quoted(text),
        _ => panic!("not a scalar"),
    }
}

/// On one line, with `:` or `=` behind keys.
fn flow(node: &Node<'_>, colon: &str) -> String {
    match &node.content {
        Content::List(items) => {
            format!("[{}]", items.iter().map(|item| flow(item, colon)).collect::<Vec<_>>().join(" , "))
        }
        Content::Mapping(entries) => {
            let entry =
                |Entry { key, value }: &Entry<'_>| format!("{}{colon} {}", quoted(&key.name), flow(value, colon));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        content => scalar(content),
    }
}

/// As block YAML; what is empty is in brackets.
fn block(node: &Node<'_>, indent: usize, out: &mut String, end: &str) {
    let pad = " ".repeat(indent);
    match &node.content {
        Content::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(&pad);
                }
                out.push_str("- ");
                block(item, indent + 2, out, end);
            }
        }
        Content::Mapping(entries) if !entries.is_empty() => {
            for (index, Entry { key, value }) in entries.iter().enumerate() {
                if index > 0 {
                    out.push_str(&pad);
                }
                let _ = write!(out, "{}:", quoted(&key.name));
                let is_nested = match &value.content {
                    Content::List(items) => !items.is_empty(),
                    Content::Mapping(entries) => !entries.is_empty(),
                    _ => false,
                };
                match is_nested {
                    true => {
                        let _ = write!(out, " # é{end}{}", " ".repeat(indent + 2));
                    }
                    false => out.push(' '),
                }
                block(value, indent + 2, out, end);
            }
        }
        _ => {
            let _ = write!(out, "{}  # é{end}", flow(node, ":"));
        }
    }
}

/// As TOML with headers for tables, and for lists of nothing but tables.
fn headers(entries: &[Entry<'_>], path: &str, out: &mut String, end: &str) {
    let is_table = |node: &Node<'_>| matches!(node.content, Content::Mapping(_));
    let is_tables = |node: &Node<'_>| matches!(&node.content, Content::List(items) if !items.is_empty() && items.iter().all(is_table));
    for Entry { key, value } in entries.iter().filter(|entry| !is_table(&entry.value) && !is_tables(&entry.value)) {
        let _ = write!(out, "{} = {} # é{end}", quoted(&key.name), flow(value, " ="));
    }
    for Entry { key, value } in entries {
        let path = format!("{path}{}", quoted(&key.name));
        let below = format!("{path} . ");
        match &value.content {
            Content::Mapping(entries) => {
                let _ = write!(out, "[{path}]{end}");
                headers(entries, &below, out, end);
            }
            Content::List(items) if is_tables(value) => {
                for item in items {
                    let _ = write!(out, "[[ {path} ]]{end}");
                    if let Content::Mapping(entries) = &item.content {
                        headers(entries, &below, out, end);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Every place cuts out the text of its value: reading that alone gives the same.
fn check_places(format: Format, node: &Node<'_>, text: &str) {
    let written = cut(text, node.span);
    let column = || {
        let before = text.get(..node.span.start as usize).unwrap();
        let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
        line.trim_start_matches('\u{feff}').chars().count()
    };
    let alone = match format {
        Format::Json => written.to_owned(),
        Format::Yaml => format!("{}{written}", " ".repeat(column())),
        Format::Toml => format!("x = {written}"),
    };
    let again = match format {
        Format::Json | Format::Yaml => read(format, &alone).map(|node| placeless(&node)),
        // A table with a header has no text of its own.
        Format::Toml if matches!(node.content, Content::Mapping(_) | Content::List(_)) && !written.starts_with("{") => {
            Ok(placeless(node))
        }
        Format::Toml => read(format, &alone).map(|node| match node.content {
            Content::Mapping(entries) => placeless(&entries[0].value),
            _ => panic!("not a table"),
        }),
    };
    // What an alias stands for is elsewhere, and the place of a block of text is its lines.
    let before = text.get(..node.span.start as usize).unwrap();
    let is_below = before.trim_end_matches(' ').ends_with('\n');
    let is_block = is_below && format == Format::Yaml && !written.starts_with(['"', '\'']);
    let is_elsewhere = written.contains(": *") || written.contains("[*");
    if let (true, Content::Text(block)) = (is_block, &node.content) {
        assert!(block.starts_with(written.lines().next().unwrap_or_default()), "{written}");
    } else if format != Format::Yaml || !is_elsewhere {
        assert_eq!(again.as_ref(), Ok(&placeless(node)), "{written:?} in {text:?}");
    }
    match &node.content {
        Content::List(items) => items.iter().for_each(|item| check_places(format, item, text)),
        Content::Mapping(entries) => {
            for Entry { key, value } in entries {
                let name = match format {
                    Format::Toml => format!("{} = 1", cut(text, key.span)),
                    _ => cut(text, key.span).to_owned(),
                };
                let content = read(format, &name).map(|node| node.content);
                let found = match content {
                    Ok(Content::Mapping(entries)) => entries[0].key.name.clone(),
                    Ok(Content::Text(name)) => name,
                    other => panic!("{other:?}"),
                };
                assert_eq!(found, key.name);
                check_places(format, value, text);
            }
        }
        _ => {}
    }
}

fn check(format: Format, text: &str, expected: &Node<'_>) -> Result<(), TestCaseError> {
    let node = read(format, text).map_err(|found| TestCaseError::fail(format!("{found:?}\n{text}")))?;
    prop_assert_eq!(sorted(&node), sorted(expected), "{}", text);
    check_places(format, &node, text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(
        tree in tree(),
        end in select(&["\n", "\r\n"][..]),
        front in select(&["", "\u{feff}"][..]),
    ) {
        check(Format::Json, &format!("{front}{end} {}{end}", flow(&tree, ":")), &tree)?;
        check(Format::Yaml, &format!("{front}# é{end}{}{end}", flow(&tree, ":")), &tree)?;
        let mut text = format!("{front}# é{end}");
        block(&tree, 0, &mut text, end);
        check(Format::Yaml, &text, &tree)?;
        let Content::Mapping(entries) = &tree.content else { return Ok(()) };
        let mut text = format!("{front}# é{end}");
        headers(entries, "", &mut text, end);
        check(Format::Toml, &text, &tree)?;
    }

    #[test]
    fn the_same_toml_is_accepted_as_by_the_library(lines in vec(line(), 0..8)) {
        let text = lines.concat();
        let found = read(Format::Toml, &text);
        let expected = text.parse::<::toml::Table>();
        // The library lets a dotted key into a list of tables with headers, which the specification
        // forbids.
        let is_stricter = found.is_err() && expected.is_ok() && text.contains("[[");
        prop_assert!(is_stricter || found.is_ok() == expected.is_ok(), "{:?}\n{:?}\n{}", found, expected, text);
        if let (Ok(found), Ok(expected)) = (found, expected) {
            prop_assert_eq!(sorted(&found), sorted(&of_library(&::toml::Value::Table(expected))), "{}", text);
        }
    }

    #[test]
    fn any_text_is_read_without_harm(text in any::<String>(), pieces in vec(select(PIECES), 0..24)) {
        for text in [text, pieces.concat()] {
            for format in [Format::Json, Format::Yaml, Format::Toml] {
                for diagnostic in read(format, &text).err().unwrap_or_default() {
                    let _shown = cut(&text, diagnostic.primary.span);
                    diagnostic.secondary.iter().for_each(|label| assert!(cut(&text, label.span).len() <= text.len()));
                }
            }
        }
    }
}

const PIECES: &[&str] = &[
    "a",
    "b: ",
    ": ",
    "= ",
    "1",
    "é",
    "\n",
    "\r\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "&x ",
    "*x",
    "!t ",
    "!!int ",
    "|\n",
    ">-\n",
    "<<: ",
    "? ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "#",
    ".",
    "[[",
    "]]",
    "\t",
    "\u{feff}",
    "2026-01-01",
    "\\u00e9",
];

fn line() -> impl Strategy<Value = String> {
    let key = || vec(select(&["a", "b", "c"][..]), 1..4).prop_map(|parts| parts.join("."));
    let value = prop_oneof![
        select(
            &["1", "0x1F", "1_000", "-0.5", "inf", "true", "\"é\"", "'x'", "[]", "[1, [2]]", "{}", "[{ a = 1 }]"][..]
        )
        .prop_map(str::to_owned),
        (key(), key()).prop_map(|(left, right)| format!("{{ {left} = 1, {right} = 2 }}")),
    ];
    prop_oneof![
        (key(), value).prop_map(|(key, value)| format!("{key} = {value}\n")),
        key().prop_map(|key| format!("[{key}]\n")),
        key().prop_map(|key| format!("[[{key}]]\n")),
    ]
}

fn of_library(value: &::toml::Value) -> Node<'static> {
    bare(match value {
        ::toml::Value::String(text) => Content::Text(text.clone().into()),
        ::toml::Value::Integer(number) => Content::Number(Number::integer(&number.to_string())),
        ::toml::Value::Float(number) if number.is_infinite() => Content::Number(Number::special(*number)),
        ::toml::Value::Float(number) => Content::Number(Number::float(&number.to_string())),
        ::toml::Value::Boolean(value) => Content::Bool(*value),
        ::toml::Value::Datetime(_) => panic!("not generated"),
        ::toml::Value::Array(items) => Content::List(items.iter().map(of_library).collect()),
        ::toml::Value::Table(entries) => Content::Mapping(
            entries
                .iter()
                .map(|(name, value)| Entry {
                    key: Key { span: Span::default(), name: name.clone().into() },
                    value: of_library(value),
                })
                .collect(),
        ),
    })
}

#[test]
fn what_stands_twice_is_shown_with_both_places() {
    assert_eq!(
        wrong(Format::Json, r#"{"é": {"a": 1, "b": 2, "\u0061": 3}, "é": 4}"#),
        [
            r#""\"\\u0061\"" at 24: the key `a` stands twice (first here "\"a\"")"#,
            r#""\"é\"" at 38: the key `é` stands twice (first here "\"é\"")"#
        ]
    );
    assert_eq!(
        wrong(Format::Yaml, "é: {a: 1, \"a\": 2}\r\nb: 1\r\né: 2\r\n"),
        [
            r#""\"a\"" at 11: the key `a` stands twice (first here "a")"#,
            r#""é" at 26: the key `é` stands twice (first here "é")"#
        ]
    );
    assert_eq!(
        wrong(Format::Toml, "a.b = 1\n[c]\nx = 1\n\"x\" = 2\n[a]\n[c]\ny = 1\n[[c]]\n[a.b.c]\n"),
        [
            r#""\"x\"" at 18: the key `x` stands twice (first here "x")"#,
            r#""a" at 27: the key `a` stands twice (first here "a")"#,
            r#""c" at 31: the key `c` stands twice (first here "c")"#,
            r#""c" at 42: the key `c` stands twice (first here "c")"#,
            r#""b" at 49: `b` cannot be added to: it is complete where it is first written (first here "b")"#,
        ]
    );
}

#[test]
fn what_is_no_text_of_the_format_is_reported_where_it_goes_wrong() {
    let rows = [
        (Format::Json, "{\"é\": [1,]}", r#""]" at 10: not JSON: trailing comma"#),
        (Format::Json, "", r#""" at 0: not JSON: EOF while parsing a value"#),
        (Format::Yaml, "é: [1\nb: 2\n", r#"":" at 8: not YAML: illegal placement"#),
        (Format::Yaml, "a: b: c\n", r#"":" at 4: not YAML"#),
        (Format::Yaml, "a: *x\n", r#""*" at 3: an alias names nothing"#),
        (Format::Toml, "a = intercept\n", r#""intercept" at 4: not TOML: `intercept` is no value"#),
        (Format::Toml, "a = true1\n", r#""true1" at 4: not TOML: `true1` is no value"#),
        (Format::Yaml, "a: 1\n---\nb: 1\n", r#""---" at 5: only the first YAML document"#),
        (Format::Yaml, "a: !x 1\n", r#""!x 1" at 3: the tag `!x` is not supported"#),
        (Format::Yaml, "a: !!int x\n", r#""!!int x" at 3: `x` does not fit its tag `!!int`"#),
        (Format::Yaml, "<<: {a: 1}\n", r#""<<" at 0: the key `<<`"#),
        (Format::Yaml, "é: {1: 2}\n", r#""1" at 5: a key must be a string, not a number"#),
        (Format::Yaml, "a: &a [*a]\n", r#""*a" at 7: an alias stands inside of what it names"#),
        (Format::Toml, "a = 2026-01-01\n", r#""2026-01-01" at 4: `2026-01-01` is a date"#),
        (Format::Toml, "é = 1\n", r#""é" at 0: not TOML"#),
        (Format::Toml, "a = \"é\n", r#""#),
    ];
    for (format, text, start) in rows {
        let found = wrong(format, text);
        assert!(found[0].starts_with(start) && found.len() == 1, "{text:?}\n{found:#?}\n{start}");
    }
    // Each line of TOML is looked at on its own.
    assert_eq!(wrong(Format::Toml, "a = é\nb = 1 2\nc = [1\n").len(), 3);
}

/// What the writers above do not write.
#[test]
fn places_of_all_kinds_of_yaml_are_right() {
    let texts = [
        "é: &a [x, 日]\nb: *a\nc: [*a, {d: *a}]\n",
        "a: &a\n  - é\n  - b: 1\n    c: 2 # é\n\n\nd: *a\n",
        "a: !!str 5\nb: !!map {c: !!int 7}\nd: &x !!seq [é]\ne: !!str &y z\n",
        "a: |\n  é\n    b\n\n# c\nb: >-\n  é\n  b\n\n\nc: |+\n  x\n",
        "a: é b\n  c d\n   e\nb: 'x\n\n  é'\nc: \"x\\\n  é\"\n",
        "[a: é, [b]: ]\n",
        "? é\n: - 1\n  - 2\n? b\n",
        "- - é\n  - - 2\n-\n  a: 1\n-\n- ~\n",
        "--- é\n...\n",
        "%YAML 1.2\n---\na: 1 # é\n",
        "\u{feff}a: é\r\nb:\r\n- 1\r\n- x: 2\r\n  y: |\r\n    é\r\n    z\r\n",
        "{é: , b, c: {}, 'd':1, }\n",
        "x: [ é, {y: [1, ] , # }\n } , ]\ny: &a # [\n  - 1\nz: &b\n  { # {\n  a: 1 }\n",
        "a:\n- 1\n- 2\nb: {c: [1,\n 2]}\n",
    ];
    for text in texts {
        match read(Format::Yaml, text) {
            Ok(node) => check_places(Format::Yaml, &node, text),
            Err(found) => {
                assert!(found.iter().all(|found| found.message.starts_with("a key must be")), "{text}{found:?}")
            }
        }
    }
    let anchored = read(Format::Yaml, texts[0]).unwrap();
    assert_eq!(cut(texts[0], anchored.span), texts[0].trim_end());
    let Content::Mapping(entries) = &anchored.content else { panic!("{anchored:?}") };
    assert_eq!(cut(texts[0], entries[1].value.span), "&a [x, 日]");
    // Only the beginning of what is long is shown.
    assert_eq!(cut(texts[0], anchored.head()), "é");
}

#[test]
fn depth_and_size_are_bounded() {
    for deep in [DEEPEST + 1, 100_000] {
        let lists = format!("{}1{}", "[".repeat(deep), "]".repeat(deep));
        let objects = format!("{}1{}", "{\"a\":".repeat(deep), "}".repeat(deep));
        let texts = [
            (Format::Json, lists.clone()),
            (Format::Json, objects.clone()),
            (Format::Yaml, lists.clone()),
            (Format::Yaml, objects),
            (Format::Yaml, format!("a:\n {}x\n", "- ".repeat(deep))),
            (Format::Yaml, (0..deep.min(2_000)).map(|level| format!("{}a:\n", " ".repeat(level))).collect()),
            (Format::Toml, format!("x = {lists}")),
            (Format::Toml, format!("{}a = 1", "a.".repeat(deep))),
            (Format::Toml, format!("[{}a]", "a.".repeat(deep))),
            (Format::Toml, format!("x = {}{}", "{a = ".repeat(deep), "}".repeat(deep))),
        ];
        for (format, text) in texts {
            let found = wrong(format, &text);
            assert!(found.iter().all(|mistake| mistake.ends_with("nested too deep")), "{format:?} {deep} {found:?}");
        }
    }
    let most = format!("{}1{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
    assert!(read(Format::Json, &most).is_ok() && read(Format::Yaml, &most).is_ok());
    // A value in a list of a table has one level for the table.
    let one_less = most.strip_prefix('[').unwrap().strip_suffix(']').unwrap();
    assert!(read(Format::Toml, &format!("x = {one_less}")).is_ok());

    let laughs: String = (1..10)
        .map(|level| {
            let names = vec![format!("*a{}", level - 1); 9].join(", ");
            format!("- &a{level} [{names}]\n")
        })
        .collect();
    let found = wrong(Format::Yaml, &format!("- &a0 x\n{laughs}"));
    assert!(found[0].contains("the aliases stand for more than"), "{found:?}");
    let nested: String = (1..200).map(|level| format!("- &a{level} [*a{}]\n", level - 1)).collect();
    assert!(wrong(Format::Yaml, &format!("- &a0 x\n{nested}"))[0].ends_with("nested too deep"));

    let long = "9".repeat(1_000_000);
    for (format, text) in [
        (Format::Json, long.clone()),
        (Format::Yaml, long.clone()),
        (Format::Yaml, format!("0x{long}")),
        (Format::Toml, format!("a = {long}")),
        (Format::Toml, format!("a = 0x{long}")),
    ] {
        assert_eq!(wrong(format, &text).len(), 1);
    }
    let many: String = (0..100_000).map(|_| "a = 1\n").collect();
    assert_eq!(wrong(Format::Toml, &many).len(), 100);
}

#[test]
fn numbers_are_exact() {
    let rows = [
        (Format::Json, "1.50", "1.50", false),
        (Format::Json, "123456789012345678901234567890", "123456789012345678901234567890", true),
        (Format::Yaml, "0x1F", "31", true),
        (Format::Yaml, "0o17", "15", true),
        (Format::Yaml, "007", "7", true),
        (Format::Yaml, "+.5", "0.5", false),
        (Format::Yaml, "-5.", "-5", false),
        (Format::Yaml, "5.e3", "5e3", false),
        (Format::Yaml, "-.inf", "-inf", false),
        (Format::Yaml, ".nan", "nan", false),
        (Format::Toml, "+1_000", "1000", true),
        (Format::Toml, "0xffff_ffff_ffff_ffff", "18446744073709551615", true),
        (Format::Toml, "1e06", "1e06", false),
        (Format::Toml, "-inf", "-inf", false),
    ];
    for (format, text, expected, is_integer) in rows {
        let text = if format == Format::Toml { format!("a = {text}") } else { text.to_owned() };
        let node = read(format, &text).unwrap();
        let content = match node.content {
            Content::Mapping(mut entries) => entries.remove(0).value.content,
            content => content,
        };
        let Content::Number(number) = content else { panic!("{text}: {content:?}") };
        assert_eq!((number.text(), number.is_integer()), (expected, is_integer), "{text}");
        assert_eq!(number.decimal().is_some(), number.to_f64().is_finite(), "{text}");
    }
}

#[test]
fn what_is_asked_of_a_value_is_reported_where_it_is_otherwise() {
    let text = r#"{"name": 5, "lists": ["a"], "mode": "allw", "color": 1, "list": "x"}"#;
    let mut mistakes = Mistakes::new(FileId(0), codes::BAD_CONFIGURATION, Format::Json);
    let root = json(text, &mut mistakes).unwrap();
    let object = root.as_object("the document", &["name", "list", "mode", "on"], &mut mistakes).unwrap();
    assert_eq!(object.required("on", &mut mistakes), None);
    object.required("name", &mut mistakes).unwrap().as_text("`name`", &mut mistakes);
    object.optional("list").unwrap().as_list("`list`", &mut mistakes);
    object.optional("mode").unwrap().as_word("`mode`", &[("allow", true), ("deny", false)], &mut mistakes);
    let found = mistakes.into_result(Some(())).unwrap_err();
    let shown: Vec<String> = found
        .iter()
        .map(|found| {
            format!("{}: {}; {}", cut(text, found.primary.span), found.message, found.help.as_deref().unwrap())
        })
        .collect();
    assert_eq!(
        shown,
        [
            "{: the document has no `on`; add the key `on`",
            "5: `name` must be a string, not a number; write a text in double quotes",
            "\"lists\": the document has the unknown key `lists`; did you mean `list`?",
            "\"allw\": `mode` must be `allow` or `deny`, not `allw`; did you mean `allow`?",
            "\"color\": the document has the unknown key `color`; remove it; the document has the keys `name`, `list`, `mode` and `on`",
            "\"x\": `list` must be a list, not a string; write its elements in brackets, with commas: `[.., ..]`",
        ]
    );
    assert_eq!(json_quote("é"), quoted("é"));
}
