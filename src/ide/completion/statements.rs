//! Completes words of the language: statements, assertions, clauses, rates, scopes.

use super::cursor::Block;
use super::{Ask, Completion, CompletionKind, Form, Key, arguments};
use crate::syntax::ast::{Effect, SelectionKind};
use crate::syntax::token::TokenKind;

/// A statement: its words, what they insert, what it does, and the blocks it may stand in.
struct Statement {
    words: &'static str,
    snippet: &'static str,
    detail: &'static str,
    blocks: &'static [Block],
}

const RULES: &[Block] = &[Block::File, Block::Policy];
const OUTSIDE: &[Block] = &[Block::File];
const TESTS: &[Block] = &[Block::Test];

const STATEMENTS: [Statement; 16] = [
    Statement { words: "allow", snippet: "allow $1;$0", detail: "lets calls pass", blocks: RULES },
    Statement { words: "deny", snippet: "deny $1;$0", detail: "refuses calls", blocks: RULES },
    Statement { words: "limit", snippet: "limit $1 ${2:30}/${3:min};$0", detail: "bounds how often", blocks: RULES },
    Statement { words: "require", snippet: "require $2 for $1;$0", detail: "a condition on every call", blocks: RULES },
    Statement {
        words: "require approval for",
        snippet: "require approval for $1;$0",
        detail: "someone approves each call",
        blocks: RULES,
    },
    Statement {
        words: "hide",
        snippet: "hide $1;$0",
        detail: "refuses, and removes from the list of tools",
        blocks: RULES,
    },
    Statement { words: "deny *", snippet: "deny *;$0", detail: "calls that no rule opens are refused", blocks: RULES },
    Statement { words: "group", snippet: "group ${1:name} = $2;$0", detail: "a name for a selection", blocks: RULES },
    Statement { words: "let", snippet: "let ${1:name} = $2;$0", detail: "a name for a value", blocks: RULES },
    Statement { words: "assert", snippet: "assert $1;$0", detail: "a demand that is proved", blocks: RULES },
    Statement {
        words: "test",
        snippet: "test \"$1\" {\n\tcall $2 -> ${3:allow};\n}$0",
        detail: "calls and their expected outcomes",
        blocks: RULES,
    },
    Statement {
        words: "policy",
        snippet: "policy ${1:name} {\n\t$0\n}",
        detail: "one of several policies of the file",
        blocks: OUTSIDE,
    },
    Statement {
        words: "server",
        snippet: "server ${1:name} from \"$2\";$0",
        detail: "a server and its catalogue",
        blocks: OUTSIDE,
    },
    Statement { words: "import", snippet: "import \"$1\";$0", detail: "statements of another file", blocks: OUTSIDE },
    Statement {
        words: "call",
        snippet: "call $1 -> ${2:allow};$0",
        detail: "a call and its expected outcome",
        blocks: TESTS,
    },
    Statement { words: "wait", snippet: "wait ${1:1min};$0", detail: "lets time pass", blocks: TESTS },
];

/// The beginnings of statements. On a line that goes on, only the words.
pub(super) fn statements(ask: &mut Ask<'_, '_>, rank: u8) {
    let block = ask.cursor.block;
    for (index, statement) in STATEMENTS.iter().enumerate().filter(|(_, found)| found.blocks.contains(&block)) {
        if statement.words == "deny *" && has_default(ask) {
            continue;
        }
        let found = Completion::new(statement.words, CompletionKind::Snippet, ask.replace);
        let mut found = found.detail(Some(statement.detail.to_owned()));
        if ask.cursor.line_goes_on {
            found.kind = CompletionKind::Keyword;
        } else {
            found = found.snippet(statement.snippet);
        }
        ask.push(found.key(Key::Word(statement.words.to_owned())).place(rank, index));
    }
}

/// Whether a statement outside of blocks says what happens to a tool that nothing opens.
fn has_default(ask: &Ask<'_, '_>) -> bool {
    super::selected::rules(ask.view, ask.cursor.at).any(|rule| {
        let everything = match rule.selection.items.as_slice() {
            [only] => only.kind == SelectionKind::Everything && only.server.is_none(),
            _ => false,
        };
        everything
            && rule.selection.except.is_empty()
            && rule.clauses.when.is_none()
            && matches!(rule.effect, Effect::Allow | Effect::Deny)
    })
}

/// Certain words.
pub(super) fn words(ask: &mut Ask<'_, '_>, words: &[&'static str]) {
    for (index, word) in words.iter().enumerate() {
        let found = Completion::new(*word, CompletionKind::Keyword, ask.replace);
        ask.push(found.key(Key::Word((*word).to_owned())).place(1, index));
    }
}

/// A word with what it inserts, unless the line goes on behind it.
fn keyword(ask: &mut Ask<'_, '_>, word: &str, snippet: &str, detail: &str, rank: u8, index: usize) {
    let found = Completion::new(word, CompletionKind::Keyword, ask.replace).detail(Some(detail.to_owned()));
    let found = if ask.cursor.line_goes_on || snippet.is_empty() { found } else { found.snippet(snippet) };
    ask.push(found.key(Key::Word(word.to_owned())).place(rank, index));
}

/// What an assertion can demand.
pub(super) fn demands(ask: &mut Ask<'_, '_>) {
    keyword(ask, "deny", "deny $0", "every call is denied", 1, 0);
    keyword(ask, "allow", "allow $0", "no call is denied or held, limits aside", 1, 1);
    keyword(ask, "limit", "limit $1 ${2:60}/${3:min}", "a limit at least as tight", 1, 2);
    keyword(ask, "approval for", "approval for $0", "no call is allowed without approval", 1, 3);
}

/// `require approval for`
pub(super) fn approval(ask: &mut Ask<'_, '_>) {
    if ask.cursor.typed().contains('.') {
        return;
    }
    keyword(ask, "approval for", "approval for $0", "someone approves each call", 1, 0);
}

/// What comes behind `require approval`: who approves, and for what.
pub(super) fn approver(ask: &mut Ask<'_, '_>) {
    keyword(ask, "for", "for $0", "the tools whose calls are approved", 1, 0);
    if !ask.cursor.after.iter().any(|token| token.kind == TokenKind::For) {
        keyword(ask, "by", "by \"$1\" for $0", "who must approve", 1, 1);
    }
}

/// What comes behind the tools: `except`, the number of a limit, clauses.
pub(super) fn after_item(ask: &mut Ask<'_, '_>, excepting: bool) {
    if matches!(ask.facts.form, Form::Limit | Form::AssertLimit) {
        rates(ask);
    } else {
        clauses(ask);
    }
    if !excepting {
        keyword(ask, "except", "", "without these tools", 3, 0);
    }
}

const UNITS: [(&str, &str); 4] = [("min", "minute"), ("hour", "hour"), ("day", "day"), ("sec", "second")];

/// A number and a window.
fn rates(ask: &mut Ask<'_, '_>) {
    let typed = ask.cursor.typed();
    let is_number = typed.starts_with(|char: char| char.is_ascii_digit());
    let usual = [("30", "min"), ("100", "hour"), ("1_000", "day"), ("5", "sec")];
    for (index, (number, unit)) in usual.into_iter().enumerate() {
        let number = if is_number { typed } else { number };
        let label = format!("{number}/{unit}");
        let found =
            Completion::new(label.clone(), CompletionKind::Rate, ask.replace).key(Key::Word("limit".to_owned()));
        let found =
            if is_number || ask.cursor.line_goes_on { found } else { found.snippet(format!("${{1:{number}}}/{unit}")) };
        ask.push(found.place(1, index));
    }
}

/// `/` and a unit.
pub(super) fn slash(ask: &mut Ask<'_, '_>) {
    for (index, (unit, word)) in UNITS.into_iter().enumerate() {
        let found = Completion::new(format!("/{unit}"), CompletionKind::Rate, ask.replace);
        ask.push(found.detail(Some(format!("per {word}"))).place(1, index));
    }
}

/// Units of time; behind a number without another one.
pub(super) fn units(ask: &mut Ask<'_, '_>, counted: bool) {
    let typed = ask.cursor.typed();
    let number = typed.starts_with(|char: char| char.is_ascii_digit());
    for (index, (unit, word)) in UNITS.into_iter().enumerate() {
        let label = if number && !counted { format!("{typed}{unit}") } else { unit.to_owned() };
        let found = Completion::new(label, CompletionKind::Rate, ask.replace);
        let detail = Some(word.to_owned()).filter(|word| word != unit);
        ask.push(found.detail(detail).place(1, index));
    }
}

/// A clause: its word, what it inserts, what it says.
type Clause = (TokenKind, &'static str, &'static str, &'static str);

const OF: Clause = (TokenKind::Of, "of", "of $0", "sums an argument");
const PER: Clause = (TokenKind::Per, "per", "per $0", "who shares a count");
const WHEN: Clause = (TokenKind::When, "when", "when $0", "only calls for which it is true");
const UNLESS: Clause = (TokenKind::Unless, "unless", "unless $0", "only calls for which it is not true");
const AS: Clause = (TokenKind::As, "as", "as \"$1\"", "names the counter");
const BECAUSE: Clause = (TokenKind::Because, "because", "because \"$1\"", "the reason of a denial");
const VALID: Clause = (TokenKind::For, "for valid calls", "", "only calls that satisfy the inputSchema");

/// The clauses that a statement takes, in the order in which they stand. `when` and `unless` are one.
const fn clauses_of(form: Form) -> &'static [&'static [Clause]] {
    match form {
        Form::Allow => &[&[WHEN, UNLESS]],
        Form::Deny | Form::Approval => &[&[WHEN, UNLESS], &[BECAUSE]],
        Form::Limit => &[&[OF], &[PER], &[WHEN, UNLESS], &[AS], &[BECAUSE]],
        Form::Require => &[&[BECAUSE]],
        Form::Assert => &[&[WHEN, UNLESS], &[VALID]],
        Form::AssertLimit => &[&[PER], &[VALID]],
        Form::Other | Form::Group | Form::Hide | Form::Call => &[],
    }
}

/// Clauses that may still come: those that stand behind the last one.
pub(super) fn clauses(ask: &mut Ask<'_, '_>) {
    let all = clauses_of(ask.facts.form);
    let has = |clause: TokenKind| all.iter().position(|group| group.iter().any(|(kind, ..)| *kind == clause));
    let from = ask.facts.clause.and_then(has).map_or(0, |last| last + 1);
    // What stands behind the cursor is not offered again.
    let later: Vec<usize> = ask.cursor.after.iter().filter_map(|token| has(token.kind)).collect();
    let end = later.into_iter().min().unwrap_or(all.len());
    let offered = all.get(from..end).unwrap_or_default().iter().copied().flatten();
    for (index, (kind, word, snippet, detail)) in offered.enumerate() {
        // A total needs a name, unless it is one of everything.
        let everything = ask.facts.items.iter().any(|item| item.kind == SelectionKind::Everything);
        let first = *kind == TokenKind::As && ask.facts.total && !everything;
        keyword(ask, word, snippet, detail, if first { 1 } else { 2 }, index);
    }
}

/// What comes behind a condition.
pub(super) fn after_condition(ask: &mut Ask<'_, '_>, inner: bool) {
    keyword(ask, "and", "and $0", "both hold", 1, 0);
    keyword(ask, "or", "or $0", "at least one is true", 1, 1);
    if inner {
        return;
    }
    // A condition belongs to `require` until its `for` was read: then it has tools.
    if ask.facts.form == Form::Require && ask.facts.items.is_empty() {
        if !ask.cursor.after.iter().any(|token| token.kind == TokenKind::For) {
            keyword(ask, "for", "for $0", "the tools to which it applies", 1, 2);
        }
    } else {
        clauses(ask);
    }
}

/// Who shares a count.
pub(super) fn scopes(ask: &mut Ask<'_, '_>) {
    if ask.cursor.typed().contains('.') {
        let typed = ask.cursor.typed();
        if typed.starts_with("caller.") {
            let start = ask.replace.start + crate::source::offset("caller.".len());
            ask.replace.start = start.min(ask.cursor.at);
            arguments::claims(ask, 1);
        }
        return;
    }
    keyword(ask, "grant", "", "each token has its own count, the default", 1, 0);
    keyword(ask, "server", "", "one count for all", 1, 1);
    let caller = Completion::new("caller.", CompletionKind::Keyword, ask.replace);
    ask.push(caller.detail(Some("a count for each value of a claim".to_owned())).place(1, 2));
    arguments::claims(ask, 2);
}
