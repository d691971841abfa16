//! Names of servers and tools as programs write them.

use super::Program;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::refusal::Refusal;
use crate::emit::target::Request;

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

/// The name that the server of a request has in the settings of a program.
///
/// # Errors
/// Nothing names it, or the program does not allow the name.
pub(in crate::emit) fn server(program: &Program, request: &Request<'_>) -> Result<String, Box<Diagnostic>> {
    let fail = |message: String, help: String| {
        Box::new(Diagnostic::new(codes::NOT_EXPRESSIBLE, request.place(), message).help(help))
    };
    let Some(name) = request.server_name() else {
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
    request.refuse_tool(Refusal::new(reason, "leave the tool to a gateway that holds its name"), tool, program.document)
}

/// Says of a tool that its name is longer than what is known to be kept whole.
pub(in crate::emit) fn too_long(program: &Program, request: &Request<'_>, tool: &str, longest: usize) -> Diagnostic {
    let reason = format!("with the name of the server {} is longer than {longest} characters", quote(tool));
    request.refuse_tool(Refusal::new(reason, "give the server a shorter name in the program"), tool, program.document)
}

/// Says of a tool that its name is that of another tool behind the name of the server.
pub(super) fn prefixed(program: &Program, request: &Request<'_>, tool: &str) -> Diagnostic {
    let reason = format!("the program takes {} for a tool behind the name of the server", quote(tool));
    request.refuse_tool(Refusal::new(reason, "give the server another name in the program"), tool, program.document)
}

/// Refuses a whole policy.
pub(in crate::emit) fn refused_whole(program: &Program, request: &Request<'_>, refusal: Refusal) -> Diagnostic {
    refusal.at(request.place(), "policy", program.document)
}

/// Says of two tools that the program takes one for the other.
pub(in crate::emit) fn confused(program: &Program, request: &Request<'_>, [one, other]: [&str; 2]) -> Diagnostic {
    let reason = format!("the program gives {} and {} one name before the model", quote(one), quote(other));
    request.refuse_tool(Refusal::new(reason, "deny one of the two"), other, program.document)
}
