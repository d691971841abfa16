use std::path::Path;

use super::*;
use crate::catalogue::{Class, Tag};
use crate::disk::Unreadable;
use crate::sema::{self, Loader, Options};

/// What separates parts and means nothing by itself.
const PUNCTUATION: &[&str] = &[";", ",", ".", ":", "{", "}", "[", "]", "(", ")"];

/// Texts of the tokens in the lexer's own source.
fn tokens() -> impl Iterator<Item = &'static str> {
    let lexer = include_str!("../syntax/token.rs");
    let texts = lexer.lines().filter_map(|line| line.trim().strip_prefix("#[token(\"")?.split_once('"'));
    texts.map(|(text, _)| text).filter(|text| {
        !text.starts_with('\\') && !PUNCTUATION.contains(text) && lex(text)[0].kind != TokenKind::ForeignOperator
    })
}

#[test]
fn every_word_and_operator_has_a_meaning() {
    let mut words = 0;
    for text in tokens() {
        words += 1;
        let kind = lex(text)[0].kind;
        let word = of_token(kind, Within::Any).unwrap_or_else(|| panic!("`{text}` has no meaning"));
        assert!(word.text.split(' ').any(|part| part == text), "{text} is explained as {}", word.text);
        assert!(word.example.contains(text), "the example of {text} lacks it");
        assert!(page(text).is_some(), "`{text}` has no page");
    }
    assert!(words > 50, "only {words} words were found");
}

#[test]
fn classes_scopes_windows_and_terms_have_pages() {
    for class in Class::ALL.map(Class::name).into_iter().chain(["changes"]) {
        assert!(page(&format!("@{class}")).is_some_and(|page| page == super::page(class).unwrap()), "{class}");
        assert!(of_set(class).is_some(), "{class}");
    }
    for tag in Tag::ALL.map(Tag::name) {
        assert!(page(&format!("@{tag}")).is_some_and(|page| page == super::page(tag).unwrap()), "{tag}");
        assert!(of_set(tag).is_some_and(|(_, of_all)| of_all.contains("[tags.SERVER]")), "{tag}");
    }
    for scope in ["per grant", "per server", "per caller", "grant", "per caller.team"] {
        assert!(page(scope).is_some_and(|page| page.contains("count")), "{scope}");
    }
    let units = "s sec secs second seconds m min mins minute minutes h hour hours d day days";
    for window in units.split(' ').chain(["30/min", "5/10min", "30 / min", "1_000/day", "/h", "60s"]) {
        assert!(page(window).is_some_and(|page| page.starts_with("window")), "{window}");
    }
    for section in overview() {
        for word in section.words {
            assert!(page(word).is_some(), "`{word}` is listed and has no page");
        }
    }
    for wanted in ["", " ", "@", "grnat", "@reed", "deny allow", "5", "/", "/week", "nothing"] {
        assert_eq!(page(wanted).filter(|_| wanted != "/"), None, "{wanted}");
    }
}

/// What the loader of the examples has: a catalogue, and something to import.
struct Files;

impl Loader for Files {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        match path.file_name().and_then(|name| name.to_str()) {
            Some("baseline.pol") => Ok(b"deny *;".to_vec()),
            Some("shop.json") => Ok(include_bytes!("../../docs/catalogues/shop.json").to_vec()),
            _ => Err(Unreadable::Missing),
        }
    }
}

/// As they are if they need no catalogue, else with one: a name that no catalogue knows needs none.
#[test]
fn every_example_compiles() {
    for word in all() {
        let needs = |kind: &TokenKind| matches!(kind, TokenKind::Set | TokenKind::Glob | TokenKind::ColonColon);
        let tokens = lex(word.example);
        let declares = tokens.iter().any(|token| token.kind == TokenKind::Server && word.text.contains("server "));
        let server = if tokens.iter().any(|token| needs(&token.kind)) && !declares {
            "server shop from \"shop.json\"; "
        } else {
            ""
        };
        let text = format!("{server}{}", word.example);
        let analysis = sema::analyze("a.pol", Path::new("a.pol"), &text, &Options::default(), &Files);
        let errors: Vec<_> =
            analysis.diagnostics.iter().filter(|found| found.is_error()).map(|found| &found.message).collect();
        assert!(errors.is_empty(), "{text}: {errors:?}");
        assert!(word.meaning.ends_with('.') && word.meaning.len() < 480, "{}: {}", word.text, word.meaning.len());
    }
}

#[test]
fn pages_are_plain_text_in_lines_of_a_hundred_columns() {
    for word in all() {
        let page = page(word.text).unwrap();
        assert!(!page.contains("**") && page.ends_with('\n'), "{page}");
        assert!(page.lines().all(|line| line.starts_with("    ") || line.chars().count() <= 100), "{page}");
    }
}
