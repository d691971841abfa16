//! Hover on arguments, claims, constants and patterns.

use super::super::{View, card, model};
use super::{MOST_WRITTEN, statements};
use crate::describe::{self, code, markdown};
use crate::diagnostics::{count, shown};
use crate::glossary;
use crate::json::json_quote;
use crate::pattern::{Like, Regex};
use crate::predicate::{self, Condition, PathRoot};
use crate::probe;
use crate::sema::quantified;
use crate::source::Span;
use crate::syntax::ast::{
    Atom, Effect, Expr, ExprKind, Item, ItemKind, LetValue, LiteralExpr, LiteralValue, Operand, Path, ValueTest,
};
use crate::syntax::print;

/// The most tools whose schemas are looked into; more would take too long to be a hover.
const MOST_SCHEMAS: usize = 200;

/// So many values of a list are counted at a glance.
const FEW_VALUES: usize = 5;

/// `args` or `caller` at the start of a path.
pub(super) fn root(path: &Path) -> Option<String> {
    glossary::of_term(path.root?.name()).map(|word| format!("**`{}`** {}", word.text, word.meaning))
}

/// A step of a path: what the schemas of the selected tools say of the value there.
pub(super) fn step(view: &View<'_>, item: &Item, path: &Path, index: usize) -> Option<String> {
    let until = path.segments.get(..=index)?;
    let written = Path { segments: until.to_vec(), ..path.clone() };
    let written = print::path(&written);
    let name = code(&written);
    match path.root? {
        PathRoot::Caller => Some(format!(
            "**{name}** A claim of the caller, as the gateway authenticated it. If it is missing, every test of it is false."
        )),
        PathRoot::Args => {
            let tools = view.selected(item);
            let looked = tools.get(..MOST_SCHEMAS).unwrap_or(&tools);
            let mut text = match card::argument(view, looked, &model::steps(until), &written) {
                Some(text) => text,
                None if tools.is_empty() => format!("**{name}** No tool is selected."),
                None => format!("**{name}** No schema of the selected tools says anything about it."),
            };
            if looked.len() < tools.len() {
                text.push_str(&format!("\n\n_The first {} of {} selected tools._", looked.len(), tools.len()));
            }
            Some(text)
        }
    }
}

/// A `let`: its value, and what is written above it.
pub(super) fn constant(view: &View<'_>, name: &str, at: u32) -> Option<String> {
    let Some((_, place, value)) = view.scope(at).lets().find(|(known, ..)| *known == name) else {
        return Some(format!("No `let` is named {}.", code(name)));
    };
    let written = match value {
        LetValue::Error => return None,
        value => shown(&print::let_value(value), MOST_WRITTEN),
    };
    let mut text = format!("```pol\nlet {name} = {written};\n```");
    if let LetValue::List(items, _) = value
        && items.len() > FEW_VALUES
    {
        text.push_str(&format!("\n\nA list of {}.", count(items.len(), "value")));
    }
    if let Some(documentation) = statements::documentation_at(view, place) {
        text.push_str(&format!("\n\n{documentation}"));
    }
    Some(text)
}

/// What the pattern at a place matches, in words and with examples.
pub(super) fn pattern(item: &Item, span: Span) -> Option<String> {
    let conditions = match &item.kind {
        ItemKind::Rule(rule) => {
            let required = match &rule.effect {
                Effect::Require(condition) => Some(condition),
                _ => None,
            };
            [required, rule.clauses.when.as_ref().map(|when| &when.condition)]
        }
        ItemKind::Assert(assert) => [assert.clauses.when.as_ref().map(|when| &when.condition), None],
        _ => return None,
    };
    let atom = conditions.into_iter().flatten().find_map(|condition| atom(condition, span))?;
    let (Atom::Test(_, test) | Atom::Every(_, test) | Atom::Some(_, test)) = atom else { return None };
    let (ValueTest::Like(patterns) | ValueTest::Matches(patterns)) = test else { return None };
    let operand = patterns.operands().iter().find(|operand| operand.span() == span)?;
    let Operand::Literal(LiteralExpr { value: LiteralValue::Str(text), .. }) = operand else { return None };
    let (test, examples) = match test {
        ValueTest::Like(_) => match Like::new(text) {
            Ok(like) => {
                let examples = like_examples(&like);
                (predicate::Test::Like(vec![like]), examples)
            }
            Err(error) => return Some(format!("Not a pattern: {}.", markdown(&error.message))),
        },
        _ => match Regex::new(text) {
            Ok(regex) => {
                let examples = probe::texts(&regex).into_iter().map(|text| (regex.is_match(&text), text)).collect();
                (predicate::Test::Matches(vec![regex]), examples)
            }
            Err(error) => return Some(format!("Not a pattern: {}.", markdown(&error.message))),
        },
    };
    let (path, test) = match atom {
        Atom::Every(path, _) => quantified(path, test, predicate::Test::Every)?,
        Atom::Some(path, _) => quantified(path, test, predicate::Test::Some)?,
        other => (model::path(other.path())?, test),
    };
    let condition = Condition::Atom(predicate::Atom { path, test, span });
    let mut said = format!("Holds when {}.", markdown(&describe::condition(&condition)));
    // The shortest that says something: the empty text matches much and shows little.
    let best = |wanted: bool| {
        let all = examples.iter().filter(|(matches, _)| *matches == wanted).map(|(_, text)| text);
        all.max_by_key(|text| (!text.is_empty(), std::cmp::Reverse(text.len())))
    };
    for (wanted, word) in [(true, "Matches"), (false, "Does not match")] {
        if let Some(example) = best(wanted) {
            said.push_str(&format!("\n\n{word} {}", code(&json_quote(example))));
        }
    }
    Some(said)
}

/// A text with something for each star, and texts beside it.
fn like_examples(like: &Like) -> Vec<(bool, String)> {
    let mut text = like.prefix().to_owned();
    if like.literal().is_none() {
        for middle in like.middle() {
            text.push('x');
            text.push_str(middle);
        }
        text.push('x');
        text.push_str(like.suffix());
    }
    let beside = [format!("x{text}"), format!("{text}x")];
    let all = std::iter::once(text).chain(beside);
    all.map(|text| (like.is_match(&text), text)).collect()
}

/// The atom whose value stands at a place. Depth is bounded by the parser.
fn atom(condition: &Expr, span: Span) -> Option<&Atom> {
    if span.start < condition.span.start || condition.span.end < span.end {
        return None;
    }
    match &condition.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter().find_map(|part| atom(part, span)),
        ExprKind::Not(inner) => atom(inner, span),
        ExprKind::Atom(found) => {
            let (Atom::Test(_, test) | Atom::Every(_, test) | Atom::Some(_, test)) = &**found else { return None };
            let (ValueTest::Like(patterns) | ValueTest::Matches(patterns)) = test else { return None };
            patterns.operands().iter().any(|operand| operand.span() == span).then_some(found)
        }
        ExprKind::Error => None,
    }
}
