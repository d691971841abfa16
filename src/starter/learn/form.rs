//! The conditions that recorded arguments support, and for each of their parts the call that needs it.

use super::arguments::{Argument, Scalars};
use super::values::{End, LOCAL, Numbers, Pattern, Place, Strings};
use crate::decimal::Decimal;
use crate::lint::is_secret;
use crate::pattern::{like_literal, regex_literal};
use crate::syntax::print;

/// How many observations are enough. After so many without an exception, the next value lies outside their range in at most two of 21 cases,
/// if all come from one source: each of 21 values is as likely as the others to be the least, and to be the greatest.
pub(super) const ENOUGH: u64 = 20;

/// A number with more characters is not written.
const LONGEST_NUMBER: usize = 40;

/// A part of a policy that could be tighter, and the recorded call that this would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    /// What the call is needed for.
    pub(super) says: String,
    /// The condition with this part tightened by one step.
    pub(super) tightened: String,
    pub(super) place: Place,
    /// What has a range of which this is an end.
    pub(super) end_of: Option<String>,
}

/// A condition on one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) text: String,
    /// Whether it does without patterns and arrays, which some targets lack.
    pub(super) simple: bool,
    pub(super) needs: Vec<Need>,
}

/// What is known of the arguments of a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) bounds: Vec<Bound>,
    /// Arguments that were given, and that cannot be bounded, because of too little evidence or values of several kinds.
    pub(super) held: Vec<String>,
    /// Arguments whose values have nothing in common that the form could say.
    pub(super) free: Vec<String>,
}

impl Bounds {
    /// What the arguments of a tool support that was called so often.
    pub(super) fn of(arguments: &[Argument], calls: u64) -> Self {
        let mut found = Self::default();
        arguments.iter().for_each(|argument| found.add(argument, calls));
        found
    }

    fn add(&mut self, argument: &Argument, calls: u64) {
        let path = &argument.path;
        if argument.given == 0 {
            self.push(format!("not has {path}"), true, Vec::new());
            return;
        }
        let values = &argument.values;
        let kinds =
            [values.number_count, values.string_count, values.boolean_count(), argument.arrays.count, argument.objects];
        if argument.given < ENOUGH || kinds.iter().filter(|count| **count > 0).count() != 1 {
            self.held.push(path.clone());
            return;
        }
        let always = argument.given == calls;
        let mut atoms = Atoms::default();
        if argument.objects > 0 {
            if argument.members.is_empty() {
                self.free.push(path.clone());
            }
        } else if argument.arrays.count > 0 {
            if !atoms.array(argument) {
                self.held.push(path.clone());
                return;
            }
        } else if !atoms.scalars(path, "", values) {
            self.held.push(path.clone());
            return;
        }
        if atoms.free {
            self.free.push(if argument.arrays.count > 0 { format!("{path}[*]") } else { path.clone() });
        }
        if !atoms.all.is_empty() {
            self.atoms(argument, always, &atoms);
        } else if always && !argument.required {
            self.push(format!("has {path}"), true, Vec::new());
        }
        argument.members.iter().for_each(|member| self.add(member, calls));
    }

    fn push(&mut self, text: String, simple: bool, needs: Vec<Need>) {
        self.bounds.push(Bound { text, simple, needs });
    }

    /// The tests of an argument, for calls that give it.
    fn atoms(&mut self, argument: &Argument, always: bool, atoms: &Atoms) {
        let path = &argument.path;
        let whole = |tests: &[String]| match tests {
            [] => format!("not has {path}"),
            _ if always => tests.join(" and "),
            [test] => format!("(not has {path} or {test})"),
            _ => format!("(not has {path} or ({}))", tests.join(" and ")),
        };
        let mut needs: Vec<Need> = atoms
            .tighter
            .iter()
            .map(|tighter| {
                let Tighter { says, tests, place, end_of } = tighter.clone();
                Need { says, tightened: whole(&tests), place, end_of }
            })
            .collect();
        if let Some((missing, given)) = argument.first_missing.zip(argument.first_given).filter(|_| !always) {
            let says = format!("{path} may be missing");
            needs.push(Need { says, tightened: atoms.all.join(" and "), place: missing, end_of: None });
            let says = format!("{path} may be given");
            needs.push(Need { says, tightened: format!("not has {path}"), place: given, end_of: None });
        }
        self.push(whole(&atoms.all), atoms.simple, needs);
    }
}

/// A part of the tests of an argument.
#[derive(Clone)]
struct Tighter {
    /// What it says.
    says: String,
    /// All tests, with it tightened; no test: no value at all.
    tests: Vec<String>,
    /// The call that needs it.
    place: Place,
    /// As in [`Need`].
    end_of: Option<String>,
}

/// Tests that must all hold.
struct Atoms {
    all: Vec<String>,
    tighter: Vec<Tighter>,
    simple: bool,
    /// Whether the values have nothing in common.
    free: bool,
}

impl Default for Atoms {
    fn default() -> Self {
        Self { all: Vec::new(), tighter: Vec::new(), simple: true, free: false }
    }
}

impl Atoms {
    /// Adds a test that is needed because of some calls, with what it would be if it were tighter.
    fn push(&mut self, test: String, tighter: Vec<(Option<String>, Place)>) {
        let others: Vec<String> = self.all.clone();
        for Tighter { tests, .. } in &mut self.tighter {
            if !tests.is_empty() {
                tests.push(test.clone());
            }
        }
        for (tight, place) in tighter {
            let tests = tight.map_or_else(Vec::new, |tight| others.iter().cloned().chain([tight]).collect());
            self.tighter.push(Tighter { says: test.clone(), tests, place, end_of: None });
        }
        self.all.push(test);
    }

    /// The lengths of arrays, and their elements. `false` if something about them cannot be bounded.
    fn array(&mut self, argument: &Argument) -> bool {
        let (path, arrays) = (&argument.path, &argument.arrays);
        let elements = &arrays.elements;
        self.simple = false;
        self.range(&format!("length({path})"), &arrays.lengths, true);
        let kinds = [elements.number_count, elements.string_count, elements.boolean_count(), elements.others];
        match kinds.iter().filter(|count| **count > 0).count() {
            0 => true,
            1 if arrays.filled < ENOUGH => false,
            1 if elements.others > 0 => {
                self.free = true;
                true
            }
            1 => self.scalars(path, "every ", elements),
            _ => false,
        }
    }

    /// Values of one kind, or elements of arrays. `false` if they cannot be bounded.
    fn scalars(&mut self, path: &str, every: &str, values: &Scalars) -> bool {
        let subject = format!("{every}{path}");
        if values.number_count > 0 {
            return self.numbers(&subject, &values.numbers);
        }
        if values.string_count > 0 {
            return self.strings(path, every, &values.strings);
        }
        let seen = ["false", "true"].into_iter().zip(values.booleans);
        let list = seen.filter_map(|(value, (_, place))| Some((value.to_owned(), place?))).collect();
        self.list(&subject, ("==", "in"), list);
        true
    }

    fn numbers(&mut self, subject: &str, numbers: &Numbers) -> bool {
        if let Some(list) = numbers.distinct.list() {
            let Some(list) = list.iter().map(|(value, place)| Some((number(value)?, *place))).collect() else {
                return false;
            };
            self.list(subject, ("==", "in"), list);
            return true;
        }
        self.range(subject, numbers, false)
    }

    /// A closed range. What is counted has no lower bound of zero.
    fn range(&mut self, subject: &str, numbers: &Numbers, counted: bool) -> bool {
        let Some((least, most)) = numbers.least.as_ref().zip(numbers.most.as_ref()) else { return false };
        let Some((low, high)) = number(&least.value).zip(number(&most.value)) else { return false };
        if least.value == most.value {
            self.push(format!("{subject} == {low}"), vec![(None, least.place)]);
            return true;
        }
        let next = |end: &End, sign: &str| {
            let next = end.next.as_ref().and_then(number)?;
            Some(vec![(Some(format!("{subject} {sign} {next}")), end.place)])
        };
        let Some((above, below)) = next(least, ">=").zip(next(most, "<=")) else { return false };
        let before = self.tighter.len();
        if !(counted && least.value.is_zero()) {
            self.push(format!("{subject} >= {low}"), above);
        }
        self.push(format!("{subject} <= {high}"), below);
        for tighter in self.tighter.iter_mut().skip(before) {
            tighter.end_of = Some(subject.to_owned());
        }
        true
    }

    fn strings(&mut self, path: &str, every: &str, strings: &Strings) -> bool {
        let subject = format!("{every}{path}");
        if let Some(list) = strings.distinct.list() {
            if list.iter().any(|(text, _)| is_secret(text)) {
                return false;
            }
            // A star in a string that is compared looks like a pattern, so it is written as one in which it is a star.
            if list.iter().any(|(text, _)| text.contains('*')) {
                self.simple = false;
                let list = list.iter().map(|(text, place)| (print::string(&like_literal(text)), *place));
                self.list(&subject, ("like", "like"), list.collect());
            } else {
                self.list(&subject, ("==", "in"), list.iter().map(|(text, at)| (print::string(text), *at)).collect());
            }
            return true;
        }
        match strings.pattern() {
            None => {}
            Some(Pattern::Prefix { prefix, .. }) if is_secret(&prefix) => return false,
            Some(Pattern::Prefix { prefix, longer }) => {
                self.free = prefix.is_empty();
                self.simple = false;
                let test =
                    |prefix: &str| format!("{subject} like {}", print::string(&format!("{}*", like_literal(prefix))));
                self.push(test(&prefix), longer.iter().map(|(longer, place)| (Some(test(longer)), *place)).collect());
                if prefix.ends_with('/') {
                    let some = if every.is_empty() { "" } else { "some " };
                    self.push(format!("not {some}{path} contains \"..\""), Vec::new());
                }
            }
            Some(Pattern::Domain { domain, single: (address, place) }) => {
                self.simple = false;
                let expression = format!("{LOCAL}@{}", regex_literal(&domain));
                let single = format!("{subject} == {}", print::string(&address));
                self.push(format!("{subject} matches {}", print::string(&expression)), vec![(Some(single), place)]);
            }
        }
        true
    }

    /// A list of values, of which none can be left out.
    fn list(&mut self, subject: &str, (one, many): (&str, &str), list: Vec<(String, Place)>) {
        let test = |values: &[&str]| match values {
            [] => None,
            [value] => Some(format!("{subject} {one} {value}")),
            _ => Some(format!("{subject} {many} [{}]", values.join(", "))),
        };
        let values: Vec<&str> = list.iter().map(|(value, _)| value.as_str()).collect();
        let without = |gone: usize| {
            let rest: Vec<&str> =
                values.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, value)| *value).collect();
            test(&rest)
        };
        let tighter = list.iter().enumerate().map(|(at, (_, place))| (without(at), *place)).collect();
        let Some(test) = test(&values) else { return };
        let before = self.tighter.len();
        self.push(test, tighter);
        // Each value is a part of its own.
        for (tighter, value) in self.tighter.iter_mut().skip(before).zip(&values) {
            tighter.says = format!("{subject} {one} {value}");
        }
    }
}

/// A number as a policy writes it.
fn number(value: &Decimal) -> Option<String> {
    Some(value.to_string()).filter(|text| text.len() <= LONGEST_NUMBER)
}
