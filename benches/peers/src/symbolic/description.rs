//! Rules about one action, and questions about them, as they are before either language writes them.

use std::fmt::Write as _;

/// The action, and the tool.
pub(crate) const ACTION: &str = "create_charge";

/// When a rule applies.
#[derive(Clone)]
pub(crate) enum When {
    AtMost(i64),
    Over(i64),
    Is(&'static str, String),
    Like(&'static str, String),
    All(Vec<When>),
    Any(Vec<When>),
    Not(Box<When>),
}

use When::{All, Any, AtMost, Is, Like, Not, Over};

#[derive(Clone)]
pub(crate) struct Rule {
    pub(crate) allows: bool,
    pub(crate) when: When,
}

/// A language that rules are written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Policyc,
    Cedar,
}

impl Language {
    /// The rules as a policy that denies everything else.
    pub(crate) fn rules(self, rules: &[Rule]) -> String {
        let mut text = String::from(if self == Self::Policyc { "deny *;\n" } else { "" });
        for Rule { allows, when } in rules {
            let when = self.when(when);
            match (self, allows) {
                (Self::Policyc, true) => writeln!(text, "allow {ACTION} when {when};"),
                (Self::Policyc, false) => writeln!(text, "deny {ACTION} when {when};"),
                (Self::Cedar, _) => {
                    let effect = if *allows { "permit" } else { "forbid" };
                    let scope = format!("(principal, action == Action::\"{ACTION}\", resource)");
                    writeln!(text, "{effect} {scope} when {{ {when} }};")
                }
            }
            .unwrap();
        }
        text
    }

    fn when(self, when: &When) -> String {
        let (root, not, and, or) = match self {
            Self::Policyc => ("args", "not ", " and ", " or "),
            Self::Cedar => ("context", "!", " && ", " || "),
        };
        let list = |parts: &[When], between: &str| {
            let parts: Vec<String> = parts.iter().map(|part| format!("({})", self.when(part))).collect();
            parts.join(between)
        };
        match when {
            AtMost(most) => format!("{root}.amount <= {most}"),
            Over(bound) => format!("{root}.amount > {bound}"),
            Is(field, text) => format!("{root}.{field} == \"{text}\""),
            Like(field, pattern) => format!("{root}.{field} like \"{pattern}\""),
            All(parts) => list(parts, and),
            Any(parts) => list(parts, or),
            Not(part) => format!("{not}({})", self.when(part)),
        }
    }
}

/// How calls that are asked for are decided by two policies.
#[derive(Clone, Copy)]
pub(crate) enum Relation {
    /// Both allow them.
    Both,
    /// The first allows them, the second does not.
    Beyond,
    /// One of the two allows them, the other does not.
    Differs,
}

use Relation::{Beyond, Both, Differs};

/// What is asked: whether there is such a call.
pub(crate) enum Question {
    /// One that two policies decide in this way.
    Pair(Relation, Vec<Rule>, Vec<Rule>),
    /// One to which the rule applies, of each rule.
    Applies(Vec<Rule>),
}

impl Question {
    /// The same with policies as text.
    pub(crate) fn written(&self, language: Language) -> Written {
        match self {
            Self::Pair(relation, left, right) => {
                Written::Pair(*relation, [left, right].map(|rules| language.rules(rules)))
            }
            Self::Applies(rules) => Written::Applies(language.rules(rules)),
        }
    }
}

/// A question, with policies as text.
pub(crate) enum Written {
    Pair(Relation, [String; 2]),
    Applies(String),
}

/// A question in words, and the answers that it must get.
pub(crate) struct Asked {
    pub(crate) what: &'static str,
    pub(crate) question: Question,
    pub(crate) found: Vec<bool>,
}

/// All questions about policies of `count` rules.
pub(crate) fn questions(count: usize) -> Vec<Asked> {
    let rules = rules(count);
    let middle = count / 8 * 4;
    let mut generous = rules.clone();
    generous[middle].when = All(vec![Like("to", team(middle)), AtMost(1_000)]);
    let mut elsewhere = rules.clone();
    elsewhere[middle].when = All(vec![Like("to", format!("*@team{middle}.example.*")), AtMost(50)]);
    let mut changed = rewritten(&rules);
    changed.push(Rule { allows: true, when: All(vec![Like("to", team(middle)), AtMost(bound(middle) + 1)]) });
    let outside = Not(Box::new(Like("to", "*.example.com".to_owned())));
    let one = |what, question, found| Asked { what, question, found: vec![found] };
    let pair = |relation, left: &[Rule], right: &[Rule]| Question::Pair(relation, left.to_vec(), right.to_vec());
    // A policy that allows what is asked about.
    let about = |when| vec![Rule { allows: true, when }];
    let (large, outside) = (about(Over(100)), about(outside));
    let same = rewritten(&rules);
    vec![
        one("amounts over 100 allowed: no", pair(Both, &rules, &large), false),
        one("amounts over 100 allowed: yes", pair(Both, &generous, &large), true),
        one("recipients outside allowed: no", pair(Both, &rules, &outside), false),
        one("recipients outside allowed: yes", pair(Both, &elsewhere, &outside), true),
        one("two policies the same: yes", pair(Differs, &rules, &same), false),
        one("two policies the same: no", pair(Differs, &rules, &changed), true),
        one("one implies the other: yes", pair(Beyond, &rules, &changed), false),
        one("one implies the other: no", pair(Beyond, &changed, &rules), true),
        Asked {
            what: "rules that never apply",
            question: Question::Applies(half_impossible(count)),
            found: (0..count).map(|index| index % 2 == 1).collect(),
        },
    ]
}

fn team(index: usize) -> String {
    format!("*@team{index}.example.com")
}

fn bound(index: usize) -> i64 {
    100 - number(index) % 50
}

fn number(index: usize) -> i64 {
    i64::try_from(index).unwrap()
}

/// Allows, all of which are for amounts of up to 100 and recipients below `example.com`, and denials.
fn rules(count: usize) -> Vec<Rule> {
    let rule = |index: usize| match index % 4 {
        0 => Rule { allows: true, when: All(vec![Like("to", team(index)), AtMost(bound(index))]) },
        1 => Rule { allows: false, when: Like("note", format!("*secret{index}*")) },
        2 => {
            let shop = Is("to", format!("shop{index}@books.example.com"));
            let when = All(vec![shop, Is("currency", "EUR".to_owned()), AtMost(bound(index))]);
            Rule { allows: true, when }
        }
        _ => Rule { allows: false, when: All(vec![Over(number(index)), Is("currency", format!("C{index}"))]) },
    };
    (0..count).map(rule).collect()
}

/// The same in other words and the other order, with a rule that is contained in another one.
fn rewritten(rules: &[Rule]) -> Vec<Rule> {
    let mut other: Vec<Rule> =
        rules.iter().rev().map(|rule| Rule { allows: rule.allows, when: in_other_words(&rule.when) }).collect();
    let narrower = All(vec![Like("to", "ann*@team0.example.com".to_owned()), AtMost(bound(0) - 1)]);
    other.push(Rule { allows: true, when: narrower });
    other
}

fn in_other_words(when: &When) -> When {
    match when {
        AtMost(most) => Not(Box::new(Over(*most))),
        Over(bound) => Not(Box::new(AtMost(*bound))),
        All(parts) => {
            let parts = parts.iter().rev().map(|part| Not(Box::new(in_other_words(part))));
            Not(Box::new(Any(parts.collect())))
        }
        other => other.clone(),
    }
}

/// Rules of which every second one cannot apply, the first among them.
fn half_impossible(count: usize) -> Vec<Rule> {
    let when = |index: usize| match index % 6 {
        0 => vec![Over(100 + number(index)), AtMost(number(index))],
        1 => vec![Like("to", team(index)), Over(number(index))],
        2 => vec![Like("to", team(index)), Like("to", "*.org".to_owned())],
        3 => vec![Like("note", format!("*secret{index}*")), Is("currency", "EUR".to_owned())],
        4 => vec![Is("currency", "EUR".to_owned()), Not(Box::new(Like("currency", "E*".to_owned())))],
        _ => vec![Over(number(index)), AtMost(number(index) + 1)],
    };
    (0..count).map(|index| Rule { allows: index % 4 < 2, when: All(when(index)) }).collect()
}
