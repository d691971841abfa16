//! What a client reads: standard output, standard error and the exit status.
//!
//! A denial is said three times, since clients differ in what they read: as their JSON, as text on standard error, and by the status 2.
//! Standard output has one JSON object or nothing, never another byte: with a line of text around it, most clients let the call pass.

use policyc_core::diagnostics::{visible, visible_json};
use policyc_core::json::json_quote;

/// The exit status of a denial.
const DENIED: u8 = 2;

/// The longest reason that is given, in bytes. Clients stop reading long answers, and let the call pass.
const LONGEST: usize = 16_384;

/// The answer to one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// For standard output.
    pub output: String,
    /// For standard error.
    pub error: String,
    /// The exit status.
    pub status: u8,
}

/// What is said of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Saying<'a> {
    /// It passes.
    Allow,
    /// A person shall be asked.
    Ask(&'a str),
    /// It does not pass.
    Deny(&'a str),
    /// Nothing: the rules of the client decide.
    Silence,
}

/// The JSON that a client understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `hookSpecificOutput` with `permissionDecision`: `allow`, `ask` and `deny`.
    PreToolUse,
    /// The same, but only `ask` and `deny`: it is not known that `allow` opens a call.
    AskOrDeny,
    /// The same, but only `deny`: the client does not understand the others.
    DenyOnly,
    /// `hookSpecificOutput` with `decision.behavior`, of Codex.
    PermissionRequest,
    /// Both forms that Copilot CLI reads, in one object.
    Copilot,
    /// `decision` and `reason`; never `ask` or `allow`.
    Gemini,
    /// `cancel` and `errorMessage`.
    Cline,
    /// `permission`.
    Cursor,
    /// The denials of all, in one object.
    Any,
    /// No JSON: the status and standard error.
    Status,
}

impl Form {
    /// The answer in this form.
    pub(super) fn answer(self, saying: Saying<'_>) -> Answer {
        let json = self.json(saying);
        let output = json.map_or(String::new(), |json| format!("{}\n", visible_json(&json)));
        match saying {
            Saying::Deny(reason) => Answer { output, error: format!("{}\n", spoken(reason)), status: DENIED },
            _ => Answer { output, error: String::new(), status: 0 },
        }
    }

    fn json(self, saying: Saying<'_>) -> Option<String> {
        let (word, reason) = match saying {
            Saying::Silence => return None,
            Saying::Allow => ("allow", "Allowed by policy.".to_owned()),
            Saying::Ask(reason) => ("ask", spoken(reason)),
            Saying::Deny(reason) => ("deny", spoken(reason)),
        };
        let reason = json_quote(&reason);
        let decision = format!("\"permissionDecision\":\"{word}\",\"permissionDecisionReason\":{reason}");
        let nested = format!("\"hookSpecificOutput\":{{\"hookEventName\":\"PreToolUse\",{decision}}}");
        let denied = word == "deny";
        match self {
            Self::PreToolUse => Some(format!("{{{nested}}}")),
            Self::AskOrDeny => (word != "allow").then(|| format!("{{{nested}}}")),
            Self::DenyOnly => denied.then(|| format!("{{{nested}}}")),
            Self::PermissionRequest => {
                let behaviour = match word {
                    "allow" => "\"behavior\":\"allow\"".to_owned(),
                    "deny" => format!("\"behavior\":\"deny\",\"message\":{reason}"),
                    _ => return None,
                };
                let event = "\"hookEventName\":\"PermissionRequest\"";
                Some(format!("{{\"hookSpecificOutput\":{{{event},\"decision\":{{{behaviour}}}}}}}"))
            }
            Self::Copilot => Some(format!("{{{decision},{nested}}}")),
            Self::Gemini => denied.then(|| format!("{{\"decision\":\"deny\",\"reason\":{reason}}}")),
            Self::Cline => denied.then(|| format!("{{\"cancel\":true,\"errorMessage\":{reason}}}")),
            Self::Cursor if denied => {
                Some(format!("{{\"permission\":\"deny\",\"user_message\":{reason},\"agent_message\":{reason}}}"))
            }
            Self::Cursor => (word == "allow").then(|| "{\"permission\":\"allow\"}".to_owned()),
            Self::Any => denied.then(|| {
                let others = "\"cancel\":true,\"permission\":\"deny\",\"decision\":\"deny\"";
                format!("{{{decision},{nested},{others},\"reason\":{reason},\"errorMessage\":{reason}}}")
            }),
            Self::Status => None,
        }
    }
}

/// A reason as it is given: on one line, never empty, and not too long. An empty one lets calls pass.
fn spoken(reason: &str) -> String {
    let shown = visible(reason);
    let text = if shown.trim().is_empty() { "Denied by policy." } else { shown.as_ref() };
    let end = (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    match text.get(..end) {
        Some(part) if end < text.len() => format!("{part}…"),
        _ => text.to_owned(),
    }
}
