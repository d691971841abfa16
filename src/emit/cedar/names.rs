//! Names of servers, and of the gateway, as documents write them.

use super::gateway::Gateway;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::options::TargetOption;
use crate::emit::target::Request;

/// Names that a document is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// The server: of AgentCore the target; empty for ToolHive, whose documents are about the
    /// server that they are given to.
    pub(super) server: String,
    /// Of AgentCore the ARN of the gateway.
    pub(super) gateway: String,
}

/// The names for a request.
///
/// # Errors
/// One is missing, or the gateway does not allow it.
pub(super) fn names(gateway: Gateway, request: &Request<'_>) -> Result<Names, Vec<Diagnostic>> {
    let fail = |message: String, help: &str| {
        vec![Diagnostic::new(codes::NOT_EXPRESSIBLE, request.place(), message).help(help)]
    };
    if gateway == Gateway::ToolHive {
        return Ok(Names::default());
    }
    let server = request.server_name().map(str::to_owned).ok_or_else(|| {
        let message = format!(
            "{} cannot be written without the name of the server, and the policy declares none",
            gateway.document()
        );
        let help = "declare the server (`server NAME from \"catalogue.json\";`), or write its name in the gateway as \
                    `alias = \"NAME\"` in the table of the target in policyc.toml";
        fail(message, help)
    })?;
    if gateway == Gateway::Docker {
        return Ok(Names { server, gateway: String::new() });
    }
    if !is_target(&server) {
        let message = format!(
            "{} cannot hold the name {} of a target: only letters, digits and single hyphens between them",
            gateway.document(),
            quote(&server)
        );
        let help = "write the name that the target has in the gateway as `alias = \"NAME\"` in the table of the target in \
                    policyc.toml";
        return Err(fail(message, help));
    }
    let arn = request.settings.get(&TargetOption::GATEWAY);
    let Some(arn) = arn else {
        let message = format!("{} cannot be written without the ARN of the gateway", gateway.document());
        let help = "write it as `gateway = \"arn:aws:bedrock-agentcore:REGION:ACCOUNT:gateway/ID\"` in the table of the target in \
                    policyc.toml";
        return Err(fail(message, help));
    };
    if !is_arn(arn) {
        let message = format!("{} is no ARN of a gateway", quote(arn));
        let help = "write it as `gateway = \"arn:aws:bedrock-agentcore:REGION:ACCOUNT:gateway/ID\"` in the table of the target in \
                    policyc.toml";
        return Err(fail(message, help));
    }
    Ok(Names { server, gateway: arn.to_owned() })
}

/// Whether a text can be the name of a target of AgentCore.
pub(super) fn is_target(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    name.len() <= 100 && name.split('-').all(is_part)
}

/// Whether a text can be the ARN of a gateway.
pub(super) fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let is_plain = |text: &&str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/'))
    };
    matches!(parts.as_slice(), ["arn", _, "bedrock-agentcore", _, _, id] if id.starts_with("gateway/"))
        && parts.iter().all(is_plain)
}

/// Whether a text can be the name of a tool of AgentCore.
pub(super) fn is_tool(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
