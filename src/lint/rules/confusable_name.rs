//! A string that looks like another one.
//!
//! ## What it does
//!
//! Reports strings in conditions, selections and paths in which one word mixes letters of several
//! scripts, such as a Cyrillic `а` in `pаyment`. Words in one script are never reported, nor are
//! scripts that are commonly mixed, like Japanese and Latin.
//!
//! ## Why it matters
//!
//! The string looks like a name that it is not, so the rule applies to another value than its
//! reader thinks.
//!
//! ## Example
//!
//! ```pol lint code=confusable-name catalogue
//! deny *;
//! allow send_dm_to_user when args.user_id == "аdmin";
//! ```
//!
//! ## Use instead
//!
//! The same word in Latin letters only:
//!
//! ```pol lint catalogue
//! deny *;
//! allow send_dm_to_user when args.user_id == "admin";
//! ```

use unicode_security::confusable_detection::skeleton;
use unicode_security::{MixedScript, RestrictionLevel, RestrictionLevelDetection};

use super::prelude::*;
use crate::source::Span;
use crate::syntax::print::string;
use crate::syntax::token::TokenKind;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::CONFUSABLE_NAME, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut before = None;
    for token in file.tokens().iter().filter(|token| !token.kind.is_trivia()) {
        // Reasons and names of tests are prose, not names of anything.
        let is_prose = matches!(before, Some(TokenKind::Because | TokenKind::Test));
        before = Some(token.kind);
        if token.kind != TokenKind::Str || is_prose {
            continue;
        }
        let span = Span::new(file.main_id(), token.start, token.end);
        let text = file.text(span);
        let Some(word) = words(text).find(|word| is_mixed(word)) else { continue };
        let message = format!("the word {} mixes letters of several scripts", quote(word));
        let odd: Vec<String> = word.chars().filter(|char| !char.is_ascii()).take(3).map(|char| format!("`{char}` (U+{:04X})", u32::from(char))).collect();
        let finding = Diagnostic::new(codes::CONFUSABLE_NAME, span, message).label(format!("not ASCII: {}", odd.join(", ")));
        let plain: String = word.chars().map(like_ascii).collect();
        let value = crate::json::Json::parse(text).ok().and_then(|json| json.root().as_str().map(str::to_owned));
        found.push(match value.filter(|value| plain.is_ascii() && value.contains(word)) {
            Some(value) => {
                let written = string(&value.replace(word, &plain));
                finding.fix(Applicability::Unsafe, format!("write {}, which is another string", quote(&written)), span, written)
            }
            None => finding.help("write the word in one script"),
        });
    }
    found
}

/// The ASCII letters that a letter looks like, if there are any. ASCII letters stay as they are,
/// since Unicode maps `m` to `rn`.
fn like_ascii(char: char) -> String {
    let own = char.to_string();
    if char.is_ascii() { own } else { skeleton(&own).collect() }
}

/// Whether a word mixes scripts that are not written together: Latin goes with Japanese, Chinese
/// and Korean, as Unicode Technical Standard 39 says ("highly restrictive").
fn is_mixed(word: &str) -> bool {
    !word.is_single_script() && !word.check_restriction_level(RestrictionLevel::HighlyRestrictive)
}

/// The words of a text: runs of letters and digits.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_ascii())
}
