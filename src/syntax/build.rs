//! What the actions of the grammar build nodes with.
//!
//! The context turns places into texts and values, and collects the errors found on the way. No function here
//! fails: what cannot be read is reported and replaced by the likeliest reading, so that one mistake has one
//! message.

use std::collections::BTreeSet;

use super::ast::{
    Assert, Call, Claim, Clauses, Duration, Effect, Expr, ExprKind, Ident, Item, ItemKind, JsonText, Number, Operand,
    Outcome, Path, PathRoot, Rule, Scope, ScopeKind, Segment, SegmentKind, Selection, SelectionKind, Str, When,
};
use super::errors;
use super::text::{json_quote, unescape};
use super::token::TokenKind;
use crate::decimal::Decimal;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::source::{FileId, Span};

/// The deepest nesting of a condition or of JSON in a test. It bounds the recursion of everything that walks trees.
pub(crate) const MAX_DEPTH: u16 = 100;

/// The longest window: a hundred years.
const MAX_WINDOW: u64 = 36_500 * 86_400;

/// The most calls that one step of a test makes.
const MAX_TIMES: u64 = 1_000_000;

/// What a rule or assertion may have after its selection.
#[derive(Debug)]
pub(crate) enum Clause {
    /// `of PATH`
    Of(Path),
    /// `per SCOPE`
    Per(Scope),
    /// `when` or `unless`
    When(When),
    /// `as STRING`
    As(Str),
    /// `because STRING`
    Because(Str),
    /// `for valid calls`
    ValidCalls,
}

impl Clause {
    const fn name(&self) -> &'static str {
        match self {
            Self::Of(_) => "of",
            Self::Per(_) => "per",
            Self::When(When { unless: false, .. }) => "when",
            Self::When(_) => "unless",
            Self::As(_) => "as",
            Self::Because(_) => "because",
            Self::ValidCalls => "for valid calls",
        }
    }

    /// The place of the clause among the others.
    const fn rank(&self) -> u8 {
        match self {
            Self::Of(_) => 0,
            Self::Per(_) => 1,
            Self::When(_) => 2,
            Self::As(_) => 3,
            Self::Because(_) => 4,
            Self::ValidCalls => 5,
        }
    }
}

/// What a call in a test may have between its arguments and its outcome.
#[derive(Debug)]
pub(crate) enum Modifier {
    /// `from JSON`
    From(JsonText),
    /// `as STRING`
    As(Str),
    /// `times N`
    Times(Number),
}

/// JSON in a test, written out with canonical spacing.
#[derive(Debug)]
pub(crate) struct JsonTree {
    text: String,
    span: Span,
    depth: u16,
    kind: TokenKind,
}

/// The text that is parsed, and the errors found in it.
#[derive(Debug)]
pub(crate) struct Context<'t> {
    text: &'t str,
    file: FileId,
    too_deep: bool,
    errors: Vec<Diagnostic>,
    /// The statements whose errors of syntax only repeat what was reported; in order.
    damaged: Vec<(u32, u32)>,
    /// Where statements end that are unfinished: a missing `;` is not what is wrong there.
    unfinished: BTreeSet<u32>,
}

impl<'t> Context<'t> {
    pub(crate) fn new(text: &'t str, file: FileId, errors: Vec<Diagnostic>, damaged: Vec<(u32, u32)>) -> Self {
        Self { text, file, too_deep: false, errors, damaged, unfinished: BTreeSet::new() }
    }

    /// Everything that was reported.
    pub(crate) fn into_errors(self) -> Vec<Diagnostic> {
        let Self { mut errors, unfinished, .. } = self;
        errors
            .retain(|error| error.code != codes::MISSING_SEMICOLON || !unfinished.contains(&error.primary.span.start));
        errors
    }

    pub(crate) fn span(&self, start: u32, end: u32) -> Span {
        // An empty production takes its end from the token before its start.
        Span::new(self.file, start, end.max(start))
    }

    pub(crate) fn text(&self, start: u32, end: u32) -> &'t str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.errors.push(diagnostic);
    }

    pub(crate) fn syntax_error(&mut self, error: errors::ParseError) {
        let diagnostic = errors::describe(&error, self.text, self.file);
        let place = diagnostic.primary.span;
        let after = self.damaged.partition_point(|(begin, _)| *begin <= place.start);
        let before = after.checked_sub(1).and_then(|index| self.damaged.get(index));
        if before.is_some_and(|(_, end)| place.start <= *end) {
            return;
        }
        if place.start == place.end {
            self.unfinished.insert(place.start);
        }
        self.report(diagnostic);
    }

    pub(crate) fn item(&self, kind: ItemKind, start: u32, end: u32) -> Item {
        Item { kind, span: self.span(start, end) }
    }

    pub(crate) fn ident(&self, start: u32, end: u32) -> Ident {
        Ident { text: self.text(start, end).to_owned(), span: self.span(start, end) }
    }

    pub(crate) fn missing_name(&self, at: u32) -> Ident {
        Ident { text: String::new(), span: self.span(at, at) }
    }

    pub(crate) fn quoted_name(&mut self, start: u32, end: u32) -> Ident {
        let name = self.string(start, end);
        let mut error =
            Diagnostic::new(codes::UNEXPECTED_TOKEN, name.span, "a declared name is written without quotes");
        if is_plain_name(&name.text) {
            error = error.fix(Applicability::Safe, "remove the quotes", name.span, name.text.clone());
        }
        self.report(error);
        name
    }

    pub(crate) fn string(&mut self, start: u32, end: u32) -> Str {
        let span = self.span(start, end);
        let raw = self.text(start, end);
        match unescape(raw) {
            Ok(text) => Str { text, span },
            Err(error) => {
                let at = |offset: usize| start + crate::source::offset(offset);
                let place = self.span(at(error.range.start), at(error.range.end));
                let mut found = Diagnostic::new(codes::BAD_STRING, place, error.message).help(error.help);
                if error.double {
                    let title = format!("write `\\{}`", self.text(place.start, place.end));
                    found = found.fix(Applicability::Safe, title, place.at_start(), "\\");
                }
                self.report(found);
                Str { text: error.text, span }
            }
        }
    }

    pub(crate) fn number(&mut self, start: u32, end: u32) -> Number {
        let text = self.text(start, end);
        // What the lexer took for a number but is none was reported by the structure pass.
        let value = Decimal::parse(text).unwrap_or_else(|| Decimal::from(0));
        Number { text: text.to_owned(), value, span: self.span(start, end) }
    }

    pub(crate) fn wrong_operator(&mut self, start: u32, end: u32, right: &str) {
        let span = self.span(start, end);
        let message = match right {
            "=" => "`==` compares; a declaration has `=`".to_owned(),
            _ => "`=` declares; a comparison has `==`".to_owned(),
        };
        let fix = format!("write `{right}`");
        self.report(Diagnostic::new(codes::WRONG_OPERATOR, span, message).fix(Applicability::Safe, fix, span, right));
    }

    // Rules and their clauses

    pub(crate) fn rule(&mut self, effect: Effect, selection: Selection, clauses: Vec<(Clause, Span)>) -> ItemKind {
        let takes: &[&str] = match &effect {
            Effect::Allow => &["when"],
            Effect::Deny => &["when", "because"],
            Effect::Hide => &[],
            Effect::Limit { .. } => &["of", "per", "when", "as", "because"],
            Effect::Require(_) => &["because"],
            Effect::Approval => &["when", "because"],
        };
        if let Effect::Limit { rate, .. } = &effect {
            let sums = clauses.iter().any(|(clause, _)| matches!(clause, Clause::Of(_)));
            self.check_rate(rate, sums);
        }
        let (clauses, _) = self.clauses(effect.name(), takes, clauses);
        ItemKind::Rule(Rule { effect, selection, clauses })
    }

    pub(crate) fn assertion(&mut self, claim: Claim, selection: Selection, clauses: Vec<(Clause, Span)>) -> ItemKind {
        let (name, takes): (_, &[&str]) = match &claim {
            Claim::Deny => ("assert deny", &["when", "for valid calls"]),
            Claim::Allow => ("assert allow", &["when", "for valid calls"]),
            Claim::Limit(_) => ("assert limit", &["per", "for valid calls"]),
            Claim::Approval => ("assert approval", &["when", "for valid calls"]),
        };
        if let Claim::Limit(rate) = &claim {
            self.check_rate(rate, false);
        }
        let (clauses, valid) = self.clauses(name, takes, clauses);
        ItemKind::Assert(Assert { claim, selection, clauses, valid })
    }

    fn clauses(&mut self, statement: &str, takes: &[&str], given: Vec<(Clause, Span)>) -> (Clauses, Option<Span>) {
        let mut clauses = Clauses::default();
        let mut valid = None;
        let mut seen: Vec<(u8, Span, &'static str)> = Vec::new();
        for (clause, span) in given {
            let (name, rank) = (clause.name(), clause.rank());
            let kind = if name == "unless" { "when" } else { name };
            if !takes.contains(&kind) {
                let help = match takes {
                    [] => format!("`{statement}` takes nothing after its tools"),
                    _ => format!("`{statement}` takes {}", list_of(takes)),
                };
                let message = format!("`{statement}` takes no `{name}`");
                self.report(Diagnostic::new(codes::MISPLACED_CLAUSE, span, message).help(help));
                continue;
            }
            if let Some((_, first, _)) = seen.iter().find(|(other, _, _)| *other == rank) {
                let help = if kind == "when" { "join conditions with `and`" } else { "keep one of them" };
                let error =
                    Diagnostic::new(codes::MISPLACED_CLAUSE, span, format!("a second `{kind}` in one statement"));
                let error = error.because(*first, "the first is here").help(help);
                self.report(error);
                continue;
            }
            if let Some((_, before, other)) = seen.iter().find(|(other, _, _)| *other > rank) {
                let message = format!("`{name}` stands before `{other}`");
                let error = Diagnostic::new(codes::MISPLACED_CLAUSE, span, message)
                    .because(*before, format!("`{other}` is here"))
                    .help(format!("the order is {}", list_of(takes)));
                self.report(error);
            }
            seen.push((rank, span, name));
            match clause {
                Clause::Of(path) => clauses.of = Some(path),
                Clause::Per(scope) => clauses.per = Some(scope),
                Clause::When(when) => clauses.when = Some(when),
                Clause::As(name) => clauses.counter = Some(name),
                Clause::Because(reason) => clauses.because = Some(reason),
                Clause::ValidCalls => valid = Some(span),
            }
        }
        (clauses, valid)
    }

    pub(crate) fn valid_calls(&mut self, first: Ident, second: Ident) -> Clause {
        if (first.text.as_str(), second.text.as_str()) != ("valid", "calls") {
            let span = first.span.to(second.span);
            let error = Diagnostic::new(codes::UNEXPECTED_TOKEN, span, "only `for valid calls` can stand here");
            self.report(error.help("it narrows an assertion to calls that satisfy the inputSchema"));
        }
        Clause::ValidCalls
    }

    // Rates, windows, scopes

    fn check_rate(&mut self, rate: &super::ast::Rate, sums: bool) {
        let value = &rate.max.value;
        let message = if value.is_negative() {
            "a limit is not negative"
        } else if !sums && !value.is_whole() {
            "a limit on calls is a whole number"
        } else {
            return;
        };
        let help = "`0` lets nothing pass; only a limit on a sum, with `of`, may have a fraction";
        self.report(Diagnostic::new(codes::BAD_NUMBER, rate.max.span, message).help(help));
    }

    pub(crate) fn window(&mut self, count: Option<Number>, unit: Ident, start: u32, end: u32) -> Duration {
        let span = self.span(start, end);
        let length = match unit.text.as_str() {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3_600,
            "d" | "day" | "days" => 86_400,
            other => {
                let known = ["second", "minute", "hour", "day", "sec", "min"];
                let folded = other.to_ascii_lowercase();
                let guess = match folded.as_str() {
                    "hr" | "hrs" => Some("hour"),
                    same if known.contains(&same) => Some(same),
                    _ => crate::diagnostics::suggest::nearest(&folded, known),
                };
                let message = format!("{} is not a unit of time", quote(other));
                let mut error = Diagnostic::new(codes::BAD_WINDOW, unit.span, message)
                    .help("the units are `s`, `min`, `hour` and `day`; a week is `7day`");
                if let Some(guess) = guess {
                    error = error.fix(Applicability::Safe, format!("write `{guess}`"), unit.span, guess);
                }
                self.report(error);
                return Duration { seconds: 60, span };
            }
        };
        let Some(count) = count else { return Duration { seconds: length, span } };
        let seconds = count.value.to_u64().and_then(|count| count.checked_mul(length));
        match seconds {
            Some(seconds) if (1..=MAX_WINDOW).contains(&seconds) => Duration { seconds, span },
            _ => {
                let message = format!("{} is not a length of time", quote(self.text(start, end)));
                let help = "write a whole number of units, at least 1 and at most a hundred years";
                self.report(Diagnostic::new(codes::BAD_WINDOW, count.span, message).help(help));
                Duration { seconds: length, span }
            }
        }
    }

    pub(crate) fn scope(&mut self, name: Ident, tail: Vec<Vec<Segment>>, start: u32, end: u32) -> Scope {
        let span = self.span(start, end);
        let mut segments = self.split(&name);
        segments.extend(tail.into_iter().flatten());
        let kind = match segments.as_slice() {
            [only] if only.kind == SegmentKind::Key("grant".to_owned()) => Some(ScopeKind::Grant),
            [root, claim] if root.kind == SegmentKind::Key("caller".to_owned()) => match &claim.kind {
                SegmentKind::Key(claim) => Some(ScopeKind::Caller(claim.clone())),
                SegmentKind::Index(_) => None,
            },
            _ => None,
        };
        let kind = kind.unwrap_or_else(|| {
            let message = format!("{} is not a scope", quote(self.text(start, end)));
            let mut error = Diagnostic::new(codes::BAD_SCOPE, span, message).help(
                "a limit counts `per grant` (the default), `per server`, or `per caller.CLAIM` with one claim name",
            );
            let written = self.text(start, end);
            if written.strip_prefix("caller.").is_some_and(|claim| claim.contains('.')) {
                let quoted = format!("caller.{}", json_quote(written.trim_start_matches("caller.")));
                error = error.fix(Applicability::Unsafe, format!("write `{quoted}`"), span, quoted);
            } else if let Some(guess) = crate::diagnostics::suggest::nearest(written, ["grant", "server"]) {
                error = error.fix(Applicability::Safe, format!("write `{guess}`"), span, guess);
            } else if is_plain_name(written) && !written.contains('.') {
                let claim = format!("caller.{written}");
                error = error.fix(Applicability::Unsafe, format!("write `{claim}`"), span, claim);
            }
            self.report(error);
            ScopeKind::Grant
        });
        Scope { kind, span }
    }

    // Selections

    pub(crate) fn glob(&mut self, start: u32, end: u32) -> SelectionKind {
        let text = self.text(start, end);
        if text.contains("**") {
            let span = self.span(start, end);
            let mut short = text.to_owned();
            while short.contains("**") {
                short = short.replace("**", "*");
            }
            let error = Diagnostic::new(codes::BAD_GLOB, span, format!("two stars in a row in {}", quote(text)));
            let error = error.help("one `*` already stands for any run of characters");
            self.report(error.fix(Applicability::Safe, format!("write `{short}`"), span, short));
            return SelectionKind::Error;
        }
        SelectionKind::Glob(text.to_owned())
    }

    pub(crate) fn set(&self, start: u32, end: u32) -> SelectionKind {
        SelectionKind::Set(self.text(start, end).trim_start_matches('@').to_owned())
    }

    // Conditions

    pub(crate) fn or(&mut self, first: Expr, rest: Vec<Expr>, start: u32, end: u32) -> Expr {
        self.join(first, rest, start, end, ExprKind::Or, |kind| match kind {
            ExprKind::Or(parts) => Ok(parts),
            other => Err(other),
        })
    }

    pub(crate) fn and(&mut self, first: Expr, rest: Vec<Expr>, start: u32, end: u32) -> Expr {
        self.join(first, rest, start, end, ExprKind::And, |kind| match kind {
            ExprKind::And(parts) => Ok(parts),
            other => Err(other),
        })
    }

    fn join(
        &mut self,
        first: Expr,
        rest: Vec<Expr>,
        start: u32,
        end: u32,
        wrap: fn(Vec<Expr>) -> ExprKind,
        unwrap: fn(ExprKind) -> Result<Vec<Expr>, ExprKind>,
    ) -> Expr {
        if rest.is_empty() {
            return first;
        }
        let mut parts = Vec::with_capacity(rest.len() + 1);
        for part in std::iter::once(first).chain(rest) {
            let (span, depth) = (part.span, part.depth);
            match unwrap(part.kind) {
                Ok(inner) => parts.extend(inner),
                Err(kind) => parts.push(Expr { kind, span, depth }),
            }
        }
        let depth = parts.iter().map(|part| part.depth).max().unwrap_or(0) + 1;
        self.bounded(Expr { kind: wrap(parts), span: self.span(start, end), depth })
    }

    pub(crate) fn not(&mut self, inner: Expr, start: u32, end: u32) -> Expr {
        let depth = inner.depth + 1;
        self.bounded(Expr { kind: ExprKind::Not(Box::new(inner)), span: self.span(start, end), depth })
    }

    fn bounded(&mut self, expr: Expr) -> Expr {
        if expr.depth <= MAX_DEPTH {
            return expr;
        }
        self.report_depth(expr.span, "condition", "name parts of it in several statements");
        Expr { kind: ExprKind::Error, span: expr.span, depth: 1 }
    }

    fn report_depth(&mut self, span: Span, what: &str, help: &str) {
        if !std::mem::replace(&mut self.too_deep, true) {
            let message = format!("a {what} nested deeper than {MAX_DEPTH} levels");
            self.report(Diagnostic::new(codes::NESTED_TOO_DEEP, span, message).help(help));
        }
    }

    pub(crate) fn operand(&mut self, name: Ident) -> Operand {
        if name.text.starts_with("args.") || name.text.starts_with("caller.") {
            let error = Diagnostic::new(codes::BAD_PATH, name.span, "two paths cannot be compared");
            self.report(error.help("compare with a literal or a `let` name; a string stands in double quotes"));
            return Operand::Error(name.span);
        }
        Operand::Name(name)
    }

    // Paths

    /// Cuts a name at its dots.
    pub(crate) fn split(&self, name: &Ident) -> Vec<Segment> {
        let mut start = name.span.start;
        let segments = name.text.split('.').map(|part| {
            let span = Span { start, end: start + crate::source::offset(part.len()), ..name.span };
            start = span.end + 1;
            Segment { kind: SegmentKind::Key(part.to_owned()), span }
        });
        segments.collect()
    }

    pub(crate) fn index(&mut self, index: Number, start: u32, end: u32) -> Vec<Segment> {
        let span = self.span(start, end);
        let value = index.value.to_u64().and_then(|index| u32::try_from(index).ok());
        let kind = SegmentKind::Index(value.unwrap_or_else(|| {
            let error = Diagnostic::new(codes::BAD_PATH, index.span, "an index is a whole number from 0");
            self.report(error.help("`[0]` is the first element; use `some` or `every` to speak of them all"));
            0
        }));
        vec![Segment { kind, span }]
    }

    pub(crate) fn path(&mut self, head: Ident, tail: Vec<Vec<Segment>>, start: u32, end: u32) -> Path {
        let span = self.span(start, end);
        let mut segments = self.split(&head);
        let first = segments.remove(0);
        segments.extend(tail.into_iter().flatten());
        let root = match first.kind {
            SegmentKind::Key(ref name) if name == "args" => PathRoot::Args,
            SegmentKind::Key(ref name) if name == "caller" => PathRoot::Caller,
            _ => {
                let written = self.text(start, end);
                let message = format!("a path starts with `args.` or `caller.`, not {}", quote(&head.text));
                let error = Diagnostic::new(codes::BAD_PATH, span, message)
                    .help("`args.` reads an argument of the call, `caller.` a claim of the one who calls")
                    .fix(Applicability::Safe, format!("write `args.{written}`"), span.at_start(), "args.");
                self.report(error);
                return Path { root: PathRoot::Error, segments: Vec::new(), span };
            }
        };
        let empty = segments.iter().find(|segment| {
            // A quoted empty key is a key; an empty piece between dots is a slip.
            segment.kind == SegmentKind::Key(String::new()) && segment.span.start == segment.span.end
        });
        let error = if let Some(empty) = empty {
            Some(Diagnostic::new(codes::BAD_PATH, empty.span.to(span.at_end()), "a path with an empty step"))
        } else if segments.is_empty() {
            let message = format!("{} alone is not a path", quote(&head.text));
            Some(Diagnostic::new(codes::BAD_PATH, span, message))
        } else {
            None
        };
        match error {
            None => Path { root, segments, span },
            Some(error) => {
                self.report(error.help("name what to read: `args.amount`, `args.items[0].sku`, `args.\"odd key\"`"));
                Path { root: PathRoot::Error, segments: Vec::new(), span }
            }
        }
    }

    // Tests

    pub(crate) fn call(
        &mut self,
        (server, tool): (Option<Ident>, Ident),
        arguments: Option<JsonText>,
        modifiers: Vec<Modifier>,
        outcome: Outcome,
    ) -> Call {
        let mut call = Call { server, tool, arguments, from: None, grant: None, times: None, outcome };
        for modifier in modifiers {
            let (word, span, old) = match modifier {
                Modifier::From(claims) => ("from", claims.span, call.from.replace(claims).map(|old| old.span)),
                Modifier::As(grant) => ("as", grant.span, call.grant.replace(grant).map(|old| old.span)),
                Modifier::Times(times) => {
                    let allowed = times.value.to_u64().is_some_and(|count| (1..=MAX_TIMES).contains(&count));
                    if !allowed {
                        let message = "a call is made a whole number of times, at least 1 and at most 1,000,000";
                        self.report(Diagnostic::new(codes::BAD_NUMBER, times.span, message));
                    }
                    ("times", times.span, call.times.replace(times).map(|old| old.span))
                }
            };
            if let Some(first) = old {
                let error = Diagnostic::new(codes::MISPLACED_CLAUSE, span, format!("a second `{word}` in one call"));
                self.report(error.because(first, "the first is here").help("keep one of them"));
            }
        }
        call
    }

    pub(crate) fn claims(&mut self, claims: JsonTree) -> Modifier {
        Modifier::From(self.json_object(claims))
    }

    pub(crate) fn json_object(&mut self, tree: JsonTree) -> JsonText {
        if tree.kind == TokenKind::LeftBrace {
            if let Ok(json) = crate::json::Json::parse(&tree.text) {
                if json.duplicate_key().is_some() {
                    let error = Diagnostic::new(codes::BAD_JSON, tree.span, "a key stands twice in one object");
                    self.report(error.help("a gateway takes one of the two, and nobody knows which"));
                }
            } else {
                self.report(Diagnostic::new(codes::BAD_JSON, tree.span, "this is not JSON that can be read"));
            }
            return JsonText { text: tree.text, span: tree.span };
        }
        let error = Diagnostic::new(codes::BAD_JSON, tree.span, "an object is expected here");
        self.report(error.help("write `{\"name\": value, ...}`"));
        JsonText { text: "{}".to_owned(), span: tree.span }
    }

    pub(crate) fn json_string(&mut self, start: u32, end: u32) -> JsonTree {
        let string = self.string(start, end);
        JsonTree { text: json_quote(&string.text), span: string.span, depth: 1, kind: TokenKind::Str }
    }

    pub(crate) fn json_number(&mut self, number: Number) -> JsonTree {
        let text = number.text.replace('_', "");
        JsonTree { text, span: number.span, depth: 1, kind: TokenKind::Number }
    }

    pub(crate) fn json_word(&self, start: u32, end: u32) -> JsonTree {
        let text = self.text(start, end).to_owned();
        JsonTree { text, span: self.span(start, end), depth: 1, kind: TokenKind::Null }
    }

    pub(crate) fn json_member(&mut self, start: u32, end: u32, value: JsonTree) -> JsonTree {
        let key = self.string(start, end);
        JsonTree { text: format!("{}: {}", json_quote(&key.text), value.text), span: key.span.to(value.span), ..value }
    }

    pub(crate) fn json_container(
        &mut self,
        open: &str,
        parts: Vec<JsonTree>,
        close: &str,
        start: u32,
        end: u32,
    ) -> JsonTree {
        let span = self.span(start, end);
        let kind = if open == "{" { TokenKind::LeftBrace } else { TokenKind::LeftBracket };
        let depth = parts.iter().map(|part| part.depth).max().unwrap_or(0) + 1;
        if depth > MAX_DEPTH {
            self.report_depth(span, "JSON value", "a test needs only the part that the policy reads");
            return JsonTree { text: format!("{open}{close}"), span, depth: 1, kind };
        }
        let inner: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        JsonTree { text: format!("{open}{}{close}", inner.join(", ")), span, depth, kind }
    }
}

/// Whether a text can stand as a bare name.
pub(crate) fn is_plain_name(text: &str) -> bool {
    matches!(super::token::lex(text).as_slice(), [token] if token.kind == TokenKind::Name)
}

fn list_of(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
