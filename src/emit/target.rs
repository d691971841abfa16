//! What a target is: data about a gateway, and two functions. One driver does the rest for all of
//! them.

use std::fmt;

use super::confirm::{Pair, Suspect, confirm, unreadable};
use super::options::{Settings, TargetOption};
use super::origins::Origins;
use super::refusal::Refusal;
use super::{Artefact, Emission, SideFile, approval_note, fails_open};
use crate::analysis::condition::NumberDomain;
use crate::analysis::limits::WindowModel;
use crate::decider::{Decider, PolicyDecider};
use crate::diagnostics::{self, Diagnostic};
use crate::eval::reason;
use crate::ir::{Policy, Rule, ServerId, Subject};
use crate::predicate::ScalarValue;
use crate::source::Span;

/// A document as its gateway reads it, or all that is wrong with it.
pub type ReadDocument = Result<Box<dyn Decider>, Vec<Diagnostic>>;

/// A kind of artefact, and the gateway that enforces it.
pub struct Target {
    /// The name on the command line.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What a document of it is called in messages.
    pub document: &'static str,
    /// The usual extension of its files, without the dot.
    pub extension: &'static str,
    /// Whether its documents are JSON.
    pub is_json: bool,
    /// Where the document stands in the folder of its own that it needs beside [other files](super::SideFile); `None` for
    /// documents of one file.
    pub main_file: Option<&'static str>,
    /// What it holds and what it refuses, in Markdown.
    pub page: &'static str,
    /// How its gateway counts calls.
    pub counting: Counting,
    /// How its gateway reads numbers of calls.
    pub numbers: NumberDomain,
    /// Whether its gateway can hold a call until a person approves it.
    pub asks: bool,
    /// Whether its gateway knows who calls.
    pub knows_caller: bool,
    /// What `policyc.toml` can say of it.
    pub options: &'static [TargetOption],
    /// Values that its gateway may take for a literal, as JSON texts: calls with them are tried
    /// where a proof is too much work.
    pub(super) look_alikes: fn(&ScalarValue) -> Vec<String>,
    /// Whether a text is one of its documents, whatever else may be wrong with it.
    pub(super) recognises: fn(&str) -> bool,
    /// Makes a document for one server of a policy.
    pub(super) build: fn(&Request<'_>) -> Draft,
    /// Reads a document as the gateway does.
    pub(super) parse: fn(&str) -> ReadDocument,
}

impl fmt::Debug for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Target").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How a gateway counts the calls of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counting {
    /// The lengths of windows, in seconds, the shortest first; `None` for any.
    pub lengths: Option<&'static [u64]>,
    /// When a window begins.
    pub windows: WindowModel,
    /// Who has counters of their own.
    pub processes: Processes,
    /// Whether a call that failed is counted.
    pub give_back: GiveBack,
    /// What becomes of a call when the counter cannot be asked.
    pub on_failure: OnFailure,
    /// Whether nobody outside of the vendor can see that it is so.
    pub is_on_trust: bool,
}

impl Counting {
    /// Nothing is counted: the target holds no limit.
    pub(super) const NONE: Self = Self {
        lengths: Some(&[]),
        windows: WindowModel::Aligned,
        processes: Processes::CountApart,
        give_back: GiveBack::Never,
        on_failure: OnFailure::Closed,
        is_on_trust: false,
    };
}

/// Who counts apart from whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processes {
    /// All processes share one store of counters.
    Share,
    /// Each process has counters of its own.
    CountApart,
}

impl Processes {
    /// As tables say it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Share => "share one count",
            Self::CountApart => "count apart",
        }
    }
}

/// Whether a count is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveBack {
    /// A call that passed counts, whatever came of it.
    Never,
    /// A call that failed at the server does not count.
    WhenFailed,
}

impl GiveBack {
    /// As tables say it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Never => "counts",
            Self::WhenFailed => "is given back",
        }
    }
}

/// What becomes of calls when the counters cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// They are denied.
    Closed,
    /// They pass.
    Open,
    /// Nobody has said.
    Unknown,
}

impl OnFailure {
    /// As tables say it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Closed => "calls are denied",
            Self::Open => "calls pass",
            Self::Unknown => "not documented",
        }
    }
}

/// What a document is made from.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The server whose calls the document decides.
    pub server: ServerId,
    /// What is said of the target.
    pub settings: &'a Settings,
    /// Statements that the policy had and that are left out, to be named where the format has comments.
    pub left: &'a [&'a Rule],
}

impl<'a> Request<'a> {
    /// A request about a server of a policy.
    #[must_use]
    pub const fn new(policy: &'a Policy, server: ServerId, settings: &'a Settings) -> Self {
        Self { policy, server, settings, left: &[] }
    }

    /// What is left out, in words; `None` if nothing is.
    pub(crate) fn left_words(&self) -> Option<String> {
        let names: Vec<String> = self.left.iter().map(|rule| reason::name(rule)).collect();
        (!names.is_empty()).then(|| format!("Left out, so something else must hold it: {}.", names.join(", ")))
    }

    /// The name that the server has in the gateway, if anything says it.
    pub(crate) fn server_name(&self) -> Option<&'a str> {
        let Self { policy, server, settings, .. } = *self;
        let own = policy.server(server).map(|server| server.name.as_str()).filter(|name| !name.is_empty());
        // One name cannot be that of several servers.
        let is_about_it = policy.servers.len() == 1 || settings.get(&TargetOption::SERVER) == own && own.is_some();
        settings.get(&TargetOption::ALIAS).filter(|_| is_about_it).or(own)
    }

    /// The statement that stands for the whole policy in messages.
    pub(crate) fn place(&self) -> Span {
        let of_default = self.policy.default.origin.as_ref().map(|origin| origin.span);
        of_default.or(self.policy.rules.first().map(|rule| rule.origin.span)).unwrap_or_default()
    }

    /// The refusal of a tool, at the first rule that selects it.
    pub(crate) fn refuse_tool(&self, refusal: Refusal, tool: &str, document: &str) -> Diagnostic {
        let subject = self.policy.find_tool(self.server, tool).map(|id| Subject::known(self.server, id));
        let mut rules = self.policy.rules.iter();
        match subject.and_then(|subject| rules.find(|rule| rule.selection.selects(subject).is_some())) {
            Some(rule) => refusal.of_rule(rule, document),
            None => refusal.at(self.place(), "policy", document),
        }
    }
}

/// A document that was made and not yet proved.
pub(crate) struct Draft {
    /// Its text; worth something only without errors.
    pub(crate) text: String,
    /// The files that go with it.
    pub(crate) beside: Vec<SideFile>,
    /// What cannot be carried over, and what is worth knowing.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Which statements its rules come from.
    pub(crate) origins: Origins,
    /// Statements that it holds more strictly.
    pub(crate) stricter: Vec<Suspect>,
}

impl Target {
    /// Makes the artefact for one server of a policy, with nothing said of the target.
    #[must_use]
    pub fn emit(&self, policy: &Policy, server: ServerId) -> Emission {
        self.make(&Request::new(policy, server, Settings::NONE))
    }

    /// Makes an artefact: builds it, reads it back, proves that it is not weaker, and looks for calls that show where it is
    /// stricter.
    #[must_use]
    pub fn make(&self, request: &Request<'_>) -> Emission {
        let Request { policy, server, .. } = *request;
        let Draft { text, beside, mut diagnostics, origins, stricter } = (self.build)(request);
        let is_refused = |found: &[Diagnostic]| found.iter().any(Diagnostic::is_error);
        let mut artefact = None;
        if !is_refused(&diagnostics) {
            // What is written is what is proved, so it is read back each time.
            match (self.parse)(&text) {
                Ok(document) => {
                    let source = PolicyDecider::new(policy).of_server(server, self.numbers);
                    let (title, look_alikes) = (self.document, self.look_alikes);
                    let pair = Pair { source, server, document: &*document, origins, title, look_alikes };
                    diagnostics.extend(confirm(&pair, &stricter));
                }
                Err(found) => diagnostics.extend(unreadable(policy, &found)),
            }
            if !is_refused(&diagnostics) {
                artefact = Some(Artefact { text, beside, is_json: self.is_json });
                if self.counting.on_failure == OnFailure::Open {
                    diagnostics.extend(fails_open(policy, server, self.document));
                }
            }
        }
        if !self.asks {
            diagnostics.extend(approval_note(policy, server, self.document));
        }
        diagnostics::sort(&mut diagnostics);
        Emission { artefact, diagnostics }
    }

    /// Reads an artefact as the gateway does.
    ///
    /// # Errors
    /// The gateway would refuse the text, or it is unknown how the gateway takes it: all that is wrong, in the first file of a
    /// [`SourceMap`](crate::source::SourceMap).
    pub fn read(&self, text: &str) -> ReadDocument {
        (self.parse)(text)
    }
}
