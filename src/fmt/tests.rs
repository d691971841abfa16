use proptest::prelude::*;

use super::*;
use crate::syntax::ast::ItemKind;
use crate::syntax::print;

/// Formats a text that must be sound, and checks all that `format` promises.
fn check(text: &str) -> String {
    let before = parse(text, FileId::default());
    assert!(before.errors.is_empty(), "{text}\n{:#?}", before.errors);
    let formatted = write(text, &before);
    if let Err(unsound) = verify(text, &before, &formatted) {
        let again = write(&formatted, &parse(&formatted, FileId::default()));
        panic!("{unsound:?}\n--- before\n{text}\n--- after\n{formatted}\n--- again\n{again}");
    }
    assert_eq!(format(text, &before).as_deref(), Ok(formatted.as_str()));
    // The first kind of line end and a mark in front stay, and say nothing else.
    let end = line::end_of(text);
    assert_eq!(formatted.starts_with('\u{feff}'), text.starts_with('\u{feff}'), "{formatted:?}");
    let plain = formatted.trim_start_matches('\u{feff}').replace(end, "\n");
    assert!(plain.is_empty() || plain.ends_with('\n') && !plain.ends_with("\n\n"), "{formatted:?}");
    assert!(!plain.contains("\n\n\n") && !plain.starts_with('\n') && !plain.contains('\r'), "{formatted:?}");
    for line in plain.lines() {
        assert_eq!(line.trim_end(), line, "space at the end of a line: {formatted}");
    }
    plain
}

#[test]
fn fixtures() {
    insta::glob!("fixtures/*.pol", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let formatted = check(&text);
        insta::assert_snapshot!(format!("{}\n--- formatted\n{formatted}", text.replace('\r', "␍")));
    });
}

#[test]
fn short_texts() {
    for (before, after) in [
        ("", ""),
        (" \n\n ", ""),
        (";;", ""),
        ("// only", "// only\n"),
        (";// a\n\n;// b\n", "// a\n\n// b\n"),
        ("deny a", "deny a;\n"),
        ("deny a;;// x\n;// y\n", "deny a; // x\n// y\n"),
        ("deny a // x\n;;// y\n", "deny a; // x\n// y\n"),
        ("\u{feff}\r\ndeny \"x\";\r\n\r\n\r\ndeny y;\r\n", "deny x;\n\ndeny y;\n"),
        ("deny a;// x\rdeny b;\r\r\r// y\rdeny c", "deny a; // x\ndeny b;\n\n// y\ndeny c;\n"),
        ("require   approval by\n\"ops\"for b", "require approval by \"ops\" for b;\n"),
        (
            "deny a when every args . to [ * ] . x like [ \"a*\" ,y ]",
            "deny a when every args.to[*].x like [\"a*\", y];\n",
        ),
        (
            "test \"t\" { call a{}approved as\"g\"->allow }",
            "test \"t\" {\n  call a {} as \"g\" approved -> allow;\n}\n",
        ),
        ("deny *; limit send_dm_to_user 30/min per grant", "deny *;\nlimit send_dm_to_user 30/min per grant;\n"),
        ("policy a{} policy b{//\n}", "policy a {}\npolicy b { //\n}\n"),
        ("policy a{\n\n\n//\n\n}", "policy a {\n  //\n}\n"),
    ] {
        assert_eq!(check(before), after);
    }
}

#[test]
fn broken_texts_are_left_alone() {
    for text in ["deny", "allow a when", "policy a {", "deny 'a';", "deny a deny b;", "test \"a\" { call b; }"] {
        let parse = parse(text, FileId::default());
        assert_eq!(format(text, &parse), Err(FormatError::Syntax), "{text}");
    }
}

#[test]
fn a_mistake_of_the_formatter_is_found() {
    let text = "deny a when args.b == 1 or args.c == 2 and args.d == 3; // x\n/// y\nlimit z 1/min;\n";
    let before = parse(text, FileId::default());
    assert_eq!(verify(text, &before, text), Ok(()));
    for (wrong, found) in [
        (text.replace(" == 1", ""), Unsound::Unreadable),
        (text.replace("1/min", "2/min"), Unsound::Meaning),
        (text.replace("args.b == 1 or args.c == 2", "(args.b == 1 or args.c == 2)"), Unsound::Meaning),
        (text.replace("// x", "// z"), Unsound::Comments),
        (text.replace("// x", ""), Unsound::Comments),
        (text.replace("deny a", "deny  a"), Unsound::Unstable),
    ] {
        assert_eq!(verify(text, &before, &wrong), Err(found), "{wrong}");
    }
}

/// Depth and length as the parser lets them pass must not hurt.
#[test]
fn deep_and_long_texts() {
    let deep = format!("deny a when {}has args.a{};", "not (".repeat(98), ")".repeat(98));
    assert_eq!(check(&deep).matches("not").count(), 98);
    check(&format!("deny a when {}has args.a{};", "(".repeat(20_000), ")".repeat(20_000)));
    let arguments = format!("{}1{}", "{\"a\": [".repeat(49), "]}".repeat(49));
    check(&format!("test \"t\" {{ call a {arguments} -> allow; }}"));
    check(&"deny a, b when args.x == 1 and args.y == 2; // c\n".repeat(3_000));
    let names: Vec<String> = (0..3_000).map(|n| format!("tool_{n} // {n}\n")).collect();
    check(&format!("deny {};", names.join(",")));
}

// Random well-formed texts, as tokens: between two of them any white space and comments may stand.

type Tokens = Vec<String>;

/// The tokens of a text with spaces between them; `~` is a space within one.
fn words(text: &str) -> Tokens {
    text.split(' ').map(|token| token.replace('~', " ")).collect()
}

fn one(options: &'static [&'static str]) -> impl Strategy<Value = Tokens> + Clone {
    prop::sample::select(options).prop_map(words)
}

/// The parts one after the other.
fn all(parts: Vec<BoxedStrategy<Tokens>>) -> BoxedStrategy<Tokens> {
    parts.prop_map(|parts: Vec<Tokens>| parts.concat()).boxed()
}

fn maybe(part: BoxedStrategy<Tokens>) -> BoxedStrategy<Tokens> {
    prop_oneof![Just(Tokens::new()), part].boxed()
}

fn list(item: BoxedStrategy<Tokens>, range: std::ops::Range<usize>) -> BoxedStrategy<Tokens> {
    prop::collection::vec(item, range).prop_map(|items| items.join(&",".to_owned())).boxed()
}

fn word(text: &'static str) -> BoxedStrategy<Tokens> {
    Just(words(text)).boxed()
}

fn string() -> BoxedStrategy<Tokens> {
    let texts = &["\"\"", "\"a\"", "\"//no\\u0020comment\"", "\"\\\\\\\"\\n\\u202e\\ud83d\\ude00é\"", "\"deny\""];
    let long = Just(vec!["\"a_reason_that_is_rather_long_so_that_lines_are_broken_somewhere\"".to_owned()]);
    prop_oneof![3 => one(texts), 1 => long].boxed()
}

fn number() -> BoxedStrategy<Tokens> {
    one(&["0", "1", "50_000", "-1.50e3", "100000000000000000000000"]).boxed()
}

fn literal() -> BoxedStrategy<Tokens> {
    prop_oneof![string(), number(), one(&["true", "false", "null"])].boxed()
}

fn path() -> BoxedStrategy<Tokens> {
    one(&[
        "args.a",
        "args.some.long_name.of-an.argument",
        "args . \"odd/key\" . limit",
        "args [ 0 ] . when [ 12 ]",
        "args.0.\"1\".b",
        "caller.team",
    ])
    .boxed()
}

/// A path of `every` and `some`.
fn elements() -> BoxedStrategy<Tokens> {
    prop_oneof![path(), one(&["args.to [ * ]", "args.a[0] [ * ] . \"b~c\" [*] .d", "args.x[*].y [ * ] [ 1 ] . z[*]"])]
        .boxed()
}

fn condition() -> BoxedStrategy<Tokens> {
    let operand = prop_oneof![literal(), one(&["max", "other-name"])].boxed();
    let comparison = one(&["==", "!=", "<", "<=", ">", ">="]).boxed();
    let items = all(vec![word("["), list(operand.clone(), 0..12), word("]")]);
    let test = prop_oneof![
        all(vec![comparison.clone(), operand.clone()]),
        all(vec![one(&["in", "not in"]).boxed(), prop_oneof![items, word("codes")].boxed()]),
        all(vec![one(&["contains", "like", "matches"]).boxed(), string()]),
        all(vec![one(&["like", "matches"]).boxed(), word("["), list(string(), 0..6), word("]")]),
    ]
    .boxed();
    let atom = prop_oneof![
        all(vec![word("has"), path()]),
        all(vec![one(&["every", "some"]).boxed(), elements(), test.clone()]),
        all(vec![path(), test]),
        all(vec![word("length ("), path(), word(")"), comparison, number()]),
    ];
    atom.prop_recursive(4, 16, 3, |inner| {
        let bracketed = all(vec![word("("), inner.clone(), word(")")]);
        let joined = |word: &str| {
            let word = word.to_owned();
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| parts.join(&word))
        };
        prop_oneof![
            2 => bracketed,
            2 => joined("and"),
            2 => joined("or"),
            1 => all(vec![word("not"), inner.clone()]),
        ]
    })
    .boxed()
}

fn selection() -> BoxedStrategy<Tokens> {
    let item = one(&[
        "send_dm_to_user",
        "a.b-c",
        "\"plain\"",
        "\"odd~name\"",
        "\"limit\"",
        "*",
        "delete_*",
        "@write",
        "server1 :: *",
        "server1 :: a_tool_with_a_name_that_is_quite_long",
    ])
    .boxed();
    all(vec![list(item.clone(), 1..8), maybe(all(vec![word("except"), list(item, 1..4)]))])
}

fn rate() -> BoxedStrategy<Tokens> {
    all(vec![
        one(&["0", "30", "1_000_000"]).boxed(),
        word("/"),
        one(&["s", "60 s", "90 sec", "min", "24 hours", "7 d"]).boxed(),
    ])
}

fn json() -> BoxedStrategy<Tokens> {
    let leaf = prop_oneof![string(), number(), one(&["true", "false", "null"])].boxed();
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        let array = all(vec![word("["), list(inner.clone(), 0..4), word("]")]);
        prop_oneof![array, object(inner.boxed())]
    });
    object(value.boxed())
}

/// An object whose keys differ.
fn object(value: BoxedStrategy<Tokens>) -> BoxedStrategy<Tokens> {
    prop::collection::vec(value, 0..4)
        .prop_map(|values| {
            let members = values
                .into_iter()
                .enumerate()
                .map(|(n, value)| [vec![format!("\"key_{n}\""), ":".to_owned()], value].concat());
            [words("{"), members.collect::<Vec<_>>().join(&",".to_owned()), words("}")].concat()
        })
        .boxed()
}

fn when() -> BoxedStrategy<Tokens> {
    maybe(all(vec![one(&["when", "unless"]).boxed(), condition()]))
}

fn because() -> BoxedStrategy<Tokens> {
    maybe(all(vec![word("because"), string()]))
}

fn scope() -> BoxedStrategy<Tokens> {
    maybe(one(&["per grant", "per server", "per caller.team", "per caller . \"a~b\""]).boxed())
}

fn statement() -> BoxedStrategy<Tokens> {
    let of = maybe(all(vec![word("of"), path()]));
    let counter = maybe(all(vec![word("as"), string()]));
    let values = all(vec![word("["), list(literal(), 0..12), word("]")]);
    let valid = maybe(word("for valid calls"));
    prop_oneof![
        all(vec![word("server name from"), string()]),
        all(vec![word("import"), string()]),
        all(vec![word("let name ="), prop_oneof![literal(), values].boxed()]),
        all(vec![word("group name ="), selection()]),
        all(vec![word("allow"), selection(), when()]),
        all(vec![word("deny"), selection(), when(), because()]),
        all(vec![word("hide"), selection()]),
        all(vec![word("limit"), maybe(word("total")), selection(), rate(), of, scope(), when(), counter, because()]),
        all(vec![word("require"), condition(), word("for"), selection(), because()]),
        all(vec![
            word("require approval"),
            maybe(word("by \"the~security~team\"")),
            word("for"),
            selection(),
            when(),
            because()
        ]),
        all(vec![
            one(&["assert allow", "assert deny", "assert approval for"]).boxed(),
            selection(),
            when(),
            valid.clone()
        ]),
        all(vec![word("assert limit"), selection(), rate(), scope(), valid]),
    ]
    .prop_map(|tokens| [tokens, words(";")].concat())
    .boxed()
}

fn test_block() -> BoxedStrategy<Tokens> {
    let modifier = prop::sample::subsequence(vec![0, 1, 2, 3], 0..=4).prop_shuffle().prop_flat_map(|which| {
        all(which
            .into_iter()
            .map(|which| match which {
                0 => all(vec![word("from"), json()]),
                1 => all(vec![word("as"), string()]),
                2 => word("approved"),
                _ => word("times 3"),
            })
            .collect())
    });
    let call = all(vec![
        word("call"),
        one(&["a_tool", "\"odd~tool\"", "server1 :: \"plain\""]).boxed(),
        maybe(json()),
        modifier.boxed(),
        word("->"),
        prop_oneof![one(&["allow", "deny", "approval"]), all(vec![word("deny"), string()])].boxed(),
        word(";"),
    ]);
    let step = prop_oneof![4 => call, 1 => one(&["wait 60 s ;", "wait 1 min ;", "wait 90 s ;", ";"])];
    let steps = prop::collection::vec(step, 0..4).prop_map(|steps| steps.concat()).boxed();
    all(vec![word("test"), string(), word("{"), steps, word("}")])
}

fn file() -> BoxedStrategy<Tokens> {
    let simple = prop_oneof![8 => statement(), 2 => test_block(), 1 => word(";")].boxed();
    let items = prop::collection::vec(simple.clone(), 0..4).prop_map(|items| items.concat()).boxed();
    let policy = all(vec![word("policy support {"), items, word("}")]);
    prop::collection::vec(prop_oneof![4 => simple, 1 => policy], 0..5).prop_map(|items| items.concat()).boxed()
}

/// Tokens with white space and comments between them.
fn spread(tokens: &[String], gaps: &[usize]) -> String {
    const GAPS: &[&str] = &[
        "\n",
        "\n\n\n",
        "\t\r\n ",
        " //\n",
        "\n// own \n",
        "\r\n\r\n\n/// doc\r\n\r\n",
        " // a\n\n// b\n",
        "\r\r// cr\r",
    ];
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        // Mostly a space, so that comments meet every kind of neighbour and lines get long too.
        let gap = gaps.get(index % gaps.len().max(1)).and_then(|&gap| GAPS.get(gap)).unwrap_or(&" ");
        text.push_str(gap);
        text.push_str(token);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the text: the tree and the comments stay, and a second formatting changes nothing.
    #[test]
    fn formatting_is_sound(tokens in file(), gaps in prop::collection::vec(0..28usize, 1..200)) {
        check(&spread(&tokens, &gaps));
    }

    /// Layout is not part of what is formatted: without comments and empty lines, every spacing gives one result.
    #[test]
    fn formatting_is_canonical(tokens in file()) {
        prop_assert_eq!(check(&tokens.join(" ")), check(&tokens.join("\n")));
    }

    /// Messages print conditions and selections as the formatter writes them.
    #[test]
    fn parts_print_as_they_are_formatted(tools in selection(), condition in condition()) {
        let text = format!("deny {} when {};", tools.join(" "), condition.join(" "));
        let read = parse(&text, FileId::default());
        let ItemKind::Rule(rule) = &read.file.items[0].kind else { panic!("no rule: {text}") };
        let line = format!("deny {} {}", print::selection(&rule.selection), print::clauses(&rule.clauses));
        let formatted = check(&text);
        let joined: Vec<&str> = formatted.split_whitespace().collect();
        // A line end stands for a space, or for nothing after `[` and before `]`.
        let joined = joined.join(" ").replace("[ ", "[").replace(" ]", "]");
        // The formatter leaves parentheses around an `and` below an `or`; messages are short.
        let bare = |text: &str| text.replace(['(', ')'], "");
        prop_assert_eq!(bare(&joined), bare(&line) + ";");
        if !joined.contains("or (") && !joined.contains(") or") {
            prop_assert_eq!(joined, line + ";");
        }
    }

    /// The formatter takes any text without falling over.
    #[test]
    fn formatting_is_total(text in "([a-c*@.;,{}()\\[\\]\"/: \n]|deny |allow |when |args\\.a|// |and |== |[0-9]){0,60}") {
        let read = parse(&text, FileId::default());
        if let Err(error) = format(&text, &read) {
            prop_assert_eq!(error, FormatError::Syntax);
        }
    }
}
