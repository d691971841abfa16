//! Many errors of one kind are one mistake: after ten of them the rest is counted.

use std::collections::BTreeMap;

use crate::diagnostics::Diagnostic;

/// The most errors of a kind that are reported one by one.
const MOST_OF_A_KIND: usize = 10;

/// The errors with at most ten of each kind, in order. The tenth says how many follow, and its fix is for all of them.
pub(super) fn capped(errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for error in &errors {
        *left.entry(error.code.id).or_default() += 1;
    }
    if left.values().all(|count| *count <= MOST_OF_A_KIND) {
        return errors;
    }
    let mut shown: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut kept: Vec<Diagnostic> = Vec::new();
    for error in errors {
        let (count, last) = shown.entry(error.code.id).or_default();
        if *count == MOST_OF_A_KIND {
            if let Some(last) = kept.get_mut(*last) {
                join(last, error);
            }
            continue;
        }
        *count += 1;
        *last = kept.len();
        kept.push(error);
    }
    for (id, (_, last)) in shown {
        let more = left.get(id).copied().unwrap_or_default().saturating_sub(MOST_OF_A_KIND);
        if let (Some(last), 1..) = (kept.get_mut(last), more) {
            let said = match more {
                1 => "one more error of this kind follows".to_owned(),
                more => format!("{more} more errors of this kind follow"),
            };
            last.help = Some(last.help.take().map_or(said.clone(), |help| format!("{help}; {said}")));
            if let Some(fix) = last.fixes.first_mut().filter(|fix| fix.edits.len() > 1) {
                fix.title = format!("{}; the same applies to the others", fix.title);
            }
        }
    }
    kept
}

/// Adds the first fix of an error that is left out to that of the last that is shown.
fn join(last: &mut Diagnostic, error: Diagnostic) {
    let (Some(all), Some(one)) = (last.fixes.first_mut(), error.fixes.into_iter().next()) else { return };
    let end = all.edits.last().map_or(0, |edit| edit.span.end);
    let follows = one.edits.first().is_some_and(|edit| edit.span.start >= end);
    if follows && one.applicability == all.applicability {
        all.edits.extend(one.edits);
    }
}

#[cfg(test)]
mod tests {
    use crate::source::FileId;
    use crate::syntax::parse;

    #[test]
    fn the_tenth_error_stands_for_those_that_follow() {
        let text = "allow a\n".repeat(25);
        let errors = parse(&text, FileId::default()).errors;
        assert_eq!(errors.len(), 10);
        let last = errors.last().unwrap();
        assert_eq!(last.help.as_deref(), Some("14 more errors of this kind follow"));
        assert_eq!(last.fixes.first().unwrap().edits.len(), 15);
        let mut fixed = text;
        let edits: Vec<_> = errors.iter().flat_map(|error| &error.fixes.first().unwrap().edits).collect();
        for edit in edits.into_iter().rev() {
            fixed.replace_range(edit.span.range(), &edit.text);
        }
        assert_eq!(parse(&fixed, FileId::default()).errors, []);
    }
}
