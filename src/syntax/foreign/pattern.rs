//! Patterns over the tokens of a statement: how a phrase of another language is recognised.
//!
//! A pattern is a line of words. `like|matches` is one of several words, `to?` may be missing, a word in capitals captures a part of the
//! statement (see [`Kind`]), `PATH.length|size` captures a path that ends in one of these names and leaves the name out. `^` and `;`
//! are the beginning and the end of the statement, `<` is a
//! place where a test can begin, `>` one where it can end.

use super::super::token::{Token, TokenKind};

/// How many steps all patterns together may take for one statement: they look ahead in several ways, and a statement can be long.
pub(super) const MOST_STEPS: u32 = 200_000;

/// What a part of a statement that is captured looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `PATH`: a name with its steps.
    Path,
    /// `DOTTED`: a name with at least one step.
    Dotted,
    /// `VALUE`: a literal, or a word in its place.
    Value,
    /// `LIT`: a literal.
    Literal,
    /// `VALUES`: literals with commas between them.
    Literals,
    /// `STR`: a string.
    Text,
    /// `NUM`: a number.
    Number,
    /// `NAME`: a word.
    Name,
    /// `ITEM`: one item of a selection.
    Item,
    /// `TOOLS`: items of a selection with commas between them, and what is excepted.
    Tools,
    /// `COND`: what can be a condition: all up to a clause or the end.
    Condition,
    /// `REST`: all up to the end.
    Rest,
    /// `OP`: an operator that compares.
    Operator,
    /// `TEXTOP`: `like`, `matches` or `contains`.
    TextOperator,
    /// `LIST`: what stands in brackets.
    List,
    /// `JSON`: what stands in braces.
    Json,
    /// `UNIT`: a unit of time.
    Unit,
    /// `RATE`: a number and a window.
    Rate,
    /// `EFFECT`: `allow`, `deny` or `hide`.
    Effect,
    /// `OUTCOME`: what comes of a call, in any words.
    Outcome,
    /// `REGEX`: a regular expression between slashes.
    Regex,
    /// `TEST`: a path, what is asked of it, and a value.
    Test,
    /// `BARE`: a text without quotes, of several tokens without space between them.
    Bare,
    /// `CLAIM`: a path that begins with `caller.`.
    Claim,
    /// `QUOTED`: a text with quotes in it that are not escaped.
    Quoted,
}

const KINDS: [(&str, Kind); 25] = [
    ("PATH", Kind::Path),
    ("DOTTED", Kind::Dotted),
    ("VALUE", Kind::Value),
    ("LIT", Kind::Literal),
    ("VALUES", Kind::Literals),
    ("STR", Kind::Text),
    ("NUM", Kind::Number),
    ("NAME", Kind::Name),
    ("ITEM", Kind::Item),
    ("TOOLS", Kind::Tools),
    ("COND", Kind::Condition),
    ("REST", Kind::Rest),
    ("OP", Kind::Operator),
    ("TEXTOP", Kind::TextOperator),
    ("LIST", Kind::List),
    ("JSON", Kind::Json),
    ("UNIT", Kind::Unit),
    ("RATE", Kind::Rate),
    ("EFFECT", Kind::Effect),
    ("OUTCOME", Kind::Outcome),
    ("REGEX", Kind::Regex),
    ("TEST", Kind::Test),
    ("BARE", Kind::Bare),
    ("CLAIM", Kind::Claim),
    ("QUOTED", Kind::Quoted),
];

/// Words for what comes of a call, with what they are here.
pub(super) const OUTCOMES: [(&str, &str); 39] = [
    ("allow", "allow"),
    ("allowed", "allow"),
    ("allows", "allow"),
    ("pass", "allow"),
    ("passes", "allow"),
    ("permit", "allow"),
    ("permitted", "allow"),
    ("ok", "allow"),
    ("true", "allow"),
    ("deny", "deny"),
    ("denied", "deny"),
    ("denies", "deny"),
    ("block", "deny"),
    ("blocked", "deny"),
    ("reject", "deny"),
    ("rejected", "deny"),
    ("fail", "deny"),
    ("false", "deny"),
    ("approval", "approval"),
    ("approve", "approval"),
    ("ask", "approval"),
    ("confirm", "approval"),
    ("confirmation", "approval"),
    ("review", "approval"),
    ("prompt", "approval"),
    ("held", "approval"),
    ("accept", "allow"),
    ("accepted", "allow"),
    ("success", "allow"),
    ("succeeds", "allow"),
    ("error", "deny"),
    ("fails", "deny"),
    ("forbidden", "deny"),
    ("refused", "deny"),
    ("disallowed", "deny"),
    ("hold", "approval"),
    ("pending", "approval"),
    ("approval_required", "approval"),
    ("needs_approval", "approval"),
];

const UNITS: [&str; 26] = [
    "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour",
    "hours", "d", "day", "days", "w", "wk", "week", "weeks", "mo", "month", "months", "year",
];

/// One element of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    /// `^`
    Start,
    /// `;`
    End,
    /// `<`
    Begin,
    /// `>`
    Stop,
    /// One of some words; whether it may be missing.
    Words(Vec<&'static str>, bool),
    /// A part, its name in the pattern, and the names of which it must end in one.
    Capture(Kind, &'static str, Vec<&'static str>),
}

/// A pattern that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    elements: Vec<Element>,
}

/// What was captured: tokens `from..to`, without the last `cut` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Capture {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) cut: u32,
}

/// Where a pattern was found: tokens `from..to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) captures: Vec<Capture>,
}

impl Pattern {
    /// Reads a pattern.
    pub(super) fn new(text: &'static str) -> Self {
        let element = |word: &'static str| match word {
            "^" => Element::Start,
            ";" => Element::End,
            "<" => Element::Begin,
            ">" => Element::Stop,
            _ => {
                let (stem, endings) = match word.split_once('.') {
                    Some((stem, endings)) if !stem.is_empty() => (stem, endings.split('|').collect()),
                    _ => (word, Vec::new()),
                };
                let kind =
                    KINDS.iter().find(|(name, _)| *name == stem.trim_end_matches(|char: char| char.is_ascii_digit()));
                match kind {
                    Some((_, kind)) => Element::Capture(*kind, stem, endings),
                    None => {
                        let optional = word.strip_suffix('?').filter(|words| !words.chars().all(|char| char == '?'));
                        let (words, optional) = optional.map_or((word, false), |words| (words, true));
                        Element::Words(words.split('|').collect(), optional)
                    }
                }
            }
        };
        Self { elements: text.split(' ').map(element).collect() }
    }

    /// The first place in a statement where it matches. `steps` is what is left of [`MOST_STEPS`].
    pub(super) fn find(&self, statement: &Statement<'_>, steps: &mut u32) -> Option<Match> {
        let starts = if self.elements.first() == Some(&Element::Start) { 1 } else { statement.tokens.len() };
        (0..starts).find_map(|from| {
            let mut captures = Vec::new();
            let to = statement.matches(&self.elements, from, &mut captures, steps)?;
            Some(Match { from, to, captures })
        })
    }
}

/// A statement: its text and its tokens without white space and comments, `;` left out.
pub(super) struct Statement<'t> {
    pub(super) text: &'t str,
    pub(super) tokens: Vec<Token>,
}

impl<'t> Statement<'t> {
    fn word(&self, at: usize) -> &'t str {
        self.tokens.get(at).map(|token| token.text(self.text)).unwrap_or_default()
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Whether a token stands directly behind the one before it.
    fn is_joined(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        matches!((before, self.tokens.get(at)), (Some(before), Some(token)) if before.end == token.start)
    }

    fn is_word(&self, at: usize, words: &[&str]) -> bool {
        let word = match self.word(at) {
            // A single `&` is what two sets have in common.
            "&&" => "and",
            "||" | "|" => "or",
            "!" => "not",
            word => word,
        };
        !word.is_empty() && words.iter().any(|wanted| wanted.eq_ignore_ascii_case(word))
    }

    fn matches(&self, elements: &[Element], at: usize, captures: &mut Vec<Capture>, steps: &mut u32) -> Option<usize> {
        *steps = steps.checked_sub(1)?;
        let Some((element, rest)) = elements.split_first() else { return Some(at) };
        match element {
            Element::Start => (at == 0).then(|| self.matches(rest, at, captures, steps))?,
            Element::End => (at == self.tokens.len()).then(|| self.matches(rest, at, captures, steps))?,
            Element::Begin => self.can_begin(at).then(|| self.matches(rest, at, captures, steps))?,
            Element::Stop => self.can_end(at).then(|| self.matches(rest, at, captures, steps))?,
            Element::Words(words, optional) => {
                let found = self.is_word(at, words).then(|| self.matches(rest, at + 1, captures, steps)).flatten();
                found.or_else(|| optional.then(|| self.matches(rest, at, captures, steps)).flatten())
            }
            Element::Capture(kind, name, endings) => self.ends(*kind, at).into_iter().find_map(|to| {
                let cut = self.cut(at, to, endings)?;
                if *kind == Kind::Dotted && cut > 0 && !self.is_dotted(at, to, cut) {
                    return None;
                }
                captures.push(Capture { name, kind: *kind, from: at, to, cut });
                let found = self.matches(rest, to, captures, steps);
                if found.is_none() {
                    captures.pop();
                }
                found
            }),
        }
    }

    /// How many bytes the ending of a path has that it must have; 0 if it need not have one.
    fn cut(&self, from: usize, to: usize, endings: &[&str]) -> Option<u32> {
        if endings.is_empty() {
            return Some(0);
        }
        let last = self.word(to.checked_sub(1)?);
        let (_, name) = last.rsplit_once('.').unwrap_or(("", last));
        let ends = endings.iter().any(|ending| ending.eq_ignore_ascii_case(name));
        // The dot in front of it is a token of its own behind `]`.
        let dot = last.len() > name.len() || to > from + 1 && self.kind(to - 2) == Some(TokenKind::Dot);
        (ends && dot).then(|| crate::source::offset(name.len() + 1))
    }

    /// Whether a path has a step without its last bytes.
    fn is_dotted(&self, from: usize, to: usize, cut: u32) -> bool {
        let text = |(first, last): (&Token, &Token)| {
            self.text.get(first.start as usize..last.end.saturating_sub(cut) as usize)
        };
        let path = self.tokens.get(from).zip(self.tokens.get(to.saturating_sub(1))).and_then(text);
        path.is_some_and(|path| path.contains(['.', '[']))
    }

    fn can_begin(&self, at: usize) -> bool {
        use TokenKind as T;
        let before = at.checked_sub(1);
        before.and_then(|before| self.kind(before)).is_some_and(|kind| {
            matches!(kind, T::And | T::Or | T::Not | T::When | T::Unless | T::Require)
                || kind == T::LeftParen
                    && before
                        .is_some_and(|before| before.checked_sub(1).is_none_or(|at| self.kind(at) != Some(T::Length)))
                || kind == T::ForeignOperator && before.is_some_and(|at| matches!(self.word(at), "&&" | "||" | "!"))
        })
    }

    fn can_end(&self, at: usize) -> bool {
        use TokenKind as T;
        self.kind(at).is_none_or(|kind| {
            matches!(
                kind,
                T::And
                    | T::Or
                    | T::For
                    | T::Because
                    | T::Per
                    | T::As
                    | T::When
                    | T::Unless
                    | T::Of
                    | T::RightParen
                    | T::RightBrace
            ) || kind == T::ForeignOperator && matches!(self.word(at), "&&" | "||" | "&" | "|")
        })
    }

    /// Where a part that begins at a token can end, the longest first.
    fn ends(&self, kind: Kind, at: usize) -> Vec<usize> {
        use TokenKind as T;
        let one = |holds: bool| if holds { vec![at + 1] } else { Vec::new() };
        let token = self.kind(at);
        let is = |kinds: &[TokenKind]| token.is_some_and(|token| kinds.contains(&token));
        match kind {
            Kind::Path | Kind::Dotted => {
                let to = self.path(at);
                let dotted = self.word(at).contains('.') || to > at + 1;
                if to > at && (kind == Kind::Path || dotted) { vec![to] } else { Vec::new() }
            }
            Kind::Value | Kind::Literal => one(is(&[
                T::Str,
                T::ForeignString,
                T::SmartString,
                T::Number,
                T::BadNumber,
                T::True,
                T::False,
                T::Null,
            ]) || is(&[T::Name]) && kind == Kind::Value),
            Kind::Literals => self.literals(at),
            Kind::Text => one(is(&[T::Str, T::ForeignString, T::SmartString])),
            Kind::Number => one(is(&[T::Number, T::BadNumber])),
            Kind::Name => one(is(&[T::Name])),
            Kind::Item => self.item(at).into_iter().collect(),
            Kind::Tools => self.tools(at),
            Kind::Condition => self.condition(at),
            Kind::Rest => {
                if at < self.tokens.len() {
                    vec![self.tokens.len()]
                } else {
                    Vec::new()
                }
            }
            Kind::Operator => {
                one(is(&[T::Equal, T::EqualEqual, T::NotEqual, T::Less, T::LessEqual, T::Greater, T::GreaterEqual]))
            }
            Kind::TextOperator => one(is(&[T::Like, T::Matches, T::Contains])),
            Kind::List => self.enclosed(at, T::LeftBracket, T::RightBracket),
            Kind::Json => self.enclosed(at, T::LeftBrace, T::RightBrace),
            Kind::Unit => one(self.is_word(at, &UNITS)),
            Kind::Rate => self.rate(at),
            Kind::Effect => one(is(&[T::Allow, T::Deny, T::Hide])),
            Kind::Outcome => one(OUTCOMES.iter().any(|(word, _)| self.is_word(at, &[word]))),
            Kind::Regex => self.regex(at),
            Kind::Test => self.test(at),
            Kind::Bare => self.bare(at),
            Kind::Claim => {
                let is_claim = self.word(at).starts_with("caller.");
                if is_claim { vec![self.path(at)] } else { Vec::new() }
            }
            Kind::Quoted => self.quoted(at),
        }
    }

    /// The end of a path; its beginning if there is none.
    fn path(&self, at: usize) -> usize {
        use TokenKind as T;
        if self.kind(at) != Some(T::Name) {
            return at;
        }
        let mut to = at + 1;
        loop {
            match (self.kind(to), self.kind(to + 1), self.kind(to + 2)) {
                (Some(T::LeftBracket), Some(T::Number | T::Star), Some(T::RightBracket)) => to += 3,
                (Some(T::Dot), Some(next), _) if next == T::Name || next == T::Str || next.is_keyword() => to += 2,
                _ => return to,
            }
        }
    }

    /// The end of one item of a selection.
    fn item(&self, at: usize) -> Option<usize> {
        use TokenKind as T;
        let at = match (self.kind(at), self.kind(at + 1)) {
            (Some(T::Name), Some(T::ColonColon)) => at + 2,
            _ => at,
        };
        matches!(
            self.kind(at),
            Some(T::Name | T::Str | T::ForeignString | T::SmartString | T::Glob | T::Star | T::Set | T::ForeignName)
        )
        .then_some(at + 1)
    }

    /// The ends of a list of items: with what is excepted, then shorter ones.
    fn tools(&self, at: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut next = self.item(at);
        while let Some(to) = next {
            found.push(to);
            next = match self.kind(to) {
                Some(TokenKind::Comma | TokenKind::Except) => self.item(to + 1),
                _ => None,
            };
        }
        found.reverse();
        found
    }

    /// The end of a single test.
    fn test(&self, at: usize) -> Vec<usize> {
        if self.kind(at) == Some(TokenKind::Has) {
            return self.ends(Kind::Path, at + 1);
        }
        let Some(operator) = self.ends(Kind::Path, at).pop() else { return Vec::new() };
        match self.kind(operator) {
            Some(TokenKind::In) => self.ends(Kind::List, operator + 1),
            _ if !self.ends(Kind::Operator, operator).is_empty()
                || !self.ends(Kind::TextOperator, operator).is_empty() =>
            {
                self.ends(Kind::Value, operator + 1)
            }
            _ => Vec::new(),
        }
    }

    /// The end of literals with commas between them.
    fn literals(&self, at: usize) -> Vec<usize> {
        let Some(mut to) = self.ends(Kind::Literal, at).pop() else { return Vec::new() };
        while self.kind(to) == Some(TokenKind::Comma) {
            let Some(next) = self.ends(Kind::Literal, to + 1).pop() else { break };
            to = next;
        }
        vec![to]
    }

    /// The ends of what can be a condition.
    fn condition(&self, at: usize) -> Vec<usize> {
        use TokenKind as T;
        let mut depth = 0_u32;
        let mut to = at;
        while let Some(kind) = self.kind(to) {
            match kind {
                T::LeftParen | T::LeftBracket | T::LeftBrace => depth += 1,
                T::RightParen | T::RightBracket | T::RightBrace => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => break,
                },
                T::For | T::Because | T::Per | T::As | T::When | T::Unless | T::Semicolon if depth == 0 => break,
                _ => {}
            }
            to += 1;
        }
        (at + 1..=to).rev().collect()
    }

    /// The end of what stands between two delimiters, these included.
    fn enclosed(&self, at: usize, open: TokenKind, close: TokenKind) -> Vec<usize> {
        if self.kind(at) != Some(open) {
            return Vec::new();
        }
        let mut depth = 0_u32;
        for (index, token) in self.tokens.iter().enumerate().skip(at) {
            if token.kind == open {
                depth += 1;
            } else if token.kind == close {
                depth -= 1;
                if depth == 0 {
                    return vec![index + 1];
                }
            }
        }
        Vec::new()
    }

    /// `30/min`, `5/10 min`
    fn rate(&self, at: usize) -> Vec<usize> {
        use TokenKind as T;
        if self.kind(at) != Some(T::Number) || self.kind(at + 1) != Some(T::Slash) {
            return Vec::new();
        }
        let unit = if self.kind(at + 2) == Some(T::Number) { at + 3 } else { at + 2 };
        if self.is_word(unit, &UNITS) { vec![unit + 1] } else { Vec::new() }
    }

    /// `/etc/passwd`, `ann@acme.com`, `10.0.0.1`: up to the next space, or what ends a value.
    fn bare(&self, at: usize) -> Vec<usize> {
        use TokenKind as T;
        let ends = |kind| matches!(kind, T::Semicolon | T::Comma | T::RightParen | T::RightBracket | T::RightBrace);
        let mut to = at + 1;
        while self.is_joined(to) && self.kind(to).is_some_and(|kind| !ends(kind)) {
            to += 1;
        }
        let first = self.kind(at);
        let text = self
            .tokens
            .get(at)
            .zip(self.tokens.get(to - 1))
            .and_then(|(first, last)| self.text.get(first.start as usize..last.end as usize));
        let is_word = |char: char| char.is_alphanumeric() || "/._-~@:%*?=&+".contains(char);
        let is_text = text.is_some_and(|text| {
            text.chars().all(is_word) && !text.ends_with(':') && text.contains(char::is_alphanumeric)
        });
        // A number with a unit, and a path with a key in quotes, are other mistakes.
        let is_number = first == Some(T::Number) && self.kind(at + 1) == Some(T::Name) && to == at + 2;
        let several =
            to > at + 1 || first == Some(T::BadNumber) && text.is_some_and(|text| text.matches('.').count() > 1);
        if is_text && several && !is_number { vec![to] } else { Vec::new() }
    }

    /// `"say "no" to it"`: a string, words without space before the first of them, and on the same line a last string without space
    /// before it.
    fn quoted(&self, at: usize) -> Vec<usize> {
        use TokenKind as T;
        if self.kind(at) != Some(T::Str) || !self.is_joined(at + 1) {
            return Vec::new();
        }
        let mut last = None;
        for index in at + 1..self.tokens.len() {
            let (Some(token), Some(before)) = (self.tokens.get(index), self.tokens.get(index - 1)) else { break };
            let between = self.text.get(before.end as usize..token.start as usize).unwrap_or_default();
            if between.contains(['\n', '\r']) {
                break;
            }
            if token.kind == T::Str && between.is_empty() {
                last = Some(index + 1);
            }
        }
        last.into_iter().collect()
    }

    /// `/^a\/b/i`: from one slash to the next on the same line that has no backslash in front of it; `/srv/.*/` with slashes inside, the
    /// longest first.
    fn regex(&self, at: usize) -> Vec<usize> {
        use TokenKind as T;
        if self.kind(at) != Some(T::Slash) {
            return Vec::new();
        }
        let mut last_char = "/";
        let mut found = Vec::new();
        for index in at + 1..self.tokens.len() {
            let (Some(token), Some(before)) = (self.tokens.get(index), self.tokens.get(index - 1)) else { break };
            let between = self.text.get(before.end as usize..token.start as usize).unwrap_or_default();
            if between.contains(['\n', '\r']) || !found.is_empty() && !between.is_empty() {
                break;
            }
            if token.kind == T::Slash && !(last_char.ends_with('\\') && between.is_empty()) {
                let flagged =
                    self.is_joined(index + 1) && self.is_word(index + 1, &["i", "g", "m", "s", "u", "gi", "ig"]);
                found.insert(0, index + 1 + usize::from(flagged));
                if flagged {
                    break;
                }
            }
            last_char = token.text(self.text);
        }
        found
    }
}
