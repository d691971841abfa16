//! Suppression comments: `// policyc: allow(rule-name) reason` and `// policyc:
//! allow-file(rule-name) reason`.
//!
//! The first silences warnings of that name on the next line that is not a comment, and in the
//! whole of a statement that begins there; the second in the whole file, wherever in it it stands.
//! A suppression that silences nothing is itself reported. A few errors can be allowed in the same
//! way where they stand, but only with a reason.

mod places;

use std::collections::BTreeMap;

use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Code, Diagnostic, Severity, codes, quote};
use crate::source::{FileId, SourceFile, SourceMap, Span};
use crate::syntax::Parse;
use crate::syntax::ast::{Item, ItemKind};
use crate::syntax::token::TokenKind;

use places::{Covers, Places};

/// How far a suppression reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// To the next line, and the statement that begins on it.
    Next,
    /// To the whole file.
    File,
}

impl Reach {
    /// The word of the comment.
    const fn word(self) -> &'static str {
        match self {
            Self::Next => "allow",
            Self::File => "allow-file",
        }
    }
}

struct Suppression {
    reach: Reach,
    code: &'static Code,
    /// The whole comment.
    comment: Span,
    /// Whether it says why.
    has_reason: bool,
    /// What is silenced; of one for the next line that line first.
    covers: Vec<Span>,
}

/// Errors that a suppression with a reason allows: the statement then does without what selects
/// nothing, and an assertion without a proof.
const ALLOWABLE: [&Code; 3] = [codes::DEAD_GLOB, codes::SELECTS_NOTHING, codes::ASSERTION_UNDECIDED];

/// Whether a comment can do something about findings of a kind: silence them, or allow what is an
/// error.
pub(crate) fn can_silence(code: &Code) -> bool {
    code.severity != Severity::Error || ALLOWABLE.contains(&code)
}

/// Takes out the findings that are silenced in the policy files, and reports suppressions that are
/// wrong or unused. `ran` says whether findings of a name were looked for: only then can a
/// suppression be unused.
pub fn apply<'a>(
    found: &mut Vec<Diagnostic>,
    files: impl IntoIterator<Item = (FileId, &'a Parse)>,
    sources: &SourceMap,
    main: FileId,
    ran: &dyn Fn(&Code) -> bool,
) {
    let mut wrong = Vec::new();
    let suppressions = read(files, sources, &mut wrong);
    if suppressions.is_empty() {
        return found.extend(wrong);
    }
    // An error can make use of a suppression that allows it; if that says too little, it is
    // reported with the error.
    let uses = found.iter().filter(|diagnostic| !diagnostic.is_error() || ALLOWABLE.contains(&diagnostic.code));
    let uses = Places::new(uses.flat_map(|diagnostic| places(diagnostic).map(|place| (diagnostic.code, place))));
    let covered = suppressions.iter().flat_map(|suppression| {
        let covers = suppression.covers.iter();
        covers.map(|cover| (suppression.code, *cover))
    });
    let covered = Covers::new(covered);
    found.retain(|diagnostic| {
        diagnostic.is_error() || !places(diagnostic).any(|place| covered.hold(diagnostic.code, place))
    });
    // What an imported file silences is looked for where that file is linted itself, not wherever
    // it is imported.
    let unused = |Suppression { code, comment, covers, .. }: &Suppression| {
        comment.file == main && ran(code) && !covers.iter().any(|cover| uses.any_in(code, *cover))
    };
    for suppression in suppressions.into_iter().filter(unused) {
        let message = format!(
            "nothing here needs {}",
            quote(&format!("{}({})", suppression.reach.word(), suppression.code.name))
        );
        let warning = Diagnostic::new(codes::UNUSED_SUPPRESSION, suppression.comment, message);
        let help = match !can_silence(suppression.code) {
            true => "an error cannot be silenced",
            false if suppression.reach == Reach::File => "remove it; the file has no such finding",
            false => "a suppression goes on the line above the finding it silences",
        };
        found.push(warning.help(help).fix(Applicability::Safe, "remove the comment", suppression.comment, ""));
    }
    found.extend(wrong);
}

/// Turns errors that a comment on the line before allows into warnings, which [`apply`] then takes
/// out. A comment without a reason allows none.
pub(crate) fn allow_errors<'a>(
    found: &mut [Diagnostic],
    files: impl IntoIterator<Item = (FileId, &'a Parse)>,
    sources: &SourceMap,
) {
    if !found.iter().any(|diagnostic| diagnostic.is_error() && ALLOWABLE.contains(&diagnostic.code)) {
        return;
    }
    let suppressions = read(files, sources, &mut Vec::new());
    let lines = |has_reason: bool| {
        let of_lines = suppressions
            .iter()
            .filter(move |suppression| suppression.reach == Reach::Next && suppression.has_reason == has_reason);
        Covers::new(of_lines.filter_map(|suppression| Some((suppression.code, *suppression.covers.first()?))))
    };
    let (with_reason, without) = (lines(true), lines(false));
    for diagnostic in found.iter_mut().filter(|found| found.is_error() && ALLOWABLE.contains(&found.code)) {
        let place = diagnostic.primary.span;
        if with_reason.hold(diagnostic.code, place) {
            diagnostic.severity = Severity::Warning;
        } else if without.hold(diagnostic.code, place) {
            let help = "the comment above must say why: `// policyc: allow(NAME) REASON`".to_owned();
            diagnostic.help = Some(help);
        }
    }
}

/// Where a suppression of a finding may stand: at its place, and at the one that it was moved from.
fn places(diagnostic: &Diagnostic) -> impl Iterator<Item = Span> {
    [Some(diagnostic.primary.span), diagnostic.moved_from()].into_iter().flatten()
}

/// The suppressions of some files.
fn read<'a>(
    files: impl IntoIterator<Item = (FileId, &'a Parse)>,
    sources: &SourceMap,
    wrong: &mut Vec<Diagnostic>,
) -> Vec<Suppression> {
    let mut suppressions: Vec<Suppression> = Vec::new();
    for (file, parse) in files {
        let Some(source) = sources.get(file) else { continue };
        let mut statements = None;
        // The first token from here on that is neither a comment nor space.
        let mut next = 0;
        for (index, token) in parse.tokens.iter().enumerate() {
            if token.kind != TokenKind::Comment {
                continue;
            }
            let comment = Span::new(file, token.start, token.end);
            let text = token.text(source.text());
            let Some((reach, names)) = names(text, comment, wrong) else { continue };
            next = next.max(index);
            while parse.tokens.get(next).is_some_and(|token| token.kind.is_trivia()) {
                next += 1;
            }
            let covers = match reach {
                Reach::File => vec![Span::new(file, 0, u32::MAX)],
                Reach::Next => parse.tokens.get(next).map_or_else(Vec::new, |token| {
                    let statements = statements.get_or_insert_with(|| starts(&parse.file.items));
                    covered(token.start, file, statements, source)
                }),
            };
            let has_reason = reason(text).is_some_and(|reason| !reason.is_empty());
            suppressions.extend(names.into_iter().map(|code| Suppression {
                code,
                reach,
                comment,
                has_reason,
                covers: covers.clone(),
            }));
        }
    }
    suppressions
}

/// What stands after a suppression, empty if nothing does; `None` for a comment that is no
/// suppression.
pub(crate) fn reason(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches('/').trim_start().strip_prefix("policyc:")?.trim_start();
    let rest = rest.strip_prefix("allow-file(").or_else(|| rest.strip_prefix("allow("))?;
    Some(rest.split_once(')')?.1.trim())
}

/// The names that a comment allows; `None` for a comment that is no suppression.
fn names(text: &str, comment: Span, wrong: &mut Vec<Diagnostic>) -> Option<(Reach, Vec<&'static Code>)> {
    let rest = text.trim_start_matches('/').trim_start().strip_prefix("policyc:")?.trim_start();
    let of = |reach: Reach| Some((reach, rest.strip_prefix(reach.word())?.strip_prefix('(')?.split_once(')')?.0));
    let Some((reach, list)) = of(Reach::Next).or_else(|| of(Reach::File)) else {
        let warning = Diagnostic::new(codes::BAD_SUPPRESSION, comment, "this suppression cannot be read");
        wrong.push(warning.help("write `// policyc: allow(rule-name) reason`, or `allow-file` for the whole file"));
        return None;
    };
    let mut known = Vec::new();
    for name in list.split(',').map(str::trim) {
        match codes::find(name).filter(|code| code.name == name) {
            Some(code) => known.push(code),
            None => {
                let message = format!("no diagnostic is named {}", quote(name));
                let warning = Diagnostic::new(codes::BAD_SUPPRESSION, comment, message);
                let by_id = codes::find(name).map(|code| code.name);
                wrong.push(match by_id.or_else(|| nearest(name, codes::ALL.iter().map(|code| code.name))) {
                    Some(near) => warning.help(format!("did you mean `{near}`?")),
                    None => warning.help("`policyc explain --list` lists the names"),
                });
            }
        }
    }
    Some((reach, known))
}

/// The line of the next token that is not a comment, and the statement that begins with it.
fn covered(next: u32, file: FileId, statements: &BTreeMap<u32, Span>, source: &SourceFile) -> Vec<Span> {
    let lines = source.lines();
    let line = lines.line(next);
    let start = lines.start(line).unwrap_or(next);
    let end = lines.start(line + 1).map_or(u32::MAX, |next| next.saturating_sub(1));
    let mut covers = vec![Span::new(file, start, end)];
    covers.extend(statements.get(&next));
    covers
}

/// The statements by where they begin, those of blocks among them, but not the blocks.
fn starts(items: &[Item]) -> BTreeMap<u32, Span> {
    fn add(items: &[Item], starts: &mut BTreeMap<u32, Span>) {
        for item in items {
            match &item.kind {
                ItemKind::Policy { items, .. } => add(items, starts),
                _ => drop(starts.entry(item.span.start).or_insert(item.span)),
            }
        }
    }
    let mut starts = BTreeMap::new();
    add(items, &mut starts);
    starts
}
