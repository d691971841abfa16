//! Comparison with trying all short strings.

use proptest::prelude::*;

use super::*;

const CHARS: [char; 4] = ['a', 'b', 'é', '\n'];

/// All strings over the small alphabet, the short ones first.
fn strings(longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..longest {
        let end = all.len();
        for index in from..end {
            let longer: Vec<_> = CHARS.iter().map(|char| format!("{}{char}", all[index])).collect();
            all.extend(longer);
        }
        from = end;
    }
    all
}

fn expression() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "a",
        "b",
        "é",
        "\\n",
        ".",
        "(?s:.)",
        "[ab]",
        "[^a]",
        "[^é\\n]",
        "\\w",
        "\\W",
        "\\pL",
        "\\PL",
        "(?i:B)",
        "ab",
        "^",
        "$",
        "(?m:^)",
        "(?m:$)",
        "\\b",
        "\\B",
        "\\A",
        "\\z",
        "[^\\x00-\\x{10ffff}]",
    ]);
    let atom =
        prop_oneof![4 => atom.prop_map(str::to_owned), 1 => Just("(?s:.)*".to_owned()), 1 => Just(".*".to_owned())];
    atom.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            2 => (inner, prop::sample::select(vec!["*", "+", "?", "{2}", "{1,2}", "{2,}", "{0,1}"]))
                .prop_map(|(part, times)| format!("(?:{part}){times}")),
        ]
    })
}

fn any_language() -> impl Strategy<Value = String> {
    let like = prop::collection::vec(prop::sample::select(vec!["a", "b", "é", "\n", "*", "ab"]), 0..6);
    let part = prop::collection::vec(prop::sample::select(CHARS.to_vec()), 0..3);
    prop_oneof![
        2 => like.prop_map(|parts| format!("like:{}", parts.concat())),
        3 => expression().prop_map(|text| format!("re:{text}")),
        1 => expression().prop_map(|text| format!("search:{text}")),
        1 => part.prop_map(|chars| format!("has:{}", chars.into_iter().collect::<String>())),
    ]
}

fn any_length() -> impl Strategy<Value = String> {
    let symbol = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let number = prop::sample::select(vec!["-1", "0", "1", "1.5", "2", "3", "4", "1e30", "-1e30"]);
    (symbol, number).prop_map(|(symbol, number)| format!("#{symbol} {number}"))
}

/// The question, with a check of its own.
struct Asked {
    within: Vec<Language>,
    outside: Vec<Language>,
    except: Vec<String>,
    lengths: Vec<(Comparison, Decimal)>,
}

impl Asked {
    fn wants(&self, text: &str) -> bool {
        let length = Decimal::from(text.chars().count() as u64);
        let compares = |(comparison, number): &(Comparison, Decimal)| match comparison {
            Comparison::Equal => length == *number,
            Comparison::NotEqual => length != *number,
            Comparison::Less => length < *number,
            Comparison::LessEqual => length <= *number,
            Comparison::Greater => length > *number,
            Comparison::GreaterEqual => length >= *number,
        };
        self.within.iter().all(|language| language.has(text))
            && !self.outside.iter().any(|language| language.has(text))
            && !self.except.iter().any(|except| except == text)
            && self.lengths.iter().all(compares)
    }
}

fn check(within: &[String], outside: &[String], except: &[String], lengths: &[String]) -> Result<(), TestCaseError> {
    let mut parts: Vec<String> = within.to_vec();
    parts.extend(outside.iter().map(|text| format!("!{text}")));
    parts.extend(except.iter().map(|text| format!("-{text}")));
    parts.extend_from_slice(lengths);
    let asked = Asked {
        within: within.iter().map(|text| language(text)).collect(),
        outside: outside.iter().map(|text| language(text)).collect(),
        except: except.to_vec(),
        lengths: lengths.iter().map(|text| length(text.trim_start_matches('#'))).collect(),
    };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let brute = strings(4).into_iter().find(|text| asked.wants(text));
    match (answer(&parts, STEPS), brute) {
        (Ok(Some(text)), brute) => {
            prop_assert!(asked.wants(&text), "{text:?} is not wanted by {parts:?}");
            if let Some(brute) = brute {
                prop_assert!(text.chars().count() <= brute.chars().count(), "{parts:?}: {text:?}, but {brute:?}");
            }
        }
        (Ok(None), Some(brute)) => prop_assert!(false, "{parts:?}: nothing, but {brute:?}"),
        (Ok(None), None) => {}
        // Only a text that is too long to be written out is undecided here.
        (Err(Exhausted), brute) => {
            prop_assert!(brute.is_none() && lengths.iter().any(|text| text.contains("1e30")), "{parts:?}: undecided");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn answers_agree_with_trying_all_short_strings(
        within in prop::collection::vec(any_language(), 0..3),
        outside in prop::collection::vec(any_language(), 0..3),
    ) {
        check(&within, &outside, &[], &[])?;
    }

    #[test]
    fn exceptions_and_lengths_agree_too(
        within in prop::collection::vec(any_language(), 0..3),
        outside in prop::collection::vec(any_language(), 0..2),
        except in prop::collection::vec(prop::sample::select(strings(3)), 0..12),
        lengths in prop::collection::vec(any_length(), 0..3),
    ) {
        check(&within, &outside, &except, &lengths)?;
    }

    /// Finite languages, whose every string is excepted or not.
    #[test]
    fn exceptions_can_leave_nothing(left in prop::collection::btree_set(prop::sample::select(strings(2)), 0..3)) {
        let except: Vec<_> = strings(2).into_iter().filter(|text| !left.contains(text)).collect();
        let within = ["re:[abé\\n]{0,2}".to_owned()];
        check(&within, &[], &except, &[])?;
        let parts: Vec<_> = except.iter().map(|text| format!("-{text}")).chain(within).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let found = answer(&parts, STEPS).unwrap();
        prop_assert_eq!(found.is_some(), !left.is_empty());
    }

    /// The automaton and the matcher agree about each string, through a second language of this
    /// string alone.
    #[test]
    fn automata_agree_with_the_matchers(
        pattern in any_language(),
        text in prop::collection::vec(prop::sample::select(vec!['a', 'b', 'é', '\n', ' ', 'B', '_', '😀']), 0..9),
    ) {
        let text: String = text.into_iter().collect();
        let alone = format!("re:{}", text.replace('\n', "\\n"));
        let has = language(&pattern).has(&text);
        let found = |part: &str| answer(&[&alone, part], STEPS).unwrap();
        prop_assert_eq!(found(&pattern), has.then(|| text.clone()), "{} {:?}", &pattern, &text);
        prop_assert_eq!(found(&format!("!{pattern}")), (!has).then(|| text.clone()), "{} {:?}", &pattern, &text);
    }
}
