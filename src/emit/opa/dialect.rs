//! Conditions in Rego, every test total.
//!
//! An expression of Rego is true, false or undefined, and a rule whose body is not true does not apply: a denial with a test that is
//! undefined for a missing argument would let the call pass under a `not`, and `<=` holds between values of different
//! types. So each test is one expression that is true exactly where the test holds, and false or undefined everywhere
//! else. Functions with a check of the type, which are undefined for other values, see to it. What is negated is a rule of its
//! own, which is undefined where its body is, and `not` makes true of that.

use std::collections::BTreeMap;

use crate::json::json_quote;
use crate::line::BYTE_ORDER_MARK;
use crate::pattern::{Like, Regex};
use crate::predicate::{Comparison, Condition, Elements, Path, PathRoot, Scalar, ScalarValue, Step, Test};

use super::adapter::Adapter;

/// The functions that expressions use, by name.
pub(super) const FUNCTIONS: [(&str, &str); 7] = [
    ("as_array", "as_array(value) := value if is_array(value)\n"),
    ("as_number", "as_number(value) := value if is_number(value)\n"),
    ("as_string", "as_string(value) := value if is_string(value)\n"),
    (
        "has_part",
        "has_part(value, part) if {\n\tis_array(value)\n\tpart in value\n}\n\nhas_part(value, part) if {\n\tis_string(value)\n\tis_string(part)\n\tcontains(value, part)\n}\n",
    ),
    (
        "matches_one",
        "matches_one(value, patterns) if {\n\tis_string(value)\n\tsome pattern in patterns\n\tregex.match(pattern, value)\n}\n",
    ),
    (
        "none_of",
        "none_of(value, list) if {\n\tsome literal in list\n\ttype_name(literal) == type_name(value)\n\tnot value in list\n}\n",
    ),
    ("size", "size(value) := count(value) if type_name(value) in [\"array\", \"string\"]\n"),
];

/// What the names of rules begin with that conditions have become. Only such a rule is negated: OPA evaluates calls and paths among
/// the operands of an expression before a `not` in front of it, so where one is undefined the whole body is.
pub(super) const RULE: &str = "when_";

/// Words that cannot follow a dot.
const KEYWORDS: &[&str] = &[
    "as", "contains", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not", "null",
    "package", "set", "some", "true", "with",
];

/// Writes the conditions of a module. What is no single expression becomes a rule of its own.
pub(super) struct Conditions<'a> {
    adapter: &'a Adapter,
    /// The rules by their bodies: equal bodies are one rule.
    names: BTreeMap<Vec<Vec<String>>, String>,
    /// The rules in the order of their names.
    pub(super) rules: String,
    /// Which of [`FUNCTIONS`] are used.
    used: [bool; FUNCTIONS.len()],
    /// How deep in quantifiers, for the names of elements.
    depth: usize,
}

impl<'a> Conditions<'a> {
    pub(super) fn new(adapter: &'a Adapter) -> Self {
        Self { adapter, names: BTreeMap::new(), rules: String::new(), used: [false; FUNCTIONS.len()], depth: 0 }
    }

    /// The functions that are used, in the order of their names.
    pub(super) fn functions(&self) -> Vec<&'static str> {
        let used = FUNCTIONS.iter().zip(self.used).filter(|(_, used)| *used);
        used.map(|((_, text), _)| *text).collect()
    }

    fn uses(&mut self, function: &str) -> String {
        if let Some(at) = FUNCTIONS.iter().position(|(name, _)| *name == function)
            && let Some(used) = self.used.get_mut(at)
        {
            *used = true;
        }
        function.to_owned()
    }

    /// The lines of a body that holds where the condition does.
    pub(super) fn lines(&mut self, condition: &Condition) -> Vec<String> {
        match condition {
            Condition::And(parts) if parts.is_empty() => vec!["true".to_owned()],
            Condition::And(parts) => parts.iter().flat_map(|part| self.lines(part)).collect(),
            _ => vec![self.expression(condition)],
        }
    }

    /// The same in at most one line, however many there are.
    pub(super) fn shared(&mut self, condition: &Condition) -> Vec<String> {
        match self.lines(condition) {
            lines if lines.len() > 1 => vec![self.rule(vec![lines])],
            lines => lines,
        }
    }

    /// One expression that holds where the condition does.
    fn expression(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Not(inner) => match &**inner {
                Condition::Not(twice) => self.expression(twice),
                inner => {
                    let inner = match self.expression(inner) {
                        name if name.starts_with(RULE) => name,
                        test => self.rule(vec![vec![test]]),
                    };
                    format!("not {inner}")
                }
            },
            Condition::Atom(atom) => {
                let path = self.path(&atom.path);
                match &atom.test {
                    Test::Every(_) | Test::Some(_) => {
                        let lines = self.quantified(&path, &atom.test);
                        self.rule(vec![lines])
                    }
                    test => self.test(&path, test),
                }
            }
            Condition::Or(parts) if parts.is_empty() => "false".to_owned(),
            Condition::Or(parts) => {
                let bodies = parts.iter().map(|part| self.lines(part)).collect();
                self.rule(bodies)
            }
            Condition::And(_) => {
                let lines = self.lines(condition);
                match lines.as_slice() {
                    // Another `not` may stand in front.
                    [only] if !only.starts_with("not ") => only.clone(),
                    _ => self.rule(vec![lines]),
                }
            }
        }
    }

    /// The name of the rule with these bodies, one of which must hold.
    fn rule(&mut self, bodies: Vec<Vec<String>>) -> String {
        if let Some(known) = self.names.get(&bodies) {
            return known.clone();
        }
        let name = format!("{RULE}{}", self.names.len() + 1);
        for body in &bodies {
            self.rules.push_str(&format!("{name} if {}\n\n", self::body(body)));
        }
        self.names.insert(bodies, name.clone());
        name
    }

    /// A test of one value as an expression; of a quantifier its lines, joined.
    fn test(&mut self, value: &str, test: &Test) -> String {
        match test {
            Test::Has => format!("{value} != null"),
            // The index in which OPA looks up equal values of a path compares numbers beyond doubles by their text, so
            // numbers are compared behind a function, which is not looked up.
            Test::Compare(Comparison::Equal, scalar) if matches!(scalar.value, ScalarValue::Number(_)) => {
                format!("{}({value}) == {}", self.uses("as_number"), literal(scalar))
            }
            Test::Compare(Comparison::Equal, scalar) => format!("{value} == {}", literal(scalar)),
            Test::Compare(Comparison::NotEqual, scalar) => match &scalar.value {
                ScalarValue::Bool(not) => format!("{value} == {}", !not),
                ScalarValue::Number(_) => format!("{}({value}) != {}", self.uses("as_number"), literal(scalar)),
                ScalarValue::Str(_) => format!("{}({value}) != {}", self.uses("as_string"), literal(scalar)),
                ScalarValue::Null => format!("{value} != null"),
            },
            Test::Compare(comparison, scalar) => {
                format!("{}({value}) {} {}", self.uses("as_number"), comparison.symbol(), literal(scalar))
            }
            Test::In(list) => format!("{value} in {}", literals(list)),
            Test::NotIn(list) => format!("{}({value}, {})", self.uses("none_of"), literals(list)),
            Test::Contains(scalar) => format!("{}({value}, {})", self.uses("has_part"), literal(scalar)),
            Test::Like(patterns) => self.like(value, patterns),
            Test::Matches(patterns) => {
                let patterns: Vec<String> = patterns.iter().map(Regex::re2).collect();
                self.matches(value, &patterns)
            }
            Test::Length(length) => {
                format!("{}({value}) {} {}", self.uses("size"), length.comparison.symbol(), length.number)
            }
            Test::Every(_) | Test::Some(_) => self.quantified(value, test).join("\n"),
        }
    }

    fn like(&mut self, value: &str, patterns: &[Like]) -> String {
        if let [only] = patterns
            && only.middle().is_empty()
            && only.literal().is_none()
        {
            let simple = match (only.prefix(), only.suffix()) {
                ("", "") => Some("startswith"),
                (_, "") => Some("startswith"),
                ("", _) => Some("endswith"),
                _ => None,
            };
            if let Some(function) = simple {
                let text = if function == "startswith" { only.prefix() } else { only.suffix() };
                return format!("{function}({}({value}), {})", self.uses("as_string"), quoted(text));
            }
        }
        let patterns: Vec<String> = patterns.iter().map(Like::re2).collect();
        self.matches(value, &patterns)
    }

    /// A match of at least one expression with the whole value.
    fn matches(&mut self, value: &str, patterns: &[String]) -> String {
        let quoted: Vec<String> = patterns.iter().map(|pattern| quoted(&format!("^(?:{pattern})$"))).collect();
        match quoted.as_slice() {
            [only] => format!("regex.match({only}, {}({value}))", self.uses("as_string")),
            several => format!("{}({value}, [{}])", self.uses("matches_one"), several.join(", ")),
        }
    }

    /// The lines that hold where a quantifier does.
    fn quantified(&mut self, value: &str, test: &Test) -> Vec<String> {
        let (is_every, elements) = match test {
            Test::Every(elements) => (true, elements),
            Test::Some(elements) => (false, elements),
            test => return vec![self.test(value, test)],
        };
        self.depth += 1;
        let element = format!("element_{}", self.depth);
        let array = format!("{}({value})", self.uses("as_array"));
        let inner = self.of_element(&element, elements);
        self.depth -= 1;
        if is_every {
            vec![format!("every {element} in {array} {}", block(&inner))]
        } else {
            std::iter::once(format!("some {element} in {array}")).chain(inner).collect()
        }
    }

    fn of_element(&mut self, element: &str, elements: &Elements) -> Vec<String> {
        let mut value = element.to_owned();
        steps(&mut value, &elements.steps);
        self.quantified(&value, &elements.test)
    }

    fn path(&self, path: &Path) -> String {
        let mut out = match path.root {
            PathRoot::Args => self.adapter.arguments,
            PathRoot::Caller => self.adapter.caller,
        }
        .to_owned();
        steps(&mut out, &path.steps);
        out
    }
}

/// The body of a rule: on the line of the `if` where it is one expression.
pub(super) fn body(lines: &[String]) -> String {
    match lines {
        [only] if !only.contains('\n') => only.clone(),
        _ => block(lines),
    }
}

/// Lines in braces.
fn block(lines: &[String]) -> String {
    let lines: String = lines.iter().flat_map(|line| line.lines()).map(|line| format!("\t{line}\n")).collect();
    format!("{{\n{lines}}}")
}

fn steps(out: &mut String, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Key(key) if is_name(key) => {
                out.push('.');
                out.push_str(key);
            }
            Step::Key(key) => out.push_str(&format!("[{}]", quoted(key))),
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
}

/// A string as Rego reads it: JSON, but without a byte-order mark, which OPA takes nowhere.
pub(super) fn quoted(text: &str) -> String {
    json_quote(text).replace(BYTE_ORDER_MARK, "\\ufeff")
}

/// Whether a text can stand as a name.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !KEYWORDS.contains(&text)
}

fn literal(scalar: &Scalar) -> String {
    match &scalar.value {
        ScalarValue::Null => "null".to_owned(),
        ScalarValue::Bool(value) => value.to_string(),
        ScalarValue::Number(number) => number.to_string(),
        ScalarValue::Str(text) => quoted(text),
    }
}

fn literals(list: &[Scalar]) -> String {
    format!("[{}]", list.iter().map(literal).collect::<Vec<_>>().join(", "))
}
