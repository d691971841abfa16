//! An unescaped dot in a regular expression that matches any character.
//!
//! ## What it does
//!
//! Reports an unescaped `.` in a `matches` in what looks like the name of a host or file. It
//! matches any character, not only a dot.
//!
//! ## Why it matters
//!
//! `matches ".*@acme.com"` also matches `x@acme-com`, and host names that anybody can register.
//!
//! ## Example
//!
//! ```pol lint code=unescaped-dot catalogue
//! deny *;
//! allow send_mail when every args.to matches "[a-z]+@mail.acme\\.com";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow send_mail when every args.to matches "[a-z]+@mail\\.acme\\.com";
//! ```

use super::helpers::anchored;
use super::helpers::atoms::{self, Single};
use super::helpers::texts::{is_domain, is_extension};
use super::prelude::*;
use crate::diagnostics::quote;
use crate::predicate::Step;
use crate::json::Json;
use crate::pattern::Regex;
use crate::solver::Budget;
use crate::solver::formula::{Check as Tested, Formula, Place, Root};
use crate::solver::space::Space;
use crate::solver::strings::Language;
use crate::syntax::ast::{LiteralExpr, LiteralValue, Operand};
use crate::syntax::print;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::UNESCAPED_DOT, Check::Policy(check)) };

/// The work that looking for an example may cost, in steps of the solver.
const STEPS: u64 = 400_000;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::patterns(context).filter_map(|found| {
        let Some(Single::Regex(regex)) = atoms::single(&found) else { return None };
        // The fix of another rule leaves no expression here, or one with its dots escaped.
        if anchored::open(regex.source()).is_some() {
            return None;
        }
        let names = names(regex.source());
        let name = names.first()?;
        let escaped = with_escapes(regex.source(), &names);
        let example = example(regex, &Regex::new(&escaped).ok()?, &name.covered)?;
        let operand = atoms::operand(&found)?;
        let message = format!("a `.` in {} stands for any character: {} matches too", quote(&name.text), quote(&example));
        let finding = Diagnostic::new(codes::UNESCAPED_DOT, operand.span(), message);
        Some(match operand {
            Operand::Literal(LiteralExpr { value: LiteralValue::Str(_), span }) => {
                let title = "write `\\\\.`, which matches only a dot";
                finding.fix(Applicability::Unsafe, title, *span, print::string(&escaped))
            }
            _ => finding.help("write `\\\\.` where the name is declared"),
        })
    });
    found.collect()
}

/// The expression with the dots of names escaped.
pub(super) fn escaped(source: &str) -> String {
    with_escapes(source, &names(source))
}

fn with_escapes(source: &str, names: &[Name]) -> String {
    let mut escaped = source.to_owned();
    for at in names.iter().flat_map(|name| name.before.iter().chain(&name.dots)).rev() {
        escaped.insert(*at, '\\');
    }
    escaped
}

/// What looks like the name of a host or file in a regular expression.
#[derive(Default)]
struct Name {
    /// The name, without backslashes.
    text: String,
    /// The name with its first unescaped dot replaced.
    covered: String,
    /// Where its unescaped dots are, in bytes of the expression.
    dots: Vec<usize>,
    /// Where an unescaped dot joins it with a group before it.
    before: Option<usize>,
}

/// The names in an expression that have unescaped dots.
fn names(source: &str) -> Vec<Name> {
    let mut found = Vec::new();
    let mut name = Name::default();
    let mut in_class = false;
    let mut chars = source.char_indices().peekable();
    let take = |name: &mut Name, found: &mut Vec<Name>| {
        let name = std::mem::take(name);
        if !name.dots.is_empty() && is_name(&name.text) {
            found.push(name);
        }
    };
    while let Some((at, char)) = chars.next() {
        let repeated = matches!(chars.peek(), Some((_, '*' | '+' | '?' | '{')));
        match char {
            ']' if in_class => in_class = false,
            '\\' => {
                let escaped = chars.next();
                if escaped.is_some_and(|(_, char)| char == '.') && !in_class {
                    name.text.push('.');
                    name.covered.push('.');
                } else {
                    take(&mut name, &mut found);
                }
            }
            _ if in_class => {}
            '[' => {
                in_class = true;
                take(&mut name, &mut found);
            }
            _ if repeated => {
                // What is repeated is no part of a name.
                take(&mut name, &mut found);
            }
            '.' if name.text.is_empty() => {
                let is_joined = source.get(..at).is_some_and(|before| before.ends_with(')'));
                name.before = is_joined.then_some(at);
            }
            '.' => {
                name.text.push('.');
                name.covered.push(if name.dots.is_empty() { 'x' } else { '.' });
                name.dots.push(at);
            }
            char if char.is_ascii_alphanumeric() || char == '-' || char == '_' => {
                name.text.push(char);
                name.covered.push(char);
            }
            _ => take(&mut name, &mut found),
        }
    }
    take(&mut name, &mut found);
    found
}

fn is_name(text: &str) -> bool {
    let plain = text.split('.').all(|label| !label.is_empty());
    let stem = |(stem, end): (&str, &str)| !stem.is_empty() && is_extension(end);
    plain && (is_domain(text) || text.rsplit_once('.').is_some_and(stem))
}

/// A text that the expression matches, that contains `part`, and that the other expression does not
/// match.
fn example(covered: &Regex, other: &Regex, part: &str) -> Option<String> {
    let place = Place { root: Root::Args, steps: vec![Step::Key("x".to_owned())] };
    let has = |language: Language| Formula::Test(place.clone(), Tested::Language(language));
    let formulas = [has(Language::regex(covered)), has(Language::regex(other)), has(Language::containing(&part.into()))];
    let mut space = Space::new(&formulas);
    let [covered_by, other_by, has_part] = formulas.each_ref().map(|formula| space.holds(formula));
    let example = space.example(&[covered_by, !other_by, has_part], &mut Budget::new(STEPS)).ok()??;
    let arguments = Json::parse(&example.arguments).ok()?;
    let text = arguments.root().get("x")?.as_str()?.to_owned();
    (covered.is_match(&text) && !other.is_match(&text)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_in_expressions() {
        let found = |source: &str| names(source).iter().map(|name| name.text.clone()).collect::<Vec<_>>();
        assert_eq!(found(".*@acme.com"), ["acme.com"]);
        assert_eq!(found("https://(api|www).acme.com/.*"), ["acme.com"]);
        assert_eq!(found("https://api.acme\\.com/.*"), ["api.acme.com"]);
        assert_eq!(found("acme\\.com"), Vec::<String>::new());
        assert_eq!(found("[a.com]"), Vec::<String>::new());
        assert_eq!(found("a.*b"), Vec::<String>::new());
        assert_eq!(found("main.rs|lib.rs"), ["main.rs", "lib.rs"]);
        assert_eq!(found("a.b"), Vec::<String>::new());
    }
}
