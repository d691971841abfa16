//! What regular expressions mean, and the bounds they are held to.

use std::time::{Duration, Instant};

use policyc_core::pattern::Regex;

use super::table::{OURS, SHARED};

#[test]
fn expressions_cover_what_the_table_says() {
    for case in SHARED.iter().chain(OURS) {
        let regex = Regex::new(case.pattern).unwrap_or_else(|error| panic!("{:?}: {error:?}", case.pattern));
        for value in case.covers {
            assert!(regex.is_match(value), "{:?} covers {value:?}", case.pattern);
        }
        for value in case.leaves {
            assert!(!regex.is_match(value), "{:?} does not cover {value:?}", case.pattern);
        }
    }
}

#[test]
fn the_text_for_engines_means_the_same_here() {
    for case in SHARED.iter().chain(OURS) {
        let text = format!("^(?:{})$", Regex::new(case.pattern).unwrap().re2());
        let regex = Regex::search(&text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
        for value in case.covers {
            assert!(regex.is_match(value), "{text:?} finds {value:?}");
        }
        for value in case.leaves {
            assert!(!regex.is_match(value), "{text:?} does not find {value:?}");
        }
    }
}

#[test]
fn the_text_for_engines_is_the_source_where_engines_agree() {
    for source in [
        r"\d{1,3}(?:\.\d+)?",
        r"feat/[\w.-]+",
        "(?i)select|insert",
        r"(?i)[a-z]\d\s[\d.]",
        "(?P<n>a)|[^b]é",
        "[[:alpha:]]",
        "(?i:a)(?-i)é",
    ] {
        assert_eq!(Regex::new(source).unwrap().re2(), source);
    }
}

#[test]
fn the_text_for_engines_spells_out_where_they_differ() {
    for (source, expected) in [
        ("(?<n>a)", "(?P<n>a)"),
        ("a{x", r"a\{x"),
        (r"\Qa.b", r"a\.b"),
        (r"\p{Zs}", r"[\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]"),
        (r"(?i)\w", r"(?i)(?-i:[0-9A-Z\x{5f}a-z])"),
        ("(?i)é+", r"(?i)(?-i:[\x{c9}\x{e9}])+"),
        (r"\P{Any}", r"[^\x{0}-\x{10ffff}]"),
    ] {
        assert_eq!(Regex::new(source).unwrap().re2(), expected);
    }
}

#[test]
fn what_is_searched_for_is_found_beside_an_empty_match_within_a_character() {
    for (pattern, value, found) in [
        ("\\B|\\W", "aéa", true),
        ("\\W|\\B", "aéa", true),
        ("\\B|é", "aé", true),
        ("\\B", "aéa", false),
        ("\\B", "éé", true),
        ("(?:\\B)+a", "éa", false),
    ] {
        assert_eq!(Regex::search(pattern).unwrap().is_match(value), found, "{pattern} in {value}");
    }
}

#[test]
fn a_search_looks_anywhere() {
    let regex = Regex::search("[0-9]+$").unwrap();
    assert!(regex.is_match("abc1"));
    assert!(!regex.is_match("1abc"));
    let whole = Regex::new(&regex.re2()).unwrap();
    assert!(whole.is_match("a\nb1"));
    assert!(!whole.is_match("1\n"));
    assert_ne!(regex, Regex::new("[0-9]+$").unwrap());
    assert_eq!(regex, Regex::search("[0-9]+$").unwrap().clone());
}

#[test]
fn the_deepest_expression_fits_a_small_stack() {
    let deepest = format!("{}a{}", "(?:b|c(".repeat(25), ")+|d)*".repeat(25));
    let worker = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        assert!(Regex::new(&deepest).unwrap().is_match("b"));
        assert!(Regex::new(&"(".repeat(65_000)).is_err());
        assert!(Regex::new(&"[".repeat(65_000)).is_err());
    });
    worker.unwrap().join().unwrap();
}

#[test]
fn matching_takes_linear_time() {
    let value = "a".repeat(200_000);
    for source in ["(a*)*b", "(a|aa)+b", "(a|a)*b", "(?s)(.*)(.*)(.*)b", "(?:a?){30}(?:a{2}){30}b"] {
        let start = Instant::now();
        assert!(!Regex::new(source).unwrap().is_match(&value));
        assert!(start.elapsed() < Duration::from_secs(20), "{source}");
    }
}
