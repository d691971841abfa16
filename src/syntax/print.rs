//! Parts of the tree on one line, as the formatter writes them.
//!
//! What is written here reads back as the same part. Messages use it too ("Denied when args.amount > 5."), which
//! is why a condition can be written with the values of `let` names in place of the names. Parts that could not
//! be read are written as `…`; no artefact or formatted text ever holds one, since both need a tree without errors.
//! The functions recurse as deep as the tree is, which the parser bounds.

use std::borrow::Cow;

use super::ast::{
    Atom, Clauses, Duration, ExpectedOutcome, Expr, ExprKind, LetValue, List, LiteralExpr, LiteralValue, Operand,
    OutcomeKind, Path, Patterns, Rate, Scope, ScopeKind, Segment, SegmentKind, Selection, SelectionItem, SelectionKind,
    ValueTest, When,
};
use super::text::unescape;
use super::token::{TokenKind, lex};
use crate::diagnostics::visible_json;
use crate::json::json_quote;
use crate::predicate::{PathRoot, write_key};

/// What stands for a part that could not be read.
const UNREADABLE: &str = "…";

/// Gives the value of a `let` name, written out.
type Lets<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A condition with the fewest parentheses: `args.a == 1 and (has args.b or not has args.c)`.
#[must_use]
pub fn condition(expr: &Expr) -> String {
    condition_with(expr, &|_| None)
}

/// A condition with values in place of the `let` names for which `lets` gives one.
#[must_use]
pub fn condition_with(expr: &Expr, lets: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    write_condition(&mut out, expr, lets);
    out
}

fn write_condition(out: &mut String, expr: &Expr, lets: Lets<'_>) {
    match &expr.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.push_str(if matches!(expr.kind, ExprKind::Or(_)) { " or " } else { " and " });
                }
                write_operand_of(out, expr, part, lets);
            }
        }
        ExprKind::Not(inner) => {
            out.push_str("not ");
            write_operand_of(out, expr, inner, lets);
        }
        ExprKind::Atom(test) => out.push_str(&atom_with(test, lets)),
        ExprKind::Error => out.push_str(UNREADABLE),
    }
}

fn write_operand_of(out: &mut String, outer: &Expr, inner: &Expr, lets: Lets<'_>) {
    if needs_parentheses(outer, inner) {
        out.push('(');
        write_condition(out, inner, lets);
        out.push(')');
    } else {
        write_condition(out, inner, lets);
    }
}

/// Whether `inner` reads back as a part of `outer` only in parentheses.
pub(crate) fn needs_parentheses(outer: &Expr, inner: &Expr) -> bool {
    binding(inner) < binding(outer)
}

/// Whether `inner` is an `and` below an `or` that stands in parentheses: they change nothing, and say what `and` takes in.
pub(crate) fn sets_apart(outer: &Expr, inner: &Expr) -> bool {
    match (&outer.kind, &inner.kind) {
        // The place of a condition holds its parentheses.
        (ExprKind::Or(_), ExprKind::And(parts)) => {
            parts.first().is_some_and(|first| inner.span.start < first.span.start)
        }
        _ => false,
    }
}

/// How tightly a condition holds together.
fn binding(expr: &Expr) -> u8 {
    match expr.kind {
        ExprKind::Or(_) => 0,
        ExprKind::And(_) => 1,
        ExprKind::Not(_) => 2,
        ExprKind::Atom(_) | ExprKind::Error => 3,
    }
}

/// A test of one value: `args.a in [1, 2]`.
#[must_use]
pub fn atom(atom: &Atom) -> String {
    atom_with(atom, &|_| None)
}

fn atom_with(atom: &Atom, lets: Lets<'_>) -> String {
    let subject = atom_subject(atom);
    match atom {
        Atom::Has(_) => subject,
        Atom::Test(_, test) | Atom::Every(_, test) | Atom::Some(_, test) => {
            format!("{subject} {}", value_test(test, lets))
        }
        Atom::Length(_, comparison, value) => format!("{subject} {} {}", comparison.symbol(), operand(value, lets)),
    }
}

/// The part of an atom before its operator: `every args.a`, `length(args.a)`.
pub(crate) fn atom_subject(atom: &Atom) -> String {
    let path = path(atom.path());
    match atom {
        Atom::Has(_) => format!("has {path}"),
        Atom::Test(..) => path,
        Atom::Every(..) => format!("every {path}"),
        Atom::Some(..) => format!("some {path}"),
        Atom::Length(..) => format!("length({path})"),
    }
}

fn patterns(patterns: &Patterns, lets: Lets<'_>) -> String {
    match patterns {
        Patterns::One(pattern) => operand(pattern, lets),
        Patterns::Any(items, _) => brackets(items.iter().map(|item| operand(item, lets))),
    }
}

fn value_test(test: &ValueTest, lets: Lets<'_>) -> String {
    match test {
        ValueTest::Compare(comparison, value) => format!("{} {}", comparison.symbol(), operand(value, lets)),
        ValueTest::In { negated, list } => {
            let list = match list {
                List::Items(items, _) => brackets(items.iter().map(|item| operand(item, lets))),
                List::Name(name) => lets(&name.text).unwrap_or_else(|| name.text.clone()),
            };
            format!("{} {list}", in_word(*negated))
        }
        ValueTest::Contains(value) => format!("contains {}", operand(value, lets)),
        ValueTest::Like(list) => format!("like {}", patterns(list, lets)),
        ValueTest::Matches(list) => format!("matches {}", patterns(list, lets)),
    }
}

/// `in` or `not in`.
pub(crate) const fn in_word(negated: bool) -> &'static str {
    if negated { "not in" } else { "in" }
}

fn operand(operand: &Operand, lets: Lets<'_>) -> String {
    match operand {
        Operand::Literal(value) => literal(value),
        Operand::Name(name) => lets(&name.text).unwrap_or_else(|| name.text.clone()),
        Operand::Error(_) => UNREADABLE.to_owned(),
    }
}

/// A value in a condition, `let` names as names.
pub(crate) fn value(value: &Operand) -> String {
    operand(value, &|_| None)
}

fn brackets(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A literal: a string with the fewest escapes, a number as its author wrote it.
#[must_use]
pub fn literal(literal: &LiteralExpr) -> String {
    match &literal.value {
        LiteralValue::Str(text) => string(text),
        LiteralValue::Number(text, _) => text.clone(),
        LiteralValue::Bool(true) => "true".to_owned(),
        LiteralValue::Bool(false) => "false".to_owned(),
        LiteralValue::Null => "null".to_owned(),
    }
}

/// The value of a `let`: a literal or a list of them.
#[must_use]
pub fn let_value(value: &LetValue) -> String {
    match value {
        LetValue::Literal(value) => literal(value),
        LetValue::List(items, _) => brackets(items.iter().map(literal)),
        LetValue::Error => UNREADABLE.to_owned(),
    }
}

/// A JSON string (RFC 8259) with the fewest escapes. Characters that do not show, or change how others show, are
/// escaped too, so that a text cannot read otherwise than it is.
#[must_use]
pub fn string(text: &str) -> String {
    let quoted = json_quote(text);
    match visible_json(&quoted) {
        Cow::Borrowed(_) => quoted,
        Cow::Owned(shown) => shown,
    }
}

/// A string of a text, quotes included, with the escapes that [`string`] would choose.
pub(crate) fn requote(raw: &str) -> String {
    unescape(raw).map_or_else(|_| raw.to_owned(), |text| string(&text))
}

/// A tool's name: bare where it reads back as a name, else as a string.
#[must_use]
pub fn tool(name: &str) -> String {
    if is_bare(name) { name.to_owned() } else { string(name) }
}

/// Whether a text is one name to the lexer: no keyword, nothing else.
pub(crate) fn is_bare(text: &str) -> bool {
    matches!(lex(text).as_slice(), [token] if token.kind == TokenKind::Name)
}

/// A path: `args.items[0].sku`, `args."odd key"`, `caller.team`.
#[must_use]
pub fn path(path: &Path) -> String {
    path.root.map_or_else(|| UNREADABLE.to_owned(), |root| path_from(root, &path.segments))
}

fn path_from(root: PathRoot, segments: &[Segment]) -> String {
    let mut out = root.name().to_owned();
    let mut continues = true;
    for segment in segments {
        match &segment.kind {
            SegmentKind::Index(index) => {
                out.push_str(&format!("[{index}]"));
                continues = false;
            }
            SegmentKind::Each => {
                out.push_str("[*]");
                continues = false;
            }
            // Writing to a string cannot fail.
            SegmentKind::Key(key) => continues = write_key(&mut out, key, continues).unwrap_or_default(),
        }
    }
    out
}

/// A scope: `grant`, `server`, `caller.team`.
#[must_use]
pub fn scope(scope: &Scope) -> String {
    match &scope.kind {
        ScopeKind::Grant => "grant".to_owned(),
        ScopeKind::Server => "server".to_owned(),
        ScopeKind::Caller(claim) => {
            let claim = Segment { kind: SegmentKind::Key(claim.clone()), span: scope.span };
            path_from(PathRoot::Caller, &[claim])
        }
    }
}

/// The largest whole unit of a length of time, and how many of it.
const fn unit(seconds: u64) -> (u64, &'static str) {
    const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "min")];
    let [day, hour, minute] = UNITS;
    if seconds.is_multiple_of(day.0) {
        (seconds / day.0, day.1)
    } else if seconds.is_multiple_of(hour.0) {
        (seconds / hour.0, hour.1)
    } else if seconds.is_multiple_of(minute.0) {
        (seconds / minute.0, minute.1)
    } else {
        (seconds, "s")
    }
}

/// A length of time in its largest whole unit, with the count: `1min`, `90s`.
#[must_use]
pub fn duration(duration: &Duration) -> String {
    let (count, unit) = unit(duration.seconds);
    format!("{count}{unit}")
}

/// A window in its largest whole unit: `min`, `5min`.
#[must_use]
pub fn window(window: &Duration) -> String {
    match unit(window.seconds) {
        (1, unit) => unit.to_owned(),
        (count, unit) => format!("{count}{unit}"),
    }
}

/// How many, how often: `30/min`, `1_000_000/7day`.
#[must_use]
pub fn rate(rate: &Rate) -> String {
    format!("{}/{}", rate.max.text, window(&rate.window))
}

/// A selection: `send_dm, reply_*, @write except "odd name"`.
#[must_use]
pub fn selection(selection: &Selection) -> String {
    let list = |items: &[SelectionItem]| items.iter().map(selection_item).collect::<Vec<_>>().join(", ");
    match selection.except.as_slice() {
        [] => list(&selection.items),
        except => format!("{} except {}", list(&selection.items), list(except)),
    }
}

/// One item of a selection: `facebook::delete_*`.
#[must_use]
pub fn selection_item(item: &SelectionItem) -> String {
    let what = match &item.kind {
        SelectionKind::Name(name) | SelectionKind::Quoted(name) => tool(name),
        SelectionKind::Glob(glob) => glob.clone(),
        SelectionKind::Everything => "*".to_owned(),
        SelectionKind::Set(name) => format!("@{name}"),
        SelectionKind::Error => UNREADABLE.to_owned(),
    };
    match &item.server {
        Some(server) => format!("{}::{what}", server.text),
        None => what,
    }
}

/// `when C` or `unless C`.
#[must_use]
pub fn when(when: &When) -> String {
    format!("{} {}", when_word(when), condition(&when.condition))
}

/// `when` or `unless`.
pub(crate) const fn when_word(when: &When) -> &'static str {
    if when.unless { "unless" } else { "when" }
}

/// The clauses in their order, with spaces between: `of args.amount per grant when ...`.
#[must_use]
pub fn clauses(clauses: &Clauses) -> String {
    let parts = [
        clauses.of.as_ref().map(|of| format!("of {}", path(of))),
        clauses.per.as_ref().map(|per| format!("per {}", scope(per))),
        clauses.when.as_ref().map(when),
        clauses.counter.as_ref().map(|name| format!("as {}", string(&name.text))),
        clauses.because.as_ref().map(|reason| format!("because {}", string(&reason.text))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// An expected outcome: `deny "text"`.
#[must_use]
pub fn outcome(outcome: &ExpectedOutcome) -> String {
    let word = match outcome.kind {
        OutcomeKind::Allow => "allow",
        OutcomeKind::Deny => "deny",
        OutcomeKind::Approval => "approval",
    };
    match &outcome.text {
        Some(text) => format!("{word} {}", string(&text.text)),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax::ast::ItemKind;
    use crate::syntax::parse;

    /// The condition of `deny x when ...`.
    fn read(text: &str) -> Expr {
        let parse = parse(&format!("deny x when {text}"), FileId(0));
        assert!(parse.errors.is_empty(), "{text}: {:?}", parse.errors);
        let ItemKind::Rule(rule) = &parse.file.items[0].kind else { panic!("no rule: {text}") };
        rule.clauses.when.clone().unwrap().condition
    }

    #[test]
    fn conditions() {
        for (written, canonical) in [
            ("((args.a == 1))", "args.a == 1"),
            ("(args.a==1 and args.b!=2) or args.c<3", "args.a == 1 and args.b != 2 or args.c < 3"),
            ("args.a<=1 and (args.b>2 or args.c>=3)", "args.a <= 1 and (args.b > 2 or args.c >= 3)"),
            ("has args.a and (has args.b and has args.c)", "has args.a and has args.b and has args.c"),
            ("not (not (has args.a))", "not not has args.a"),
            ("not ( has args.a and has args.b )", "not (has args.a and has args.b)"),
            ("(not has args.a) or not (has args.b or has args.c)", "not has args.a or not (has args.b or has args.c)"),
            ("args.a in [ 1,2_0 , x ]", "args.a in [1, 2_0, x]"),
            ("args.a  not  in  codes", "args.a not in codes"),
            ("args.a in []", "args.a in []"),
            ("every args.a like \"f\\u0065\\/*\"", "every args.a like \"fe/*\""),
            ("some args.a matches \"\\\\d+\\\"\"", "some args.a matches \"\\\\d+\\\"\""),
            ("length (args.a)>1.50e3", "length(args.a) > 1.50e3"),
            ("args.a contains null", "args.a contains null"),
            ("args.a == \"\\u202e\\u0007\\u00e9\\t\"", "args.a == \"\\u202e\\u0007é\\t\""),
            ("args . \"items\" [ 0 ] . \"sku\" == true", "args.items[0].sku == true"),
            ("has args.\"a.b\".\"limit\"[1].when.\"x\"", "has args.\"a.b\".limit[1].when.x"),
            ("has args.\"0\" and has args.a[0].\"0\"", "has args.0 and has args.a[0].\"0\""),
            (
                "has args.\"a-\" and has args.\"\" and has args.\"$and\".a-b",
                "has args.\"a-\" and has args.\"\" and has args.\"$and\".a-b",
            ),
            ("has caller.\"odd claim\"", "has caller.\"odd claim\""),
        ] {
            assert_eq!(condition(&read(written)), canonical);
            assert_eq!(condition(&read(canonical)), canonical, "not stable: {canonical}");
        }
    }

    #[test]
    fn let_names_are_replaced_by_values() {
        let expr = read("args.a > most and args.b in codes and args.c == other");
        let lets = |name: &str| match name {
            "most" => Some("50_000".to_owned()),
            "codes" => Some("[\"a\", \"b\"]".to_owned()),
            _ => None,
        };
        assert_eq!(condition_with(&expr, &lets), "args.a > 50_000 and args.b in [\"a\", \"b\"] and args.c == other");
    }

    #[test]
    fn names_that_do_not_read_back_are_quoted() {
        for (name, written) in [
            ("send_dm", "send_dm"),
            ("a.b-c", "a.b-c"),
            ("deny", "\"deny\""),
            ("a b", "\"a b\""),
            ("a_*", "\"a_*\""),
            ("*", "\"*\""),
            ("", "\"\""),
            ("a-", "\"a-\""),
            ("é", "\"é\""),
            ("@a", "\"@a\""),
        ] {
            assert_eq!(tool(name), written);
        }
    }

    #[test]
    fn windows_have_their_largest_whole_unit() {
        let span = crate::source::Span::default();
        for (seconds, short, long) in [
            (1, "s", "1s"),
            (59, "59s", "59s"),
            (60, "min", "1min"),
            (90, "90s", "90s"),
            (300, "5min", "5min"),
            (7_200, "2hour", "2hour"),
            (86_400, "day", "1day"),
            (604_800, "7day", "7day"),
        ] {
            assert_eq!(
                (window(&Duration { seconds, span }), duration(&Duration { seconds, span })),
                (short.into(), long.into())
            );
        }
    }

    #[test]
    fn statements_by_their_parts() {
        let text = "limit total a::\"b c\", @write, x_* except \"deny\" 5/60s of args.n per caller.team unless has args.x as \"n\" because \"r\"";
        let parse = parse(text, FileId(0));
        assert!(parse.errors.is_empty(), "{:?}", parse.errors);
        let ItemKind::Rule(rule) = &parse.file.items[0].kind else { panic!() };
        assert_eq!(selection(&rule.selection), "a::\"b c\", @write, x_* except \"deny\"");
        assert_eq!(clauses(&rule.clauses), "of args.n per caller.team unless has args.x as \"n\" because \"r\"");
    }
}
