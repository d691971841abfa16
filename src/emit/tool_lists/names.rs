//! Names of servers and tools as programs write them.

use super::Program;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::options::TargetOption;
use crate::emit::refusal::Refusal;
use crate::emit::target::Request;
use crate::ir::Subject;
use crate::source::Span;

/// What a program allows in a name.
#[derive(Clone, Copy)]
pub(in crate::emit) struct Allowed {
    /// Whether a name is allowed.
    pub(in crate::emit) is: fn(&str) -> bool,
    /// What is allowed, after "only names of".
    pub(in crate::emit) words: &'static str,
}

impl Allowed {
    /// ASCII letters, digits, hyphens and underscores.
    pub(in crate::emit) const PLAIN: Self =
        Self { is: |name| is_plain(name), words: "ASCII letters, digits, hyphens and underscores" };
}

/// Whether a name has one character or more, all of which programs keep as they are.
pub(in crate::emit) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// The statement that stands for a whole policy in messages.
fn place(request: &Request<'_>) -> Span {
    let policy = request.policy;
    let of_default = policy.default.origin.as_ref().map(|origin| origin.span);
    of_default.or(policy.rules.first().map(|rule| rule.origin.span)).unwrap_or_default()
}

/// The name that the server of a request has in the settings of a program.
///
/// # Errors
/// Nothing names it, or the program does not allow the name.
pub(in crate::emit) fn server(program: &Program, request: &Request<'_>) -> Result<String, Box<Diagnostic>> {
    let Request { policy, server, settings, .. } = *request;
    let own = policy.server(server).map(|server| server.name.as_str()).filter(|name| !name.is_empty());
    // One name cannot be that of several servers.
    let is_about_it = policy.servers.len() == 1 || settings.get(&TargetOption::SERVER) == own && own.is_some();
    let alias = settings.get(&TargetOption::ALIAS).filter(|_| is_about_it);
    let fail = |message: String, help: String| {
        Box::new(Diagnostic::new(codes::NOT_EXPRESSIBLE, place(request), message).help(help))
    };
    let Some(name) = alias.or(own) else {
        let message =
            format!("{} cannot do without the name of the server, and the policy declares none", program.document);
        let help = "declare the server (`server NAME from \"catalogue.json\";`), or write its name in the program as \
                    `alias = \"NAME\"` in the table of the target in policyc.toml";
        return Err(fail(message, help.to_owned()));
    };
    if !(program.server.is)(name) {
        let words = program.server.words;
        let message =
            format!("{} cannot hold the server name {}: only names of {words}", program.document, quote(name));
        let help = "give the server such a name in the program, and write it as `alias = \"NAME\"` in the table of the target \
                    in policyc.toml";
        return Err(fail(message, help.to_owned()));
    }
    Ok(name.to_owned())
}

/// Says of a tool that its name cannot be held.
pub(in crate::emit) fn unwritable(program: &Program, request: &Request<'_>, tool: &str) -> Diagnostic {
    let reason = format!("the program keeps only tool names of {}, not {}", program.tool.words, quote(tool));
    refused(program, request, Refusal::new(reason, "leave the tool to a gateway that holds its name"), tool)
}

/// Says of a tool that its name is longer than what is known to be kept whole.
pub(in crate::emit) fn too_long(program: &Program, request: &Request<'_>, tool: &str, longest: usize) -> Diagnostic {
    let reason = format!("with the name of the server {} is longer than {longest} characters", quote(tool));
    refused(program, request, Refusal::new(reason, "give the server a shorter name in the program"), tool)
}

/// Says of a tool that its name is that of another tool behind the name of the server.
pub(super) fn prefixed(program: &Program, request: &Request<'_>, tool: &str) -> Diagnostic {
    let reason = format!("the program takes {} for a tool behind the name of the server", quote(tool));
    refused(program, request, Refusal::new(reason, "give the server another name in the program"), tool)
}

/// Refuses a whole policy.
pub(in crate::emit) fn refused_whole(program: &Program, request: &Request<'_>, refusal: Refusal) -> Diagnostic {
    refusal.at(place(request), "policy", program.document)
}

/// Says of two tools that the program takes one for the other.
pub(in crate::emit) fn confused(program: &Program, request: &Request<'_>, [one, other]: [&str; 2]) -> Diagnostic {
    let reason = format!("the program gives {} and {} one name before the model", quote(one), quote(other));
    refused(program, request, Refusal::new(reason, "deny one of the two"), other)
}

/// Refuses a tool at the first rule that selects it.
fn refused(program: &Program, request: &Request<'_>, refusal: Refusal, tool: &str) -> Diagnostic {
    let Request { policy, server, .. } = *request;
    let subject = policy.find_tool(server, tool).map(|id| Subject::known(server, id));
    let mut rules = policy.rules.iter();
    match subject.and_then(|subject| rules.find(|rule| rule.selection.selects(subject).is_some())) {
        Some(rule) => refusal.of_rule(rule, program.document),
        None => refusal.at(place(request), "policy", program.document),
    }
}
