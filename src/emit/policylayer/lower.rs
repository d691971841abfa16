//! Requirements and denials as predicates of the hosted gateway.
//!
//! A tool's predicates let a call pass when every condition under `require` holds and, of each
//! predicate under `deny_if`, some condition does not. So a clause with one literal can become a
//! requirement, and any clause can become denials of the cases in which all its literals fail, if
//! conditions can cover these cases. What no condition can see, arrays and objects among other
//! values, can only be shut out by a requirement.

use crate::diagnostics::quote;
use crate::emit::operators::clauses::{Form, Literal, expand, multiply};
use crate::emit::operators::literal::{DocumentValue, float_text, is_ambiguous};
use crate::emit::operators::lower::{Builder, dotted, exceptions};
use crate::emit::operators::strings::Strings;
use crate::emit::operators::values::{Arrays, Values, texts};
use crate::emit::operators::{Condition, Operator};
use crate::emit::refusal::Refusal;
use crate::predicate::{Condition as Source, Path};
use crate::source::Span;

/// How many predicates one statement may become.
const MOST_CASES: usize = 64;

/// What becomes of one statement at one tool.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Lowered {
    /// All must hold.
    pub(super) require: Vec<Condition>,
    /// None may hold.
    pub(super) deny_if: Vec<Vec<Condition>>,
    /// Whether some call is denied that the statement lets pass.
    pub(super) stricter: bool,
}

/// What a call can have at a path by the tool's schema; `None` when nothing is known.
pub(super) type Possible<'k> = &'k dyn Fn(&Path) -> Option<Values>;

/// Cases whose union covers a set.
struct Cover {
    cases: Vec<Vec<Condition>>,
    /// What must hold for the cases to cover the set: a requirement on the kind of the value.
    guard: Option<Lowered>,
    exact: bool,
}

/// Literals on one path, taken together.
struct Group<'c> {
    path: &'c Path,
    dotted: String,
    values: Values,
    /// Where the test is written; `None` for several tests together.
    test: Option<Span>,
}

/// Groups literals by path, joining their values; what cannot be joined stays apart.
fn group<'c>(list: &[Literal<'c>], join: fn(&Values, &Values) -> Option<Values>) -> Result<Vec<Group<'c>>, Refusal> {
    let mut groups: Vec<Group<'c>> = Vec::new();
    for literal in list {
        let path = &literal.atom.path;
        let test = Some(literal.atom.span);
        let dotted = dotted(path).map_err(|refusal| refusal.of_part(test, "test"))?;
        let values = Values::of(literal).map_err(|refusal| refusal.of_part(test, "test"))?;
        let joined = groups.iter_mut().filter(|group| group.path == path).find_map(|group| {
            let joined = join(&group.values, &values)?;
            Some((group, joined))
        });
        match joined {
            Some((group, joined)) => {
                group.values = joined;
                group.test = None;
            }
            None => groups.push(Group { path, dotted, values, test }),
        }
    }
    Ok(groups)
}

/// Lets pass the calls for which a condition holds.
///
/// # Errors
/// The gateway has no predicates for it.
pub(super) fn require(condition: &Source, possible: Possible<'_>) -> Result<Lowered, Refusal> {
    let mut out = Lowered::default();
    for clause in expand(condition, true, Form::AllOfAny)? {
        let groups = group(&clause, Values::union)?;
        if groups.iter().any(|group| group.values.is_all()) {
            continue;
        }
        match groups.as_slice() {
            [] => out.deny_if.push(Vec::new()),
            [only] => out.add(hold(only, possible)?),
            several => {
                let failing: Vec<Group<'_>> = several
                    .iter()
                    .map(|group| Group { dotted: group.dotted.clone(), values: group.values.complement(), ..*group })
                    .collect();
                out.add(cases(&failing, possible)?);
            }
        }
    }
    Ok(out)
}

/// Denies the calls for which a condition holds.
///
/// # Errors
/// The gateway has no predicates for it.
pub(super) fn deny(condition: &Source, possible: Possible<'_>) -> Result<Lowered, Refusal> {
    let mut out = Lowered::default();
    for list in expand(condition, true, Form::AnyOfAll)? {
        let groups = group(&list, Values::intersection)?;
        if groups.iter().any(|group| group.values.is_none()) {
            continue;
        }
        let apart = group(&list, |_, _| None)?;
        let mut ways = vec![cases(&apart, possible)];
        if groups.len() < apart.len() {
            ways.push(cases(&groups, possible));
        }
        if let [only] = groups.as_slice() {
            let rest = Group { dotted: only.dotted.clone(), values: only.values.complement(), ..*only };
            ways.push(hold(&rest, possible));
        }
        // The refusal that is reported is that of the statement as it is written.
        let mut best: Result<Lowered, Refusal> = Err(Refusal::new("", ""));
        for (index, way) in ways.into_iter().enumerate() {
            match (&best, &way) {
                (Err(_), Ok(_)) => best = way,
                (Err(_), Err(_)) if index == 0 => best = way,
                (Ok(old), Ok(new)) if new.cost() < old.cost() => best = way,
                _ => {}
            }
        }
        out.add(best?);
    }
    Ok(out)
}

impl Lowered {
    fn add(&mut self, other: Self) {
        for condition in other.require {
            if !self.require.contains(&condition) {
                self.require.push(condition);
            }
        }
        self.deny_if.extend(other.deny_if);
        self.stricter |= other.stricter;
    }

    /// Exact before stricter, then few predicates before many.
    fn cost(&self) -> (bool, usize) {
        (self.stricter, usize::from(!self.require.is_empty()) + self.deny_if.len())
    }
}

/// Denies the calls that are in all groups.
fn cases(groups: &[Group<'_>], possible: Possible<'_>) -> Result<Lowered, Refusal> {
    let mut out = Lowered { deny_if: vec![Vec::new()], ..Lowered::default() };
    for group in groups {
        let cover = cover(group, possible)?;
        if out.deny_if.len().saturating_mul(cover.cases.len()) > MOST_CASES {
            return Err(Refusal::new(
                format!("written out for the document it becomes more than {MOST_CASES} rules"),
                "split it into several statements",
            ));
        }
        out.deny_if = multiply(&out.deny_if, &cover.cases);
        out.stricter |= !cover.exact;
        if let Some(guard) = cover.guard {
            let cases = std::mem::take(&mut out.deny_if);
            out.add(guard);
            out.deny_if.splice(0..0, cases);
        }
    }
    for case in &mut out.deny_if {
        let mut seen: Vec<Condition> = Vec::with_capacity(case.len());
        case.retain(|condition| {
            let new = !seen.contains(condition);
            if new {
                seen.push(condition.clone());
            }
            new
        });
    }
    Ok(out)
}

/// Predicates that let pass just the calls whose value is in a set.
fn hold(group: &Group<'_>, possible: Possible<'_>) -> Result<Lowered, Refusal> {
    let refusal = match hold_exactly(group) {
        Ok(lowered) => return Ok(lowered),
        Err(refusal) => refusal.of_part(group.test, "test"),
    };
    // A call that the schema forbids may be denied; every other has one of these values.
    let Some(kinds) = possible(group.path) else { return Err(refusal) };
    let narrowed = group.values.intersection(&kinds).filter(|narrowed| *narrowed != group.values);
    let narrowed = Group { values: narrowed.ok_or_else(|| refusal.clone())?, dotted: group.dotted.clone(), ..*group };
    hold_exactly(&narrowed).map(|lowered| Lowered { stricter: true, ..lowered }).map_err(|_| refusal)
}

fn hold_exactly(group: &Group<'_>) -> Result<Lowered, Refusal> {
    let builder = Builder::new(&group.dotted);
    let set = &group.values;
    let only = |part: &Values| *set == *part;
    let exact = |require: Vec<Condition>| Ok(Lowered { require, ..Lowered::default() });
    if set.is_none() {
        return Ok(Lowered { deny_if: vec![Vec::new()], ..Lowered::default() });
    }
    if only(&Values { numbers: set.numbers.clone(), ..Values::NONE }) {
        if let Some(conditions) = builder.numbers_together(&set.numbers) {
            return exact(conditions);
        }
        let (require, deny_if) = builder.numbers_with_gaps(&set.numbers).ok_or_else(|| builder.refusal(set))?;
        return Ok(Lowered { require, deny_if, stricter: false });
    }
    if only(&Values { strings: set.strings.clone(), ..Values::NONE }) {
        if let Some(conditions) = builder.strings_together(&set.strings) {
            return exact(conditions);
        }
        let failing = builder.strings_together(&set.strings.complement()).ok_or_else(|| builder.refusal(set))?;
        return Ok(Lowered { require: vec![builder.any_string()], deny_if: vec![failing], stricter: false });
    }
    if only(&Values { bools: set.bools, ..Values::NONE }) {
        let require = vec![builder.listed(Operator::Eq, Operator::In, bool_operands(set.bools))];
        // `eq true` holds for the string "true" too, and the set has no string.
        return Ok(Lowered { require, deny_if: vec![vec![builder.any_string()]], stricter: false });
    }
    if only(&Values::present().complement()) {
        return exact(vec![builder.exists(false)]);
    }
    if only(&Values { null: true, ..Values::NONE }) {
        return Err(Refusal::new(
            format!("it is not known to tell null from a missing value, as {} needs", quote(&group.dotted)),
            format!("write `not has {}`, which holds for both", group.path),
        ));
    }
    if only(&Values::present()) {
        return exact(vec![builder.exists(true)]);
    }
    if let Some((condition, true)) = builder.containing(set)
        && only(&Values { strings: set.strings.clone(), arrays: set.arrays.clone(), ..Values::NONE })
        && set.is_containing()
    {
        return exact(vec![condition]);
    }
    if let Some(lowered) = finite(&builder, set) {
        return Ok(lowered);
    }
    let failing = Group { values: set.complement(), dotted: group.dotted.clone(), ..*group };
    if !set.null && !set.missing {
        // Null and missing fail the requirement, so the cases need not cover them.
        let values = Values { null: false, missing: false, ..failing.values.clone() };
        if let Ok(lowered) = cases(&[Group { values, ..failing }], &|_| None) {
            return Ok(Lowered { require: vec![builder.exists(true)], ..lowered });
        }
        return Err(builder.refusal(set));
    }
    cases(&[failing], &|_| None)
}

fn bool_operands(bools: [bool; 2]) -> Vec<DocumentValue> {
    [false, true].into_iter().zip(bools).filter(|(_, has)| *has).map(|(value, _)| DocumentValue::Bool(value)).collect()
}

/// Predicates for finitely many values of several kinds.
fn finite(builder: &Builder<'_>, set: &Values) -> Option<Lowered> {
    let Strings::In(strings) = &set.strings else { return None };
    let points = set.numbers.points()?;
    if set.arrays != Arrays::None || set.objects || set.null || set.missing {
        return None;
    }
    let mut operands = bool_operands(set.bools);
    operands.extend(points.into_iter().map(DocumentValue::number));
    // Strings that the operands of other kinds let in by their text.
    let strangers = texts_of(&operands).into_iter().filter(|text| !strings.contains(text.as_str()));
    let strangers: Vec<DocumentValue> = strangers.map(DocumentValue::Str).collect();
    let mut deny_if = Vec::new();
    if !strangers.is_empty() {
        deny_if.push(vec![builder.any_string(), builder.listed(Operator::Eq, Operator::In, strangers)]);
    }
    for text in texts(strings).filter(|text| is_ambiguous(text)) {
        match others_of(text)? {
            Other::None => {}
            Other::Bool(value) if set.bools.get(usize::from(value)) == Some(&true) => {}
            Other::Number(number) if set.numbers.has(number) => {}
            Other::Number(number) => deny_if.push(point(builder, number)),
            Other::Bool(_) | Other::Null => return None,
        }
    }
    operands.extend(texts(strings).map(|text| DocumentValue::Str(text.to_owned())));
    Some(Lowered {
        require: vec![builder.condition(Operator::In, DocumentValue::List(operands))],
        deny_if,
        stricter: false,
    })
}

fn point(builder: &Builder<'_>, number: f64) -> Vec<Condition> {
    let operand = DocumentValue::number(number);
    vec![builder.condition(Operator::Gte, operand.clone()), builder.condition(Operator::Lte, operand)]
}

/// The strings that a gateway may take for one of some values that are not strings.
fn texts_of(operands: &[DocumentValue]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for operand in operands {
        out.push(operand.text());
        out.extend(operand.as_f64().map(float_text));
    }
    out.sort();
    out.dedup();
    out
}

/// A value that is not a string and has a certain text.
enum Other {
    None,
    Null,
    Bool(bool),
    Number(f64),
}

/// The value of another kind with this text; `None` for the text of an array or object.
fn others_of(text: &str) -> Option<Other> {
    match text {
        "true" | "false" => return Some(Other::Bool(text == "true")),
        "<nil>" => return Some(Other::Null),
        _ if text.starts_with('[') || text.starts_with("map[") => return None,
        _ => {}
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    let number = number.filter(|number| float_text(*number) == text || DocumentValue::number(*number).text() == text);
    Some(number.map_or(Other::None, Other::Number))
}

/// Cases that together hold for every value of a set.
fn cover(group: &Group<'_>, possible: Possible<'_>) -> Result<Cover, Refusal> {
    let refusal = match cover_all(group) {
        Ok(cover) => return Ok(cover),
        Err(refusal) => refusal.of_part(group.test, "test"),
    };
    let Some(kinds) = possible(group.path) else { return Err(refusal) };
    let (Some(narrowed), true) = (group.values.intersection(&kinds), !kinds.is_all()) else { return Err(refusal) };
    let narrowed = Group { values: narrowed, dotted: group.dotted.clone(), ..*group };
    let Ok(cover) = cover_all(&narrowed) else { return Err(refusal) };
    let kinds = Group { values: kinds, dotted: group.dotted.clone(), ..*group };
    let Ok(guard) = hold_exactly(&kinds) else { return Err(refusal) };
    Ok(Cover { guard: Some(guard), exact: false, ..cover })
}

fn cover_all(group: &Group<'_>) -> Result<Cover, Refusal> {
    let builder = Builder::new(&group.dotted);
    let set = &group.values;
    let mut out = Cover { cases: Vec::new(), guard: None, exact: true };
    if set.is_all() {
        out.cases.push(Vec::new());
        return Ok(out);
    }
    if set.null || set.missing {
        // No condition tells null from a missing value on which every reading of the gateway would
        // agree.
        out.exact = set.null && set.missing;
        out.cases.push(vec![builder.exists(false)]);
    }
    let present = Values { null: false, missing: false, ..set.clone() };
    if present == Values::present() {
        out.cases.push(vec![builder.exists(true)]);
        return Ok(out);
    }
    if let Some(exceptions) = exceptions(set) {
        let mut case = Vec::new();
        if !set.null {
            // `neq` holds for null, which is not in the set.
            case.push(builder.exists(true));
        }
        let operands = exceptions.operands;
        let strangers = texts_of(&operands).into_iter().filter(|text| set.strings.has(text));
        let strangers: Vec<DocumentValue> = strangers.map(DocumentValue::Str).collect();
        for operand in &operands {
            let DocumentValue::Str(text) = operand else { continue };
            match is_ambiguous(text).then(|| others_of(text)) {
                None | Some(Some(Other::None | Other::Null)) => {}
                Some(None) => return Err(builder.refusal(set)),
                Some(Some(Other::Bool(value))) => {
                    if set.bools.get(usize::from(value)) == Some(&true) {
                        out.cases.push(vec![builder.condition(Operator::Eq, DocumentValue::Bool(value))]);
                        out.exact = false;
                    }
                }
                Some(Some(Other::Number(number))) if set.numbers.has(number) => {
                    out.cases.push(point(&builder, number));
                }
                Some(Some(Other::Number(_))) => {}
            }
        }
        case.push(builder.listed(Operator::Neq, Operator::NotIn, operands));
        out.cases.push(case);
        if !strangers.is_empty() {
            out.cases.push(vec![builder.any_string(), builder.listed(Operator::Eq, Operator::In, strangers)]);
        }
        return Ok(out);
    }
    if set.objects || matches!(set.arrays, Arrays::All | Arrays::Lacking(_)) {
        return Err(Refusal::new(
            format!(
                "of the calls it denies, no condition of the gateway sees those where {} is an array or object",
                quote(&group.dotted)
            ),
            format!(
                "`require ..` of the test alone also denies a call without {0}; `deny .. when ..` of its opposite lets \
                 values of other types pass; with a catalogue that says the type of a required {0} this compiles",
                quote(&group.dotted)
            ),
        ));
    }
    cover_parts(&builder, set, &mut out)?;
    Ok(out)
}

/// Covers a set without objects, kind by kind.
fn cover_parts(builder: &Builder<'_>, set: &Values, out: &mut Cover) -> Result<(), Refusal> {
    if !set.numbers.is_empty() {
        out.cases.extend(builder.numbers_apart(&set.numbers));
    }
    if let Some((condition, exact)) = builder.containing(set) {
        if !set.is_containing() && !set.strings.is_empty() {
            return Err(builder.refusal(set));
        }
        out.exact &= exact && set.is_containing();
        out.cases.push(vec![condition]);
    } else if !set.strings.is_empty() {
        let conditions = builder.strings_together(&set.strings).ok_or_else(|| builder.refusal(set))?;
        out.cases.push(conditions);
    }
    if set.bools.contains(&true) {
        let operands = bool_operands(set.bools);
        out.exact &= texts_of(&operands).iter().all(|text| set.strings.has(text));
        out.cases.push(vec![builder.listed(Operator::Eq, Operator::In, operands)]);
    }
    Ok(())
}
