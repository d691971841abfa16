//! The grammars of the editors have the keywords of the lexer: all of them, and no others.

use std::collections::BTreeSet;
use std::fs;

use regex_automata::meta::Regex;
use serde_json::Value;

/// Words that are none to the lexer, and that the grammars know where they mean something: after `approval`, in a call, after `for` and
/// after `per`. Those of the grammars that have words in lists have no others.
const ELSEWHERE: [&str; 5] = ["approved", "by", "calls", "grant", "valid"];

fn read(path: &str) -> String {
    let root = crate::support::root();
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The words that the lexer keeps for itself, from its source.
fn keywords() -> BTreeSet<String> {
    let lexer = read("src/syntax/token.rs");
    let token = Regex::new(r#"#\[token\("([a-z]+)", priority"#).unwrap();
    let words: BTreeSet<String> =
        token.captures_iter(&lexer).filter_map(|found| Some(lexer[found.get_group(1)?.range()].to_owned())).collect();
    assert!(words.len() > 40, "{words:?}");
    words
}

/// The words in what the expression finds (in its first group) in a text.
fn words_of(text: &str, expression: &str) -> BTreeSet<String> {
    let word = Regex::new("[a-z]+").unwrap();
    let finds = Regex::new(expression).unwrap();
    let found: Vec<&str> =
        finds.captures_iter(text).filter_map(|found| Some(&text[found.get_group(1)?.range()])).collect();
    assert!(!found.is_empty(), "nothing is {expression}");
    found.iter().flat_map(|part| word.find_iter(part).map(|word| part[word.range()].to_owned())).collect()
}

/// A grammar: its name, the words that it takes for keywords, and those of the lexer that it may lack.
struct Grammar(&'static str, BTreeSet<String>, &'static [&'static str]);

/// Reserved for later: in a tree without errors nothing is named so.
const RESERVED: &[&str] = &["after", "before", "during", "until", "within"];

fn grammars() -> Vec<Grammar> {
    let textmate: Value = serde_json::from_str(&read("lsp/editors/textmate/policyc.tmLanguage.json")).unwrap();
    let matches = textmate["repository"]["keywords"]["patterns"].as_array().unwrap();
    let matches: Vec<&str> = matches.iter().map(|pattern| pattern["match"].as_str().unwrap()).collect();
    let query = r#"(?s)((?:"[a-z]+"\s*)+)\]? @(?:keyword|function)"#;
    let mut found = vec![
        Grammar("textmate", words_of(&matches.join("\n"), r"(?m)^\(\?:([a-z|]+)\)"), &[]),
        Grammar(
            "tree-sitter",
            words_of(&read("lsp/editors/tree-sitter-policyc/grammar.js"), r"(?s)KEYWORDS = \[(.*?)\]"),
            &[],
        ),
        Grammar(
            "the scanner of tree-sitter",
            words_of(&read("lsp/editors/tree-sitter-policyc/src/scanner.c"), r"(?s)KEYWORDS\[\] = \{(.*?)\}"),
            &[],
        ),
        Grammar(
            "sublime",
            words_of(
                &read("lsp/editors/sublime/policyc.sublime-syntax"),
                r"match: '\{\{begin\}\}(?:\(\?:)?([a-z|]+)\)?\{\{end\}\}'",
            ),
            &[],
        ),
        Grammar(
            "emacs",
            words_of(
                &read("lsp/editors/emacs/policyc-mode.el"),
                r"(?s)defconst policyc--(?:keywords|operators|reserved|constants)\s+'\((.*?)\)",
            ),
            &[],
        ),
    ];
    for editor in ["tree-sitter-policyc/queries", "helix/runtime/queries/policyc"] {
        let mut words = words_of(&read(&format!("lsp/editors/{editor}/highlights.scm")), query);
        // Nodes instead of words.
        words.extend(["matches", "true", "false", "null"].map(str::to_owned));
        found.push(Grammar(editor, words, RESERVED));
    }
    // In Vim's language options may follow the words.
    let vim = read("lsp/editors/neovim/syntax/policyc.vim");
    let words =
        vim.lines().filter_map(|line| line.strip_prefix("syntax keyword ")?.split_once(' ')).map(|(_, words)| words);
    let options = ["contained", "nextgroup", "skipwhite", "skipempty"];
    let mut words: BTreeSet<String> = words
        .filter(|words| !words.starts_with("contained"))
        .flat_map(|words| {
            words.split_whitespace().filter(|word| !options.iter().any(|option| word.starts_with(option)))
        })
        .map(str::to_owned)
        .collect();
    words.extend(words_of(&vim, r#"policycOperatorWord "\S*?!([a-z]+)"#));
    found.push(Grammar("neovim", words, &[]));
    found
}

#[test]
fn every_grammar_has_the_keywords_of_the_lexer() {
    let keywords = keywords();
    for Grammar(name, words, may_lack) in grammars() {
        let missing: Vec<&String> =
            keywords.difference(&words).filter(|word| !may_lack.contains(&word.as_str())).collect();
        assert!(missing.is_empty(), "{name} lacks {missing:?}");
        let others: Vec<&String> =
            words.difference(&keywords).filter(|word| !ELSEWHERE.contains(&word.as_str())).collect();
        assert!(others.is_empty(), "to {name} these are keywords: {others:?}");
    }
}

/// What is a word in one place only is known there to each of them.
#[test]
fn every_grammar_knows_the_words_of_one_place() {
    let files = [
        ("lsp/editors/textmate/policyc.tmLanguage.json", ELSEWHERE.as_slice()),
        ("lsp/editors/sublime/policyc.sublime-syntax", &ELSEWHERE),
        ("lsp/editors/neovim/syntax/policyc.vim", &ELSEWHERE),
        ("lsp/editors/emacs/policyc-mode.el", &ELSEWHERE),
        // A rule for each, whatever the word is.
        ("lsp/editors/tree-sitter-policyc/queries/highlights.scm", &["approved", "by", "calls"]),
        ("lsp/editors/helix/runtime/queries/policyc/highlights.scm", &["approved", "by", "calls"]),
    ];
    for (file, words) in files {
        let text = read(file);
        for word in words {
            let found = Regex::new(&format!(r"(?:\b|_){word}\b")).unwrap();
            assert!(found.is_match(&text), "{file} lacks `{word}`");
        }
    }
}
