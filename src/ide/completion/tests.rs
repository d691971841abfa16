//! What may stand at the cursor, for statements cut off there.

use super::condition::{PathAt, Purpose, Tested};
use super::context::{Expect, Form, Text, read};
use super::cursor::{Block, Cursor, CursorIn};
use super::json::Keys;
use crate::predicate::{PathRoot, Step};
use crate::source::{FileId, offset};
use crate::syntax::token::{TokenKind, lex};

fn at(marked: &str) -> (Cursor<'static>, super::Facts, Expect) {
    let place = marked.find('|').expect("a cursor");
    let text: &'static str = marked.replacen('|', "", 1).leak();
    let cursor = Cursor::new(text, &lex(text), FileId(0), offset(place));
    let (facts, expect) = read(text, FileId(0), &cursor.before);
    (cursor, facts, expect)
}

fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}

fn args(names: &[&str]) -> PathAt {
    PathAt { root: Some(PathRoot::Args), steps: names.iter().map(|name| key(name)).collect(), each: false }
}

fn keys(steps: Vec<Step>, seen: &[&str]) -> Keys {
    Keys { claims: false, steps, seen: seen.iter().map(|name| (*name).to_owned()).collect() }
}

fn item(excepting: bool, total: bool) -> Expect {
    Expect::Item { server: None, excepting, total }
}

fn value(names: &[&str], subject: Tested, operator: TokenKind, listed: Option<&[&str]>) -> Expect {
    let listed = listed.map(|listed| listed.iter().map(|text| (*text).to_owned()).collect());
    Expect::Value { path: args(names), subject, operator, listed }
}

#[test]
fn statements_selections_and_clauses() {
    let cases = [
        ("|", Expect::Statement),
        ("al|", Expect::Statement),
        ("deny a; |", Expect::Statement),
        ("policy p { den|", Expect::Statement),
        ("deny |", item(false, false)),
        ("deny a, b|", item(false, false)),
        ("limit |", item(false, true)),
        ("limit total |", item(false, false)),
        ("limit a, |", item(false, false)),
        ("deny shop::|", Expect::Item { server: Some("shop".to_owned()), excepting: false, total: false }),
        ("deny shop::ca|", Expect::Item { server: Some("shop".to_owned()), excepting: false, total: false }),
        ("deny a |", Expect::AfterItem { excepting: false }),
        ("deny @write except |", item(true, false)),
        ("deny @write except a |", Expect::AfterItem { excepting: true }),
        ("limit a |", Expect::AfterItem { excepting: false }),
        ("limit a 3|", Expect::AfterItem { excepting: false }),
        ("limit a 30 |", Expect::Slash),
        ("limit a 30/|", Expect::Unit(false)),
        ("limit a 30/5|", Expect::Unit(false)),
        ("limit a 30/5 |", Expect::Unit(true)),
        ("limit a 30/min |", Expect::Clause),
        ("limit a 30/min per |", Expect::Scope),
        ("limit a 30/min per caller.|", Expect::ScopeClaim),
        ("limit a 30/min per grant |", Expect::Clause),
        ("limit a 30/min of |", Expect::Path(Purpose::Sum)),
        ("limit a 30/min of args.x |", Expect::Clause),
        ("limit a 30/min as |", Expect::Text(Text::Counter)),
        ("limit a 30/min because |", Expect::Text(Text::Reason)),
        ("deny * because \"x\" |", Expect::Clause),
        ("require |", Expect::Requirement),
        ("require approval |", Expect::AfterApproval),
        ("require approval by |", Expect::Text(Text::Approver)),
        ("require approval by \"x\" |", Expect::Words(&["for"])),
        ("require approval by \"x\" for |", item(false, false)),
        ("require approval for |", item(false, false)),
        ("require args.a == 1 |", Expect::AfterCondition(false)),
        ("require args.a == 1 for |", item(false, false)),
        ("require args.a == 1 for a |", Expect::AfterItem { excepting: false }),
        ("assert |", Expect::Demand),
        ("assert approval |", Expect::Words(&["for"])),
        ("assert limit a |", Expect::AfterItem { excepting: false }),
        ("assert deny a for |", Expect::Words(&["valid calls"])),
        ("server s |", Expect::Words(&["from"])),
        ("server s from |", Expect::Text(Text::Catalogue)),
        ("import |", Expect::Text(Text::Import)),
        ("let x = |", Expect::Literal),
        ("let x = [1, |", Expect::Literal),
        ("let |", Expect::Nothing),
        ("group g = |", item(false, false)),
        ("policy |", Expect::Nothing),
        // What was not finished does not swallow what begins on a line of its own.
        ("deny a when args.\nlimit |", item(false, true)),
        ("test \"t\" {\n call a\n}\ndeny |", item(false, false)),
        ("deny a when ((args.x == 1\ndeny |", item(false, false)),
    ];
    for (text, wanted) in cases {
        assert_eq!(at(text).2, wanted, "{text}");
    }
}

#[test]
fn conditions() {
    let operator = |names: &[&str], subject| Expect::Operator(args(names), subject);
    let cases = [
        ("deny a when |", Expect::Condition),
        ("deny a when not |", Expect::Condition),
        ("deny a when (|", Expect::Condition),
        ("deny a when args.x|", Expect::Condition),
        ("deny a when args.x == 1 and |", Expect::Condition),
        ("deny a when args.|", Expect::Step(args(&[]), Purpose::Test)),
        ("deny a when args.x.|", Expect::Step(args(&["x"]), Purpose::Test)),
        ("deny a when args.\"x y\".|", Expect::Step(args(&["x y"]), Purpose::Test)),
        ("deny a when args.\"x|\"", Expect::Step(args(&[]), Purpose::Test)),
        ("deny a when args.x[|", Expect::Index(Purpose::Test)),
        ("deny a when every args.x[|", Expect::Index(Purpose::Elements)),
        ("deny a when every args.x[*|", Expect::IndexEnd),
        ("deny a when every args.x[* |", Expect::IndexEnd),
        ("deny a when args.x[0 |", Expect::IndexEnd),
        ("deny a when args.x |", operator(&["x"], Tested::Value)),
        ("deny a when every args.x |", operator(&["x"], Tested::Elements)),
        ("deny a when length(args.x) |", operator(&["x"], Tested::Length)),
        ("deny a when length(|", Expect::Path(Purpose::Length)),
        ("deny a when length(args.x|", Expect::Path(Purpose::Length)),
        ("deny a when some |", Expect::Path(Purpose::Elements)),
        ("deny a when has |", Expect::Path(Purpose::Has)),
        ("deny a when has args.x |", Expect::AfterCondition(false)),
        ("deny a when (has args.x |", Expect::AfterCondition(true)),
        ("deny a when (has args.x) |", Expect::AfterCondition(false)),
        ("deny a when args.x not |", Expect::Words(&["in"])),
        ("deny a when args.x == |", value(&["x"], Tested::Value, TokenKind::EqualEqual, None)),
        ("deny a when args.x == tr|", value(&["x"], Tested::Value, TokenKind::EqualEqual, None)),
        ("deny a when args.x == \"a|\"", value(&["x"], Tested::Value, TokenKind::EqualEqual, None)),
        ("deny a when args.x in |", value(&["x"], Tested::Value, TokenKind::In, None)),
        ("deny a when args.x in [|", value(&["x"], Tested::Value, TokenKind::In, Some(&[]))),
        ("deny a when args.x in [\"b\", |]", value(&["x"], Tested::Value, TokenKind::In, Some(&["\"b\""]))),
        ("deny a when args.x in [\"b\" |]", Expect::Nothing),
        ("deny a when args.x in [\"b\"] |", Expect::AfterCondition(false)),
        ("deny a when args.x args.y == |", value(&["y"], Tested::Value, TokenKind::EqualEqual, None)),
        ("deny a unless args.x == 1 |", Expect::AfterCondition(false)),
    ];
    for (text, wanted) in cases {
        assert_eq!(at(text).2, wanted, "{text}");
    }
}

#[test]
fn tests_and_json() {
    let test = |text: &str| at(&format!("test \"t\" {{\n  {text}")).2;
    let member = |steps, seen: &[&str]| Expect::Key(keys(steps, seen));
    let inner = |steps| Expect::JsonValue(keys(steps, &[]));
    let cases = [
        ("|", Expect::Statement),
        ("call |", Expect::Tool { server: None }),
        ("call s::|", Expect::Tool { server: Some("s".to_owned()) }),
        ("call a |", Expect::AfterTool),
        ("call a {|", member(vec![], &[])),
        ("call a {\"x\": 1, |", member(vec![], &["x"])),
        ("call a {\"x|\": 1}", member(vec![], &[])),
        ("call a {\"x\" |", Expect::Nothing),
        ("call a {\"x\": |", inner(vec![key("x")])),
        ("call a {\"x\": |}", inner(vec![key("x")])),
        ("call a {\"x\": }, |", Expect::AfterTool),
        ("call a {\"x\": 1 |", Expect::Nothing),
        ("call a {\"x\": {|", member(vec![key("x")], &[])),
        ("call a {\"x\": {}, |", member(vec![], &["x"])),
        ("call a {\"x\": {\"y\": 1}, |", member(vec![], &["x"])),
        ("call a {\"x\": [|", inner(vec![key("x"), Step::Index(0)])),
        ("call a {\"x\": [], |", member(vec![], &["x"])),
        ("call a {\"x\": [1, |", inner(vec![key("x"), Step::Index(1)])),
        ("call a {\"x\": [1, {|", member(vec![key("x"), Step::Index(1)], &[])),
        ("call a {\"x\": [{\"y\": 1}], \"z\": |", inner(vec![key("z")])),
        ("call a {\"x\": 1} |", Expect::AfterTool),
        ("call a {} from {|", Expect::Key(Keys { claims: true, ..Keys::default() })),
        ("call a {} as |", Expect::Text(Text::Grant)),
        ("call a {} times |", Expect::Times),
        ("call a {} -> |", Expect::Outcome),
        ("call a {} -> den|", Expect::Outcome),
        ("call a {} -> deny |", Expect::Text(Text::Denial)),
        ("call a {} -> deny \"x|\"", Expect::Text(Text::Denial)),
        ("call a {} -> allow |", Expect::Nothing),
        ("wait |", Expect::Duration),
        ("wait 1|", Expect::Duration),
        ("wait 1 |", Expect::Unit(true)),
    ];
    for (text, wanted) in cases {
        assert_eq!(test(text), wanted, "{text}");
    }
}

#[test]
fn facts_of_a_statement() {
    let (_, facts, _) = at("limit total a, @write except b 3/min per grant when |");
    assert_eq!((facts.form, facts.total, facts.rated), (Form::Limit, true, true));
    assert_eq!((facts.items.len(), facts.except.len()), (2, 1));
    assert_eq!(facts.clause, Some(TokenKind::When));
    let (_, facts, _) = at("test \"t\" { call s::\"a b\" {} times 3 |");
    assert_eq!(facts.tool, Some((Some("s".to_owned()), "a b".to_owned())));
    assert_eq!(facts.parts, [TokenKind::LeftBrace, TokenKind::Times]);
    assert_eq!(at("require approval for |").1.form, Form::Approval);
    assert_eq!(at("assert limit |").1.form, Form::AssertLimit);
}

#[test]
fn surroundings() {
    let (cursor, ..) = at("policy p {\n  deny cre|ate_x when has args.y;\n}");
    assert_eq!((cursor.typed(), cursor.block, cursor.line_goes_on), ("cre", Block::Policy, true));
    assert_eq!(cursor.text.get(cursor.replace().range()), Some("create_x"));
    let after: Vec<TokenKind> = cursor.after.iter().map(|token| token.kind).collect();
    assert_eq!(after, [TokenKind::When, TokenKind::Has, TokenKind::Name]);
    assert_eq!(at("test \"t\" {\n|\n}").0.block, Block::Test);
    assert_eq!(at("test \"t\" {\n call a\ndeny b; |").0.block, Block::File);
    assert!(at("deny a\n  wh|").0.new_line);
    assert!(!at("deny a wh|").0.new_line);
    assert!(!at("deny |\nallow b;").0.line_goes_on);
    assert!(matches!(at("deny a; // x|").0.place, CursorIn::Comment(_)));
    assert!(matches!(at("deny a because \"x|").0.place, CursorIn::Text(_)));
    assert_eq!(at("deny 'x|y'").0.place, CursorIn::Foreign);
    assert_eq!(at("deny \"x\"|").0.place, CursorIn::Code);
    // Of a string without end only what is typed is replaced.
    let (cursor, ..) = at("import \"ab|cd;\n");
    assert_eq!(cursor.text.get(cursor.replace().range()), Some("\"ab"));
    // An offset that no text can be at is moved.
    let cursor = Cursor::new("é", &lex("é"), FileId(0), 1);
    assert_eq!(cursor.at, 0);
    assert_eq!(Cursor::new("a", &lex("a"), FileId(0), 99).at, 1);
}
