//! The type check: conditions against the inputSchemas of the tools they are about.

use super::condition::PlacedAtom;
use super::known_tools::KnownTools;
use super::select::Resolved;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::ir::{Selection, ServerId, Subject, ToolId};
use crate::predicate::{Atom, PathRoot, Step, Test};
use crate::schema::{Problem, ProblemAt};
use crate::source::{Span, offset};
use crate::syntax::ast::{Segment, SegmentKind};

/// How many tools a message names.
const SHOWN: usize = 5;

/// Checks the atoms of a condition for every tool of a selection.
///
/// For tools selected by name each must be right; for those selected by `*`, a glob or a set it is an error only
/// when it is right for none of them, else a warning names those where it is not.
pub(super) fn check(
    known_tools: &KnownTools,
    resolved: &Resolved,
    atoms: &[PlacedAtom<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    check_as(&TEST, known_tools, resolved, atoms, diagnostics);
}

/// Checks the argument that a limit sums, as the test whether it is a number that is not negative.
pub(super) fn check_sum(
    known_tools: &KnownTools,
    resolved: &Resolved,
    atom: &PlacedAtom<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    check_as(&SUM, known_tools, resolved, std::slice::from_ref(atom), diagnostics);
}

/// How messages speak of what is checked.
struct Words {
    /// What stands in place of "so `>= 0` never holds"; `None` leaves it.
    so: Option<&'static str>,
    /// What follows where it is wrong for some tools.
    partly: &'static str,
}

const TEST: Words = Words {
    so: None,
    partly: "for those tools the test is false; exclude them with `except`, or write a separate statement for them",
};

const SUM: Words = Words {
    so: Some("it cannot be summed"),
    partly: "for those tools the limit denies every call; exclude them with `except`, or limit them separately",
};

fn check_as(
    words: &Words,
    known_tools: &KnownTools,
    resolved: &Resolved,
    atoms: &[PlacedAtom<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    if !known_tools.has_catalogue() {
        return;
    }
    let others = selected_otherwise(known_tools, resolved);
    for atom in atoms.iter().filter(|atom| atom.atom.path.root == PathRoot::Args) {
        let wrong: Vec<(ToolId, Problem)> = problems(known_tools, &resolved.by_name, atom).collect();
        if let Some((_, problem)) = wrong.first() {
            let more: Vec<ToolId> = wrong.iter().skip(1).map(|(tool, _)| *tool).collect();
            let mut error = one_value(known_tools, &resolved.by_name, atom, describe(words, problem, atom));
            if !more.is_empty() {
                let help = format!("the same applies to {}", names(known_tools, &more));
                error.help = Some(error.help.map_or(help.clone(), |first| format!("{first}; {help}")));
            }
            diagnostics.push(error);
            continue;
        }
        let wrong: Vec<(ToolId, Problem)> = problems(known_tools, &others, atom).collect();
        let Some((_, problem)) = wrong.first() else { continue };
        if wrong.len() == others.len() {
            let error = one_value(known_tools, &others, atom, describe(words, problem, atom));
            diagnostics.push(match others.len() {
                1 => error,
                count => error.label(format!("this fits none of the {count} selected tools")),
            });
        } else {
            let tools: Vec<ToolId> = wrong.iter().map(|(tool, _)| *tool).collect();
            let message = format!(
                "this does not fit {} of the {} selected tools: {}",
                wrong.len(),
                others.len(),
                names(known_tools, &tools)
            );
            let warning = Diagnostic::new(codes::PARTLY_WRONG, atom.span, message)
                .label(message_of(words, problem))
                .help(words.partly);
            diagnostics.push(
                problem.related.iter().fold(warning, |warning, label| warning.because(label.span, label.text.clone())),
            );
        }
    }
}

/// Adds to what is said of an `every` or `some` that the same test without it is right, if it is for all of the tools.
fn one_value(known_tools: &KnownTools, tools: &[ToolId], atom: &PlacedAtom<'_>, error: Diagnostic) -> Diagnostic {
    let (Test::Every(elements) | Test::Some(elements)) = &atom.atom.test else { return error };
    let is_each = |segment: &Segment| segment.kind == SegmentKind::Each;
    if error.code != codes::WRONG_TYPE || atom.path.segments.iter().any(is_each) || error.help.is_some() {
        return error;
    }
    let plain = PlacedAtom {
        atom: Atom { test: elements.test.clone(), ..atom.atom.clone() },
        path: atom.path,
        span: atom.span,
        values: Vec::new(),
    };
    if problems(known_tools, tools, &plain).next().is_some() {
        return error;
    }
    let word = Span { end: atom.path.span.start, ..atom.span };
    error.help("it is one value, not an array").fix(
        Applicability::Unsafe,
        format!("write the test without `every` or `some`: `{} ...`", atom.atom.path),
        word,
        "",
    )
}

/// The known tools that a selection holds by `*`, a glob or a set only.
fn selected_otherwise(known_tools: &KnownTools, resolved: &Resolved) -> Vec<ToolId> {
    let Selection { named, star, .. } = &resolved.selection;
    let by_name = |tool: &ToolId| resolved.by_name.binary_search(tool).is_ok();
    if star.is_none() {
        return named.iter().filter(|tool| !by_name(tool)).copied().collect();
    }
    let all = (0..known_tools.servers().len()).flat_map(|server| {
        let server = ServerId(offset(server));
        known_tools
            .all(Some(server))
            .into_iter()
            .filter(move |tool| resolved.selection.selects(Subject::known(server, *tool)).is_some())
    });
    all.filter(|tool| !by_name(tool)).collect()
}

fn problems<'a>(
    known_tools: &'a KnownTools,
    tools: &'a [ToolId],
    atom: &'a PlacedAtom<'_>,
) -> impl Iterator<Item = (ToolId, Problem)> + 'a {
    tools.iter().filter_map(move |id| {
        let tool = known_tools.tool(*id)?;
        let catalogue = known_tools.servers().get(tool.server.0 as usize)?.catalogue.as_ref()?;
        let problem = tool.entries.iter().find_map(|entry| catalogue.schema(*entry).check(&tool.name, &atom.atom))?;
        Some((*id, problem))
    })
}

fn message_of(words: &Words, problem: &Problem) -> String {
    match (words.so, problem.message.rsplit_once(", so `>= 0`")) {
        (Some(so), Some((what, _))) => format!("{what}, so {so}"),
        _ => problem.message.clone(),
    }
}

/// The path that was meant where the first step is a root, as in `args.caller.role`.
fn other_root(atom: &PlacedAtom<'_>) -> Option<String> {
    let [Step::Key(first), _, ..] = atom.atom.path.steps.as_slice() else { return None };
    let path = atom.atom.path.to_string();
    let written = path.strip_prefix("args.")?;
    matches!(first.as_str(), "args" | "caller").then(|| written.to_owned())
}

fn describe(words: &Words, problem: &Problem, atom: &PlacedAtom<'_>) -> Diagnostic {
    let span: Span = match &problem.at {
        ProblemAt::Steps(range) => {
            let steps = atom.path.segments.get(range.clone()).unwrap_or_default();
            match (steps.first(), steps.last()) {
                (Some(first), Some(last)) => first.span.to(last.span),
                _ => atom.path.span,
            }
        }
        ProblemAt::Value(index) => atom.values.get(*index).copied().unwrap_or(atom.span),
        ProblemAt::Test => atom.span,
    };
    if let Some(meant) = other_root(atom).filter(|_| problem.code == codes::UNKNOWN_ARGUMENT) {
        let error = Diagnostic::new(problem.code, span, message_of(words, problem));
        return error.fix(Applicability::Unsafe, format!("write `{meant}`"), atom.path.span, meant);
    }
    let mut error = Diagnostic::new(problem.code, span, message_of(words, problem));
    error.secondary.extend(problem.related.iter().cloned());
    error.help.clone_from(&problem.help);
    if let Some(replacement) = &problem.replacement {
        let applicability = if problem.sure { Applicability::Safe } else { Applicability::Unsafe };
        error = error.fix(applicability, format!("write `{replacement}`"), span, replacement.clone());
    }
    error
}

fn names(known_tools: &KnownTools, tools: &[ToolId]) -> String {
    let shown: Vec<String> = tools.iter().take(SHOWN).map(|tool| quote(&known_tools.display(*tool))).collect();
    match tools.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
