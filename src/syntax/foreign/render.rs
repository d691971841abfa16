//! The text that replaces a phrase: a template filled with the captures of its pattern.
//!
//! `{NAME}` in a template is what was captured under the name, with its quotes, operators and paths as they are here; `{NAME:how}` is
//! changed further, see [`part`].

use super::super::print;
use super::super::text::unescape;
use super::super::token::{Token, TokenKind};
use super::pattern::{Capture, Kind, Match, OUTCOMES, Statement};
use crate::decimal::Decimal;
use crate::pattern::{like_literal, regex_literal};

/// Roots that paths have elsewhere, longest first, and what is read through them.
const ROOTS: [(&str, &str); 46] = [
    ("input.request.params.arguments.", "args."),
    ("request.params.input.", "args."),
    ("tool_input.", "args."),
    ("toolInput.", "args."),
    ("tool_args.", "args."),
    ("token.claims.", "caller."),
    ("jwt.claims.", "caller."),
    ("request.auth.", "caller."),
    ("token.", "caller."),
    ("jwt.", "caller."),
    ("context.request.arguments.", "args."),
    ("context.request.params.", "args."),
    ("request.params.arguments.", "args."),
    ("context.arguments.", "args."),
    ("context.input.", "args."),
    ("context.args.", "args."),
    ("request.arguments.", "args."),
    ("request.params.", "args."),
    ("request.args.", "args."),
    ("request.user.", "caller."),
    ("request.auth.claims.", "caller."),
    ("input.arguments.", "args."),
    ("input.params.", "args."),
    ("input.args.", "args."),
    ("input.user.", "caller."),
    ("input.caller.", "caller."),
    ("tool.arguments.", "args."),
    ("tool.input.", "args."),
    ("tool.args.", "args."),
    ("call.args.", "args."),
    ("params.arguments.", "args."),
    ("auth.claims.", "caller."),
    ("arguments.", "args."),
    ("parameters.", "args."),
    ("argument.", "args."),
    ("params.", "args."),
    ("input.", "args."),
    ("param.", "args."),
    ("arg.", "args."),
    ("context.", "args."),
    ("resource.", "args."),
    ("principal.", "caller."),
    ("subject.", "caller."),
    ("claims.", "caller."),
    ("user.", "caller."),
    ("identity.", "caller."),
];

/// Words that are taken for all tools.
const ALL: [&str; 5] = ["all", "any", "everything", "anything", "everyone"];

/// A path of another language with the root that it has here.
pub(in crate::syntax) fn rooted(path: &str) -> String {
    if path.starts_with("args.") || path.starts_with("caller.") {
        return path.to_owned();
    }
    // Whatever it is that has arguments: `read_file.args.path`, `ctx.args.path`.
    if let Some((_, rest)) = path.split_once(".args.") {
        return format!("args.{rest}");
    }
    for (root, ours) in ROOTS {
        if let Some(rest) = path.strip_prefix(root) {
            return format!("{ours}{rest}");
        }
    }
    format!("args.{path}")
}

/// Puts what was captured into a template; `None` if something of it cannot be written here.
pub(super) fn fill(template: &str, found: &Match, statement: &Statement<'_>) -> Option<String> {
    let mut written = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        written.push_str(before);
        // A brace of JSON is written twice.
        if let Some(behind) = behind.strip_prefix('{') {
            written.push('{');
            rest = behind;
            continue;
        }
        let (inside, behind) = behind.split_once('}')?;
        let (name, how) = inside.split_once(':').unwrap_or((inside, ""));
        let capture = found.captures.iter().find(|capture| capture.name == name)?;
        written.push_str(&part(capture, how, statement)?);
        rest = behind;
    }
    written.push_str(rest);
    Some(written)
}

/// A captured part, written as it is here, or changed:
///
/// - `flip`: an operator, read from right to left;
/// - `prefix`, `suffix`: a text as a pattern of `like` that begins or ends so;
/// - `search`: a regular expression that matches somewhere in a text, as one that matches all of it;
/// - `isearch`: the same, of texts in capitals or small letters;
/// - `prefixes`, `suffixes`: texts as a list of such patterns;
/// - `fold`, `ilike`: a text, or a pattern of SQL, as a regular expression that does not tell capitals from small letters;
/// - `anycase`: a regular expression that does not tell capitals from small letters;
/// - `elements`: a path with a `*` for a step, as one with `[*]`;
/// - `tool`, `key`: a text as the name of a tool, as the step of a path;
/// - `file`: a word as the path of a policy;
/// - `group`: a condition that can stand behind `not` or `and`;
/// - `tests`, `likes`: a JSON object as a test for each of its members, of what it is or how it looks;
/// - `rule`: what comes of a call, as the first word of a rule;
/// - `unsigned`: a name that has an `@` in front, without it;
/// - `plain`: a name without steps;
/// - `starred`: a text with a `*` in it;
/// - `from`, `to`: the ends of `1..5`;
/// - `raw`: a text in which a backslash is one;
/// - `object`: a text that is a JSON object, without its quotes;
/// - `escaped`: a text with quotes in it, as a string;
/// - `folder`: a text as a pattern for what is below a folder;
/// - `glob`: the beginning of a name as a glob;
/// - `string`: a text without quotes, as a string;
/// - `claim`: what comes of a call, as an assertion has it;
/// - `inside`: what stands between delimiters;
/// - `steps`: what stands behind the name of an element, as steps from the array;
/// - `sentence`: a text that is more than a word;
/// - `catalogue`: the path of a catalogue;
/// - `iprefix`, `isuffix`, `icontains`: a text as a regular expression for texts that begin or end so, or have it in them, in capitals
///   or small letters;
/// - `thousand`, `million`: a number times that.
fn part(capture: &Capture, how: &str, statement: &Statement<'_>) -> Option<String> {
    let text = slice(capture, statement);
    let content = || unescape(&text).ok();
    Some(match how {
        "flip" => flipped(&text).to_owned(),
        "prefix" => print::string(&format!("{}*", like_literal(&content()?))),
        "suffix" => print::string(&format!("*{}", like_literal(&content()?))),
        "search" => print::string(&whole(&lenient(statement, capture, &text)?)),
        "isearch" => print::string(&format!("(?i){}", whole(&lenient(statement, capture, &text)?))),
        "prefixes" => patterns(capture, statement, &|text| format!("{}*", like_literal(text)))?,
        "suffixes" => patterns(capture, statement, &|text| format!("*{}", like_literal(text)))?,
        "escaped" => escaped(statement, capture)?,
        "string" => print::string(&text),
        "folder" => {
            let folder = content()?;
            print::string(&format!("{}/*", like_literal(folder.trim_end_matches('/'))))
        }
        "glob" => {
            let name = if text.starts_with('"') { content()? } else { text };
            let name = format!("{}*", name.trim_end_matches('*'));
            is_glob(&name).then_some(name)?
        }
        "fold" => print::string(&format!("(?i){}", regex_literal(&content()?))),
        "ilike" => print::string(&format!("(?i){}", ilike(&content()?))),
        "anycase" => print::string(&format!("(?i){}", content()?)),
        "elements" => elements(&text)?,
        "tool" => print::tool(&content()?),
        "file" => print::string(&if text.ends_with(".pol") { text } else { format!("{text}.pol") }),
        "key" => {
            let key = content()?;
            if crate::predicate::is_bare_key(&key, true) { key } else { print::string(&key) }
        }
        "group" => {
            let joined = statement
                .tokens
                .get(capture.from..capture.to)?
                .iter()
                .any(|token| matches!(token.kind, TokenKind::And | TokenKind::Or | TokenKind::ForeignOperator));
            if joined { format!("({text})") } else { text }
        }
        "tests" => tests(&text, "==", "in")?,
        "likes" => tests(&text, "like", "like")?,
        "rule" if text == "approval" => "require approval for".to_owned(),
        "unsigned" => text.strip_prefix('@')?.to_owned(),
        "plain" => (!text.contains('.')).then_some(text)?,
        "starred" => text.contains('*').then_some(text)?,
        "from" => text.split_once("..")?.0.to_owned(),
        "to" => text.split_once("..")?.1.trim_start_matches(['.', '=']).to_owned(),
        "raw" => print::string(inside_quotes(statement, capture)?),
        "object" => content().filter(|text| text.starts_with('{'))?,
        "claim" if text == "approval" => "approval for".to_owned(),
        "inside" => inside(&text).to_owned(),
        "steps" => match text.split_once('.') {
            Some(("args" | "caller", _)) => return None,
            Some((_, steps)) => format!("[*].{steps}"),
            None => String::new(),
        },
        "sentence" => content().filter(|text| text.contains(' ')).map(|_| text)?,
        "catalogue" => content().filter(|text| text.ends_with(".json")).map(|_| text)?,
        "iprefix" => print::string(&format!("(?is){}.*", regex_literal(&content()?))),
        "isuffix" => print::string(&format!("(?is).*{}", regex_literal(&content()?))),
        "icontains" => print::string(&format!("(?is).*{}.*", regex_literal(&content()?))),
        "thousand" => times(&text, 3)?,
        "million" => times(&text, 6)?,
        _ => text,
    })
}

/// The text of a captured part, as it is written here.
fn slice(capture: &Capture, statement: &Statement<'_>) -> String {
    let tokens = statement.tokens.get(capture.from..capture.to).unwrap_or_default();
    let mut written = String::new();
    let mut end = None;
    for token in tokens {
        if let Some(end) = end.filter(|end| *end < token.start) {
            let between = statement.text.get(end as usize..token.start as usize).unwrap_or_default();
            // A statement that is put together has one line.
            written.push_str(if between.trim().is_empty() { " " } else { between });
        }
        written.push_str(&translated(token, statement.text));
        end = Some(token.end);
    }
    written.truncate(written.len().saturating_sub(capture.cut as usize));
    match capture.kind {
        Kind::Path | Kind::Dotted => rooted(&written),
        Kind::Operator if written == "=" => "==".to_owned(),
        Kind::Rate => {
            let (count, window) = written.split_once('/').unwrap_or((&written, ""));
            let window = window.trim();
            let digits = window.find(|char: char| !char.is_ascii_digit()).unwrap_or_default();
            let (number, unit) = window.split_at(digits);
            format!("{}/{number}{}", count.trim(), self::unit(unit.trim(), number.is_empty()))
        }
        Kind::Tools | Kind::Item if ALL.iter().any(|word| word.eq_ignore_ascii_case(&written)) => "*".to_owned(),
        Kind::Unit => unit(&written, true),
        Kind::Outcome => {
            let same = OUTCOMES.iter().find(|(word, _)| word.eq_ignore_ascii_case(&written));
            same.map_or(written, |(_, outcome)| (*outcome).to_owned())
        }
        Kind::Value | Kind::Literal => match written.as_str() {
            "True" | "TRUE" => "true".to_owned(),
            "False" | "FALSE" => "false".to_owned(),
            "None" | "nil" | "NULL" | "undefined" => "null".to_owned(),
            _ => written,
        },
        Kind::Regex => {
            let (pattern, flags) = written.get(1..).and_then(|rest| rest.rsplit_once('/')).unwrap_or((&written, ""));
            let pattern = whole(&pattern.replace("\\/", "/"));
            print::string(&if flags.contains('i') { format!("(?i){pattern}") } else { pattern })
        }
        _ => written,
    }
}

/// Whether a text is one glob.
fn is_glob(text: &str) -> bool {
    matches!(Statement::new(text).tokens.as_slice(), [only] if only.kind == TokenKind::Glob)
}

/// The text of a string; one that cannot be read, as `"\.pem"`, as it is written.
fn lenient(statement: &Statement<'_>, capture: &Capture, text: &str) -> Option<String> {
    unescape(text).ok().or_else(|| inside_quotes(statement, capture).map(str::to_owned))
}

/// The strings of a list, each changed to a pattern.
fn patterns(capture: &Capture, statement: &Statement<'_>, change: &dyn Fn(&str) -> String) -> Option<String> {
    let is_text =
        |token: &&Token| matches!(token.kind, TokenKind::Str | TokenKind::ForeignString | TokenKind::SmartString);
    let others =
        |token: &&Token| matches!(token.kind, TokenKind::Comma | TokenKind::LeftBracket | TokenKind::RightBracket);
    let tokens = statement.tokens.get(capture.from..capture.to)?;
    if !tokens.iter().all(|token| is_text(&token) || others(&token)) {
        return None;
    }
    let texts: Option<Vec<String>> = tokens
        .iter()
        .filter(is_text)
        .map(|token| Some(print::string(&change(&unescape(token.text(statement.text)).ok()?))))
        .collect();
    // Of one a pattern is enough.
    Some(format!("[{}]", texts.filter(|texts| texts.len() > 1)?.join(", ")))
}

/// What stands between the outermost quotes as a string; two quotes side by side are how SQL writes one.
fn escaped(statement: &Statement<'_>, capture: &Capture) -> Option<String> {
    let tokens = statement.tokens.get(capture.from..capture.to)?;
    let (first, last) = (tokens.first()?, tokens.last()?);
    let inside = statement.text.get(first.start as usize + 1..(last.end as usize).checked_sub(1)?)?;
    let mut written = String::from("\"");
    let mut chars = inside.replace("\"\"", "\"").chars().collect::<Vec<_>>().into_iter();
    while let Some(char) = chars.next() {
        match char {
            '"' => written.push_str("\\\""),
            '\\' => {
                written.push(char);
                written.extend(chars.next());
            }
            char => written.push(char),
        }
    }
    written.push('"');
    unescape(&written).ok().map(|_| written)
}

/// A token as it is written here.
fn translated(token: &Token, text: &str) -> String {
    let written = token.text(text);
    match (token.kind, written) {
        (TokenKind::ForeignString | TokenKind::SmartString, _) => {
            print::string(&unescape(written).unwrap_or_else(|error| error.text))
        }
        (TokenKind::ForeignOperator, "&&" | "&") => "and".to_owned(),
        (TokenKind::ForeignOperator, "||" | "|") => "or".to_owned(),
        (TokenKind::ForeignOperator, "!") => "not ".to_owned(),
        (TokenKind::ForeignOperator, "===") => "==".to_owned(),
        (TokenKind::ForeignOperator, "!==" | "<>" | "\u{2260}") => "!=".to_owned(),
        (TokenKind::ForeignOperator, "=<" | "\u{2264}") => "<=".to_owned(),
        (TokenKind::ForeignOperator, "\u{2265}") => ">=".to_owned(),
        _ => written.to_owned(),
    }
}

/// The text of a string as it is written, without its quotes.
fn inside_quotes<'t>(statement: &Statement<'t>, capture: &Capture) -> Option<&'t str> {
    let written = statement.tokens.get(capture.from)?.text(statement.text);
    written.get(1..written.len().checked_sub(1)?)
}

/// What stands between the first and the last character.
fn inside(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.next_back();
    chars.as_str().trim().trim_end_matches([';', ',']).trim_end()
}

/// A JSON object, or one with names for keys, as one test for each member; `None` if a value is neither a literal nor a list of them.
fn tests(object: &str, one: &str, several: &str) -> Option<String> {
    let statement = Statement::new(object);
    let inside = statement.tokens.get(1..statement.tokens.len().checked_sub(1)?)?;
    let mut written: Vec<String> = Vec::new();
    let mut at = 0;
    while let [key, colon, ..] = inside.get(at..)? {
        let name = match key.kind {
            TokenKind::Str | TokenKind::ForeignString => unescape(key.text(object)).ok()?,
            kind if kind == TokenKind::Name || kind.is_keyword() => key.text(object).to_owned(),
            _ => return None,
        };
        let is_colon = matches!(colon.kind, TokenKind::Colon | TokenKind::Equal | TokenKind::EqualEqual);
        // Operators of other languages begin so: `$gt`, `aws:SourceIp`.
        if !is_colon || !name.split('.').all(|step| crate::predicate::is_bare_key(step, true)) {
            return None;
        }
        let value_at = at + 2;
        let value = inside.get(value_at)?;
        let is_list = value.kind == TokenKind::LeftBracket;
        let behind = inside.get(value_at..)?;
        let to = value_at
            + if is_list { behind.iter().position(|token| token.kind == TokenKind::RightBracket)? + 1 } else { 1 };
        let value = Capture { name: "", kind: Kind::Literal, from: value_at + 1, to: to + 1, cut: 0 };
        let operator = if is_list { several } else { one };
        written.push(format!("{} {operator} {}", rooted(&name), slice(&value, &statement)));
        at = to;
        match inside.get(at).map(|token| token.kind) {
            Some(TokenKind::Comma | TokenKind::Semicolon) => at += 1,
            None => break,
            Some(_) => return None,
        }
    }
    (!written.is_empty()).then(|| written.join(" and "))
}

fn flipped(operator: &str) -> &str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}

/// A unit of time with the words that it has here; `true` if no number stands in front of it, so that one may.
fn unit(word: &str, alone: bool) -> String {
    match (word.to_ascii_lowercase().as_str(), alone) {
        ("w" | "wk" | "week" | "weeks", true) => "7day".to_owned(),
        ("mo" | "month" | "months", true) => "30day".to_owned(),
        ("year", true) => "365day".to_owned(),
        ("hr" | "hrs" | "hours", _) => "hour".to_owned(),
        ("minute" | "minutes" | "mins", _) => "min".to_owned(),
        ("second" | "seconds" | "secs", _) => "s".to_owned(),
        ("days", _) => "day".to_owned(),
        (other, _) => other.to_owned(),
    }
}

/// A regular expression that is looked for in a text, as one that the whole text matches.
fn whole(pattern: &str) -> String {
    let (start, rest) = match pattern.strip_prefix('^') {
        Some(rest) => ("", rest),
        None => (".*", pattern),
    };
    let (rest, end) = match rest.strip_suffix('$').filter(|rest| !rest.ends_with('\\')) {
        Some(rest) => (rest, ""),
        None => (rest, ".*"),
    };
    let start = if rest.starts_with(".*") { "" } else { start };
    let end = if rest.ends_with(".*") && !rest.ends_with("\\.*") { "" } else { end };
    // An alternation reaches to both ends.
    if rest.contains('|') { format!("{start}(?:{rest}){end}") } else { format!("{start}{rest}{end}") }
}

/// A path with `*` for elements of arrays as it is written here; `None` if there is none in it.
fn elements(path: &str) -> Option<String> {
    let written = path.replace(".*", "[*]");
    let names = written.replace("[*]", "");
    (written != path && !names.contains('*')).then(|| rooted(&written))
}

/// A pattern of SQL as a regular expression. Who writes a `*` and no `%` means the same by it.
fn ilike(pattern: &str) -> String {
    let mut written = String::new();
    for char in pattern.chars() {
        match char {
            '*' if !pattern.contains('%') => written.push_str(".*"),
            '%' => written.push_str(".*"),
            '_' => written.push('.'),
            char => written.push_str(&regex_literal(char.encode_utf8(&mut [0; 4]))),
        }
    }
    written
}

/// A number with so many more zeros.
fn times(number: &str, zeros: usize) -> Option<String> {
    let value = Decimal::parse(number)?;
    let value = Decimal::parse(&format!("{value}e{zeros}"))?;
    Some(grouped(&value.to_string()))
}

/// A whole number with `_` between groups of three digits.
fn grouped(digits: &str) -> String {
    let first = digits.len() % 3;
    let mut written = String::new();
    for (index, char) in digits.chars().enumerate() {
        if index > 0 && index % 3 == first && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            written.push('_');
        }
        written.push(char);
    }
    written
}
