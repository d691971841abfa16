//! Completes operators and values that fit the type of an argument.

use super::condition::{PathAt, Purpose, Tested};
use super::members::infos;
use super::sample;
use super::{Ask, Completion, CompletionKind, Key, escape};
use crate::ir::ToolId;
use crate::predicate::PathRoot;
use crate::schema::{Kinds, ValueInfo};
use crate::syntax::ast::{LetValue, LiteralExpr, LiteralValue};
use crate::syntax::print;
use crate::syntax::token::TokenKind;

/// What the schemas of the selected tools say of a path, put together.
struct Known {
    infos: Vec<ValueInfo>,
    /// The kinds of what is compared; all of them where nothing is known.
    kinds: Kinds,
    /// The kinds of its elements.
    elements: Kinds,
}

impl Known {
    fn of(ask: &Ask<'_, '_>, path: &PathAt, subject: Tested) -> Self {
        let tools =
            |ask: &Ask<'_, '_>| -> Vec<ToolId> { ask.selected().unwrap_or_else(|| ask.view.known_tools().all(None)) };
        let infos = match path.root {
            Some(PathRoot::Args) if !path.steps.is_empty() => infos(ask.view, &tools(ask), &path.steps),
            _ => Vec::new(),
        };
        let union = |kinds: fn(&ValueInfo) -> Kinds| {
            let all = infos.iter().fold(Kinds::NONE, |all, info| all.union(kinds(info)));
            if all.is_empty() { Kinds::VALUES } else { all }
        };
        let value = union(|info| info.kinds);
        let elements = union(|info| info.element_kinds);
        let kinds = match subject {
            Tested::Value => value,
            Tested::Elements => elements,
            Tested::Length => Kinds::NUMBER,
        };
        Self { infos, kinds, elements }
    }

    fn lists_values(&self, subject: Tested) -> bool {
        !self.infos.is_empty() && self.infos.iter().all(|info| !listed(info, subject).is_empty())
    }
}

fn listed(info: &ValueInfo, subject: Tested) -> &[String] {
    match subject {
        Tested::Value => &info.values,
        Tested::Elements => &info.element_values,
        Tested::Length => &[],
    }
}

/// An operator: how it is listed, what is inserted, what it is for, how early it is listed for a kind of value.
struct Operator {
    word: &'static str,
    snippet: &'static str,
    detail: &'static str,
    fits: Kinds,
}

/// Kinds that a literal can be equal to.
const SCALARS: Kinds = Kinds::NULL.union(Kinds::BOOL).union(Kinds::NUMBER).union(Kinds::STRING);

const OPERATORS: [Operator; 11] = [
    Operator { word: "==", snippet: "== $0", detail: "equal", fits: SCALARS },
    Operator { word: "!=", snippet: "!= $0", detail: "present, of the same type, and different", fits: SCALARS },
    Operator { word: "<=", snippet: "<= $0", detail: "at most", fits: Kinds::NUMBER },
    Operator { word: "<", snippet: "< $0", detail: "less", fits: Kinds::NUMBER },
    Operator { word: ">=", snippet: ">= $0", detail: "at least", fits: Kinds::NUMBER },
    Operator { word: ">", snippet: "> $0", detail: "greater", fits: Kinds::NUMBER },
    Operator { word: "in", snippet: "in [$1]", detail: "one of", fits: SCALARS },
    Operator { word: "not in", snippet: "not in [$1]", detail: "none of", fits: SCALARS },
    Operator { word: "contains", snippet: "contains $0", detail: "", fits: Kinds::STRING.union(Kinds::ARRAY) },
    Operator {
        word: "like",
        snippet: "like \"$1\"",
        detail: "the whole text, `*` any run of characters",
        fits: Kinds::STRING,
    },
    Operator {
        word: "matches",
        snippet: "matches \"$1\"",
        detail: "the whole text, a regular expression",
        fits: Kinds::STRING,
    },
];

/// Operators that fit.
pub(super) fn operators(ask: &mut Ask<'_, '_>, path: &PathAt, subject: Tested) {
    let known = Known::of(ask, path, subject);
    let enumerated = known.lists_values(subject);
    for (index, operator) in OPERATORS.iter().enumerate() {
        let text_only = matches!(operator.word, "contains" | "like" | "matches");
        // A length is one number: no list of them is in the language.
        let allowed =
            operator.fits.intersects(known.kinds) && (subject != Tested::Length || !operator.word.ends_with("in"));
        if !allowed {
            continue;
        }
        let detail = match operator.word {
            "contains" if !known.kinds.intersects(Kinds::STRING) => "an element is",
            "contains" if !known.kinds.intersects(Kinds::ARRAY) => "a part of the text is",
            "contains" => "an element, or a part of the text",
            _ => operator.detail,
        };
        let found =
            Completion::new(operator.word, CompletionKind::Operator, ask.replace).detail(Some(detail.to_owned()));
        let found = if ask.cursor.line_goes_on { found } else { found.snippet(operator.snippet) };
        let rank = 1 + u8::from(enumerated && text_only);
        ask.push(found.key(Key::Word(operator.word.to_owned())).place(rank, index));
    }
}

/// Values to compare with.
pub(super) fn values(
    ask: &mut Ask<'_, '_>,
    path: &PathAt,
    subject: Tested,
    operator: TokenKind,
    already: Option<&[String]>,
) {
    let known = Known::of(ask, path, subject);
    if operator == TokenKind::In && already.is_none() {
        return lists(ask, &known, subject);
    }
    if matches!(operator, TokenKind::Like | TokenKind::Matches) && already.is_none() && !ask.in_string() {
        let list = Completion::new("[…]", CompletionKind::Value, ask.replace).filter("[").snippet("[\"$1\"]");
        ask.push(list.detail(Some("a list of patterns: one of them".to_owned())).place(6, 1));
    }
    let mut wanted = known.kinds;
    let mut elements = subject == Tested::Elements;
    match operator {
        TokenKind::Contains => {
            // In a list one of its elements, in a text a part of it.
            elements |= known.kinds.intersects(Kinds::ARRAY);
            wanted = match known.kinds.intersects(Kinds::ARRAY) {
                true if known.kinds == Kinds::ARRAY => known.elements,
                true => known.elements.union(Kinds::STRING),
                false => Kinds::STRING,
            };
        }
        TokenKind::Like | TokenKind::Matches => wanted = Kinds::STRING,
        TokenKind::Less | TokenKind::LessEqual | TokenKind::Greater | TokenKind::GreaterEqual => wanted = Kinds::NUMBER,
        _ => {}
    }
    let pattern = matches!(operator, TokenKind::Like | TokenKind::Matches);
    let already = already.unwrap_or_default();
    let mut offered: Vec<String> = already.to_vec();
    let mut add = |ask: &mut Ask<'_, '_>, text: &str, detail: &str, rank: u8| {
        let string = text.starts_with('"');
        if offered.iter().any(|known| known == text) || ask.in_string() && !string {
            return;
        }
        let place = offered.len();
        offered.push(text.to_owned());
        let found = Completion::new(text, CompletionKind::Member, ask.replace).detail(Some(detail.to_owned()));
        ask.push(found.place(rank, place));
    };
    for info in &known.infos {
        let of = if elements { Tested::Elements } else { subject };
        for value in listed(info, of) {
            add(ask, value, "", 1);
        }
    }
    if subject == Tested::Value && !pattern {
        for info in &known.infos {
            if let Some(default) = info.default.as_deref().filter(|default| !default.starts_with(['[', '{'])) {
                add(ask, default, "default", 2);
            }
        }
    }
    if wanted.intersects(Kinds::BOOL) && (!known.infos.is_empty() || !ask.cursor.typed().is_empty()) {
        add(ask, "true", "", 2);
        add(ask, "false", "", 2);
    }
    if wanted.intersects(Kinds::NUMBER) {
        for (word, number) in known.infos.iter().flat_map(|info| bounds(info, subject)) {
            add(ask, &number, &word, 3);
        }
    }
    let equality = matches!(operator, TokenKind::EqualEqual | TokenKind::Equal | TokenKind::NotEqual | TokenKind::In);
    if equality && subject == Tested::Value && wanted.intersects(Kinds::NULL) {
        // Rarely meant, and never to be taken by mistake: what comes first is inserted by a key.
        add(ask, "null", "", 6);
    }
    if wanted.intersects(Kinds::STRING) && !known.lists_values(if elements { Tested::Elements } else { subject }) {
        texts(ask, &known, operator);
    }
    if !ask.in_string() {
        lets(ask, |value| matches!(value, LetValue::Literal(literal) if wanted.intersects(kind(literal))));
    }
}

/// Example texts for formats, and an empty one.
fn texts(ask: &mut Ask<'_, '_>, known: &Known, operator: TokenKind) {
    let goes_on = ask.cursor.line_goes_on;
    for (index, info) in known.infos.iter().enumerate() {
        let format = sample::bound(info, "format");
        let example = format.as_deref().and_then(|format| match operator {
            TokenKind::Like => sample::like(format),
            TokenKind::Matches => None,
            _ => sample::format(format),
        });
        if let (Some(example), Some(format)) = (example, format) {
            let label = print::string(example);
            if !ask.found.iter().any(|found| found.label == label) {
                let text = Completion::new(label, CompletionKind::Value, ask.replace).detail(Some(format));
                ask.push(text.snippet(format!("\"${{1:{}}}\"", escape(example))).place(4, index));
            }
        }
        if let (TokenKind::Matches, Some(pattern)) = (operator, sample::bound(info, "pattern")) {
            let label = print::string(&pattern);
            let text = Completion::new(label, CompletionKind::Value, ask.replace);
            ask.push(text.detail(Some("the pattern of the schema".to_owned())).place(4, index));
        }
    }
    if !ask.in_string() && !goes_on {
        let text = Completion::new("\"…\"", CompletionKind::Value, ask.replace).filter("\"\"");
        ask.push(text.snippet("\"$1\"").detail(Some("a text".to_owned())).place(5, 0));
    }
}

/// The numbers that a schema names as bounds: of the value, or of its length.
fn bounds(info: &ValueInfo, subject: Tested) -> Vec<(String, String)> {
    let words: &[&str] = match subject {
        Tested::Length => &["minLength", "maxLength", "minItems", "maxItems"],
        _ => &["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"],
    };
    let found = words.iter().filter_map(|word| {
        let number = sample::bound(info, word)?;
        let is_number = number.starts_with(|char: char| char.is_ascii_digit() || char == '-');
        is_number.then(|| ((*word).to_owned(), number))
    });
    found.collect()
}

/// What `in` takes: a list, or the name of one.
fn lists(ask: &mut Ask<'_, '_>, known: &Known, subject: Tested) {
    if ask.in_string() {
        return;
    }
    let list = Completion::new("[…]", CompletionKind::Value, ask.replace).filter("[");
    ask.push(list.snippet("[$1]").detail(Some("a list of values".to_owned())).place(1, 0));
    let mut all: Vec<&String> = Vec::new();
    for value in known.infos.iter().flat_map(|info| listed(info, subject)) {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    if (2..=12).contains(&all.len()) {
        let text = format!("[{}]", all.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", "));
        let list = Completion::new(text, CompletionKind::Value, ask.replace);
        ask.push(list.detail(Some("all of them".to_owned())).place(1, 1));
    }
    let wanted = known.kinds;
    lets(ask, |value| match value {
        LetValue::List(items, _) => items.iter().all(|item| wanted.intersects(kind(item))),
        LetValue::Literal(_) | LetValue::Error => false,
    });
}

/// `let` names whose values fit.
fn lets(ask: &mut Ask<'_, '_>, fits: impl Fn(&LetValue) -> bool) {
    let at = ask.cursor.at;
    let view = ask.view;
    for (name, _, value) in view.scope(at).lets().filter(|(_, _, value)| fits(value)) {
        let found = Completion::new(name, CompletionKind::Let, ask.replace).detail(Some(print::let_value(value)));
        ask.found.push(found.key(Key::Let(name.to_owned(), at)).rank(3));
    }
}

fn kind(literal: &LiteralExpr) -> Kinds {
    match literal.value {
        LiteralValue::Str(_) => Kinds::STRING,
        LiteralValue::Number(..) => Kinds::NUMBER,
        LiteralValue::Bool(_) => Kinds::BOOL,
        LiteralValue::Null => Kinds::NULL,
    }
}

/// The value of a `let`: only words can be offered.
pub(super) fn literals(ask: &mut Ask<'_, '_>) {
    let list = ask.cursor.before.iter().any(|token| token.kind == TokenKind::LeftBracket);
    for (index, word) in ["true", "false", "null"].into_iter().enumerate() {
        ask.push(Completion::new(word, CompletionKind::Value, ask.replace).place(2, index));
    }
    let text = Completion::new("\"…\"", CompletionKind::Value, ask.replace).filter("\"\"");
    ask.push(text.snippet("\"$1\"").detail(Some("a text".to_owned())).place(1, 0));
    if !list {
        let list = Completion::new("[…]", CompletionKind::Value, ask.replace).filter("[");
        ask.push(list.snippet("[$1]").detail(Some("a list of values".to_owned())).place(1, 1));
    }
}

/// Elements of an array: the first, and each of them where `every` or `some` speaks of them.
pub(super) fn index(ask: &mut Ask<'_, '_>, purpose: Purpose) {
    let closed = is_closed(ask);
    let all = [("*", "each element"), ("0", "the first element")];
    let skipped = usize::from(purpose != Purpose::Elements);
    for (index, (label, detail)) in all.into_iter().enumerate().skip(skipped) {
        let insert = if closed { label.to_owned() } else { format!("{label}]") };
        let found = Completion::new(label, CompletionKind::Value, ask.replace).insert(insert);
        ask.push(found.detail(Some(detail.to_owned())).place(1, index));
    }
}

/// The end of `[*]` and `[0]`, unless it is there.
pub(super) fn index_end(ask: &mut Ask<'_, '_>) {
    if !is_closed(ask) {
        ask.push(Completion::new("]", CompletionKind::Operator, ask.replace).place(1, 0));
    }
}

fn is_closed(ask: &Ask<'_, '_>) -> bool {
    ask.cursor.after.first().is_some_and(|next| next.kind == TokenKind::RightBracket)
}
