//! Messages for tokens that the parser did not expect.

use super::build::is_plain_name;
use super::token::{Token, TokenKind};
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::json::json_quote;
use crate::source::{FileId, Span};

/// An error of the parser.
pub(crate) type ParseError = lalrpop_util::ParseError<u32, TokenKind, ()>;

/// Groups of terminals that have a name of their own, the most telling first. A group is named if all of its
/// terminals are expected; its terminals are not named again.
const GROUPS: &[(&str, &[&str])] = &[
    ("a statement", &["allow", "deny", "limit", "require"]),
    ("a step (`call` or `wait`)", &["call", "wait"]),
    ("a demand (`deny`, `allow`, `limit` or `approval for`)", &["deny", "allow", "limit", "approval"]),
    ("an outcome (`allow`, `deny` or `approval`)", &["allow", "deny", "approval"]),
    ("a condition", &["has", "(", "every", "name"]),
    ("a comparison (`==`, `in`, `contains`, `like`, ...)", &["==", "in", "contains", "like", "matches"]),
    ("a comparison (`==`, `<`, ...)", &["==", "<", "<="]),
    ("a tool, glob, `*` or `@set`", &["name", "string", "glob", "*", "set"]),
    ("a literal or a `let` name", &["string", "number", "true", "null", "name"]),
    ("a literal", &["string", "number", "true", "null"]),
    ("a name", &["name", "string"]),
    ("a JSON value", &["{", "["]),
    ("a unit of time", &["name", "number"]),
];

/// What can follow the tools of a statement; which of them does is said elsewhere.
const CLAUSES: &[&str] = &["when", "unless", "of", "per", "as", "because", "for"];

/// Single terminals in the order in which they are offered. Those that are not here are not worth offering.
const SINGLES: &[&str] = &[
    ";", ",", "::", "->", "=", "/", ")", "]", "}", "{", "(", "[", ":", "name", "string", "number", "for", "from", "in",
    "except", "when", "unless", "of", "per", "as", "because", "and", "or", "times", "deny", "allow",
];

/// Whether a name stands where only a statement could begin.
pub(crate) fn expects_statement(error: &ParseError) -> bool {
    let lalrpop_util::ParseError::UnrecognizedToken { token: (_, TokenKind::Name, _), expected } = error else {
        return false;
    };
    ["\"allow\"", "\"hide\""].iter().all(|word| expected.iter().any(|name| name == word))
}

/// Turns an error of the parser into a message.
pub(crate) fn describe(error: &ParseError, text: &str, file: FileId) -> Diagnostic {
    let (token, expected) = match error {
        lalrpop_util::ParseError::UnrecognizedToken { token: (start, kind, end), expected } => {
            (Some(Token { kind: *kind, start: *start, end: *end }), expected.as_slice())
        }
        lalrpop_util::ParseError::UnrecognizedEof { location, expected } => {
            (Some(Token { kind: TokenKind::Semicolon, start: *location, end: *location }), expected.as_slice())
        }
        // The lexer and the actions report their own errors.
        _ => (None, [].as_slice()),
    };
    let Some(token) = token else {
        return Diagnostic::new(codes::UNEXPECTED_TOKEN, Span::new(file, 0, 0), "this cannot be read");
    };
    let expected: Vec<&str> = expected.iter().map(|name| terminal(name)).collect();
    let span = Span::new(file, token.start, token.end);
    let found = token.text(text);
    let before = last_word(text, token.start);
    if token.kind.is_keyword() && expected.contains(&"name") && !token.kind.is_clause() {
        let message = format!("{} is a keyword, not a name", quote(found));
        let error = Diagnostic::new(codes::KEYWORD_AS_NAME, span, message);
        let tool = token.kind != TokenKind::Approval || before != "for";
        let tool = tool && (expected.contains(&"glob") || before == "call" || before == "::");
        if tool && expected.contains(&"string") {
            let quoted = json_quote(found);
            let help = "write a tool whose name is a keyword as a string";
            return error.help(help).fix(Applicability::Safe, format!("write `{quoted}`"), span, quoted);
        }
        if token.kind == TokenKind::Approval && before == "for" {
            return error.help("write `require approval for TOOLS` to ask for approval");
        }
        return error.help("choose another name");
    }
    let wanted = wanted(&expected);
    let shown = if token.start == token.end { "the end of the statement".to_owned() } else { quote(found) };
    let message = match wanted.as_slice() {
        [] => format!("{shown} is not allowed here"),
        [only] => format!("expected {only}, found {shown}"),
        [first @ .., last] => format!("expected {} or {last}, found {shown}", first.join(", ")),
    };
    let error = Diagnostic::new(codes::UNEXPECTED_TOKEN, span, message);
    // `tools: a, b` has a word in front of its tools, and no server.
    let is_apart =
        |right: &str| right == "::" && text.get(token.end as usize..).is_some_and(|rest| rest.starts_with(' '));
    let right = replacement(&token, found, &expected).filter(|right| !is_apart(right));
    if let Some(right) = right.filter(|_| !text_follows_slashes(&token, text)) {
        return error.fix(Applicability::Safe, format!("write `{right}`"), span, right);
    }
    if let Some(right) = keyword_near(&token, found, &expected) {
        return error.fix(Applicability::Unsafe, format!("write `{right}`"), span, right);
    }
    if let Some(error) = separators(&error, &token, text, &expected) {
        return error;
    }
    if let Some(literal) = literal_of(&token, found, &expected) {
        return error.fix(Applicability::Unsafe, format!("write `{literal}`"), span, literal);
    }
    if let Some(help) = unit_of(&token, found, text, &expected) {
        return Diagnostic::new(codes::UNEXPECTED_TOKEN, span, "a number has no unit").help(help);
    }
    match advice(&token, found, before, text, &expected) {
        Some(help) => error.help(help),
        None => error,
    }
}

/// A comma that is missing between two values, or that nothing follows.
fn separators(error: &Diagnostic, token: &Token, text: &str, expected: &[&str]) -> Option<Diagnostic> {
    use TokenKind as T;
    let can = |terminal| expected.contains(&terminal);
    let before = text.get(..token.start as usize).unwrap_or_default().trim_end();
    let span = error.primary.span;
    let end = crate::source::offset(before.len());
    if matches!(token.kind, T::RightBrace | T::RightBracket) && before.ends_with(',') && can("string") {
        let comma = Span { start: end - 1, end, ..span };
        let message = "nothing follows this `,`";
        let error = Diagnostic::new(codes::UNEXPECTED_TOKEN, comma, message);
        return Some(error.fix(Applicability::Safe, "remove the `,`", comma, ""));
    }
    let is_value =
        matches!(token.kind, T::Str | T::Number | T::True | T::False | T::Null | T::LeftBrace | T::LeftBracket);
    if is_value && can(",") && (can("]") || can("}")) && token.start != token.end {
        let place = Span { start: end, end, ..span };
        return Some(error.clone().fix(Applicability::Safe, "put `,` between them", place, ","));
    }
    None
}

/// The literal that another language writes with other letters, where only a JSON value can stand.
fn literal_of(token: &Token, found: &str, expected: &[&str]) -> Option<&'static str> {
    if token.kind != TokenKind::Name || !expected.contains(&"true") || expected.contains(&"name") {
        return None;
    }
    match found {
        "True" | "TRUE" => Some("true"),
        "False" | "FALSE" => Some("false"),
        "None" | "NULL" | "Null" | "nil" | "undefined" => Some("null"),
        _ => None,
    }
}

/// What to write for a number with letters directly behind it: `10MB`, `30s`, `0xFF`.
fn unit_of(token: &Token, found: &str, text: &str, expected: &[&str]) -> Option<String> {
    let before = text.get(..token.start as usize).unwrap_or_default();
    let is_behind = token.kind == TokenKind::Name && before.ends_with(|char: char| char.is_ascii_digit());
    // A limit has a number, too.
    if !is_behind || !(expected.contains(&"and") || expected == [";"]) {
        return None;
    }
    let digits = found.strip_prefix(['x', 'X']).filter(|_| before.ends_with('0'));
    if let Some(value) = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        return Some(format!("numbers are decimal: write `{value}`"));
    }
    Some(format!("write it in the unit of the argument, with all its digits: {}", quote("10_000_000")))
}

/// How a terminal of the grammar is written.
fn terminal(name: &str) -> &str {
    match name.trim_matches('"') {
        "block {" => "{",
        other => other,
    }
}

/// The word, or the operator, that stands before a place.
fn last_word(text: &str, at: u32) -> &str {
    let before = text.get(..at as usize).unwrap_or_default().trim_end();
    if before.ends_with("::") {
        return "::";
    }
    let start = before.rfind(|char: char| !char.is_ascii_alphanumeric() && char != '_').map_or(0, |at| at + 1);
    before.get(start..).unwrap_or_default()
}

/// The word of the language that was meant, where another language has a word for it or a letter is wrong.
fn replacement(token: &Token, found: &str, expected: &[&str]) -> Option<&'static str> {
    const STATEMENTS: [&str; 12] =
        ["allow", "assert", "deny", "group", "hide", "import", "let", "limit", "policy", "require", "server", "test"];
    let can = |terminal| expected.contains(&terminal);
    match (token.kind, found) {
        (TokenKind::Name, "if" | "where" | "while") if can("when") => Some("when"),
        (TokenKind::Name, "allowed") if can("approval") && can("deny") && !can("limit") => Some("allow"),
        (TokenKind::Name, "denied") if can("approval") && can("deny") && !can("limit") => Some("deny"),
        (TokenKind::Colon, _) if can("::") => Some("::"),
        (TokenKind::Per, _) if can("/") && !can(";") => Some("/"),
        (TokenKind::Name, _) if can("allow") && can("server") => {
            let near = nearest(found, STATEMENTS)?;
            STATEMENTS.into_iter().find(|statement| *statement == near)
        }
        _ => None,
    }
}

/// The keyword that a word is in other letters, or with a slip of the hand, where it could stand.
fn keyword_near(token: &Token, found: &str, expected: &[&str]) -> Option<&'static str> {
    const WORDS: [&str; 25] = [
        "call", "wait", "allow", "deny", "approval", "when", "unless", "because", "except", "contains", "like",
        "matches", "every", "some", "length", "times", "from", "and", "or", "not", "has", "in", "for", "per", "as",
    ];
    // Of a short word another one is made too easily.
    const LONG: usize = 4;
    if token.kind != TokenKind::Name {
        return None;
    }
    let can = |word: &&&str| expected.contains(*word);
    let same = WORDS.iter().filter(can).find(|word| word.eq_ignore_ascii_case(found));
    let near = || {
        // The first letter is rarely the wrong one: `ilike` is no slip.
        let begins = |word: &&str| word.chars().next() == found.chars().next().map(|first| first.to_ascii_lowercase());
        let near = nearest(found, WORDS.iter().filter(can).copied().filter(|word| word.len() >= LONG).filter(begins))?;
        WORDS.iter().find(|word| **word == near)
    };
    same.or_else(near).copied()
}

fn wanted(expected: &[&str]) -> Vec<String> {
    const MOST: usize = 5;
    // Only a step of a path may be any keyword.
    if expected.contains(&"times") && expected.contains(&"server") {
        return vec!["a key, bare or as a string".to_owned()];
    }
    // What else a call may have is not worth naming where its outcome is missing.
    if expected.contains(&"->") {
        return vec!["`->` and an outcome (`allow`, `deny` or `approval`)".to_owned()];
    }
    let mut named: Vec<&str> = Vec::new();
    let mut wanted: Vec<String> = Vec::new();
    for (name, members) in GROUPS {
        if members.iter().all(|member| expected.contains(member) && !named.contains(member)) {
            named.extend(*members);
            wanted.push((*name).to_owned());
        }
    }
    // A statement, a condition and a list of tools can begin with so many tokens that no single one is worth naming.
    let broad = wanted.first().is_some_and(|first| {
        ["a statement", "a step", "a claim", "a condition", "a comparison"].iter().any(|broad| first.starts_with(broad))
    });
    if !broad {
        let clauses = CLAUSES.iter().all(|clause| expected.contains(clause));
        named.extend(CLAUSES.iter().filter(|_| clauses));
        // After a name `::` can stand wherever `,` can, and is rarely meant.
        named.extend(expected.contains(&",").then_some("::"));
        let singles = SINGLES.iter().filter(|single| expected.contains(*single) && !named.contains(*single));
        wanted.extend(singles.map(|single| match *single {
            "name" => "a name".to_owned(),
            "string" => "a string".to_owned(),
            "number" => "a number".to_owned(),
            other => format!("`{other}`"),
        }));
    }
    wanted.truncate(MOST);
    if !broad && CLAUSES.iter().all(|clause| expected.contains(clause)) {
        wanted.push("a clause (`when`, `because`, ...)".to_owned());
    }
    wanted
}

/// What a person who wrote this probably wanted.
fn advice(token: &Token, found: &str, before: &str, text: &str, expected: &[&str]) -> Option<String> {
    let can = |terminal| expected.contains(&terminal);
    Some(match token.kind {
        TokenKind::Reserved => "rules about the order of calls are not in the language yet, and the word is kept for them".to_owned(),
        TokenKind::LeftParen if can("==") && can("like") => {
            "there are no functions but `length(args.NAME)`; a test is written `args.NAME like \"...\"`".to_owned()
        }
        TokenKind::Has if can("==") && can("like") => {
            "`has` goes in front: `has args.note`; test elements of an array with `some args.tags == \"x\"`".to_owned()
        }
        TokenKind::Semicolon if can("for") && !can("when") => {
            "say for which tools: `require CONDITION for TOOLS;`".to_owned()
        }
        TokenKind::Str if expected == ["from"] => format!("write `from`: `server NAME from {found};`"),
        _ if before == "not" && expected == ["in"] && matches!(token.kind, TokenKind::Like | TokenKind::Matches | TokenKind::Contains) => {
            format!("`not` goes in front of the whole test: `not args.NAME {found} ...`")
        }
        TokenKind::Name if can("==") && can("like") => {
            "a condition compares a value: `args.amount <= 100`, `args.to like \"*@acme.com\"`, `has args.note`".to_owned()
        }
        _ if can("==") && can("like") => "a condition compares a value; for a boolean write `args.force == true`".to_owned(),
        TokenKind::Name if can("string") && !can("name") && is_plain_name(found) => {
            format!("write it in quotes: `{}`", json_quote(found))
        }
        _ if before == "policy" && can("name") => "a policy has a name: `policy support { ... }`".to_owned(),
        _ if before == "test" && can("string") => "a test has a name that says what it shows: `test \"reads are allowed\" { ... }`".to_owned(),
        _ if before == "not" && expected == ["in"] => "`not in` takes a list; for one value write `!=`".to_owned(),
        _ if before == "wait" => "write how long: `wait 90s`, `wait 1min`".to_owned(),
        _ if can("->") => "write the expected outcome: `-> allow`, `-> deny`, `-> deny \"reason\"` or `-> approval`".to_owned(),
        TokenKind::Number if can(";") && can("because") => "only `limit` takes a number: `limit TOOL 30/min`".to_owned(),
        // Words of the language have no `_`.
        TokenKind::Name if can("allow") && can("server") && found.contains('_') => {
            format!("the name of a tool alone is not a statement: write `allow {found};`; separate the tools of a list with `,`")
        }
        TokenKind::Name if can("allow") && can("server") => {
            "a statement begins with `allow`, `deny`, `hide`, `limit`, `require`, `server`, `import`, `let`, `group`, `policy`, \
             `assert` or `test`; for example `deny read_file when args.path like \"/etc/*\";`"
                .to_owned()
        }
        TokenKind::Colon if text_follows_slashes(token, text) => {
            "write an address in quotes: `\"https://acme.com/*\"`; `//` begins a comment".to_owned()
        }
        TokenKind::LeftBracket if can("glob") => "a list of tools has no brackets: `allow read_file, list_files;`".to_owned(),
        TokenKind::LeftParen if before == "in" => "write a list in brackets: `in [\"a\", \"b\"]`".to_owned(),
        TokenKind::Name if can(",") && can(";") => {
            format!("put `,` between tools, or `;` before a new statement: `, {found}`")
        }
        TokenKind::Call | TokenKind::Wait => "`call` and `wait` belong inside `test \"...\" { ... }`".to_owned(),
        TokenKind::Number | TokenKind::Semicolon if can("name") && can("glob") => {
            "say which tools: names separated by `,`, a glob like `delete_*`, `*`, or a set like `@write`".to_owned()
        }
        _ if can("/") || can("number") && can(",") => {
            "a limit is a number in a window of time: `30/min`, `100/hour`, `1_000/5min`".to_owned()
        }
        _ => return None,
    })
}

/// Whether a comment begins directly behind a token.
fn text_follows_slashes(token: &Token, text: &str) -> bool {
    text.get(token.end as usize..).is_some_and(|rest| rest.starts_with("//"))
}

impl TokenKind {
    /// Whether the keyword belongs where it stands after a selection, so that it was not meant as a name.
    fn is_clause(self) -> bool {
        use TokenKind as T;
        matches!(
            self,
            T::When
                | T::Unless
                | T::Because
                | T::Except
                | T::Per
                | T::Of
                | T::For
                | T::And
                | T::Or
                | T::As
                | T::In
                | T::From
        )
    }
}
