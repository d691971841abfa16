//! Gateways that decide by Cedar: Amazon Bedrock AgentCore Gateway, Docker's MCP gateway, Stacklok
//! ToolHive.
//!
//! A policy of Cedar that errs is passed over, so a conditional `forbid` fails open. Only permits
//! are written, one or more for each tool, each with what must hold: no denial, what opens the
//! tool, all requirements. A permit is true only for calls that the policy allows; where Cedar sees
//! less of a call than the language, or errs, it is false. `places` says where values are and of
//! which types, `atoms` and `sets` write tests, `lower` conditions, `permits` policies. `meaning`
//! reads expressions again, and decides by itself what they may mean, with `leaves`.

mod atoms;
mod gateway;
mod leaves;
mod literals;
mod lower;
mod meaning;
mod names;
mod permits;
mod places;
mod rates;
mod read;
mod sets;
mod write;

use super::decision_list::{Counted, Limits, ListDecider, build};
use super::listing_note;
use super::options::TargetOption;
use super::refusal::Refusal;
use super::target::{Counting, Draft, GiveBack, OnFailure, Processes, ReadDocument, Request, Target};
use super::tool_lists::has_key;
use crate::analysis::condition::NumberDomain;
use crate::analysis::limits::WindowModel;
use crate::diagnostics::{Diagnostic, codes};
use crate::located::{self, Format, Mistakes, Node};
use crate::source::{FileId, Span};
use gateway::Gateway;
use names::Names;
use rates::Rates;
use read::Statements;

/// Characters that a statement of AgentCore may have.
const LONGEST: usize = 10_000;

/// How an AgentCore gateway counts.
const BY_RATES: Counting = Counting {
    lengths: Some(rates::SECONDS),
    windows: WindowModel::Unaligned,
    processes: Processes::Share,
    give_back: GiveBack::Never,
    on_failure: OnFailure::Open,
    is_on_trust: true,
};

const fn target(gateway: Gateway, name: &'static str, title: &'static str, page: &'static str) -> Target {
    Target {
        name,
        title,
        document: gateway.document(),
        extension: match gateway {
            Gateway::AgentCore => "json",
            Gateway::Docker => "cedar",
            Gateway::ToolHive => "yaml",
        },
        is_json: matches!(gateway, Gateway::AgentCore),
        main_file: None,
        page,
        counting: if matches!(gateway, Gateway::AgentCore) { BY_RATES } else { Counting::NONE },
        numbers: match gateway {
            Gateway::AgentCore | Gateway::Docker => NumberDomain::Exact,
            Gateway::ToolHive => NumberDomain::Double,
        },
        asks: matches!(gateway, Gateway::Docker),
        knows_caller: !matches!(gateway, Gateway::Docker),
        options: match gateway {
            Gateway::AgentCore => &[TargetOption::SERVER, TargetOption::ALIAS, TargetOption::GATEWAY],
            Gateway::Docker => &[TargetOption::SERVER, TargetOption::ALIAS],
            Gateway::ToolHive => &[TargetOption::SERVER],
        },
        look_alikes: |_| Vec::new(),
        recognises: match gateway {
            Gateway::AgentCore => is_agent_core,
            Gateway::Docker => is_docker,
            Gateway::ToolHive => is_toolhive,
        },
        build: match gateway {
            Gateway::AgentCore => |request| build_for(Gateway::AgentCore, request),
            Gateway::Docker => |request| build_for(Gateway::Docker, request),
            Gateway::ToolHive => |request| build_for(Gateway::ToolHive, request),
        },
        parse: match gateway {
            Gateway::AgentCore => parse_agent_core,
            Gateway::Docker => parse_docker,
            Gateway::ToolHive => parse_toolhive,
        },
    }
}

/// Amazon Bedrock AgentCore Gateway.
pub(super) static AGENTCORE: Target = target(
    Gateway::AgentCore,
    "agentcore",
    "Amazon Bedrock AgentCore Gateway (Cedar)",
    include_str!("../../../docs/targets/agentcore.md"),
);
/// Docker's MCP gateway under AI Governance.
pub(super) static DOCKER: Target = target(
    Gateway::Docker,
    "docker",
    "Docker AI Governance, MCP policy (Cedar)",
    include_str!("../../../docs/targets/docker.md"),
);
/// Stacklok ToolHive with its Cedar authorizer.
pub(super) static TOOLHIVE: Target = target(
    Gateway::ToolHive,
    "toolhive",
    "Stacklok ToolHive (Cedar authorizer)",
    include_str!("../../../docs/targets/toolhive.md"),
);

/// Whether a JSON text is the policies of AgentCore.
fn is_agent_core(text: &str) -> bool {
    text.starts_with('{') && has_key(text, "policies") && !has_key(text, "tools")
}

/// Whether a text is a policy for Docker: its first line that is no comment begins a statement of
/// Cedar.
fn is_docker(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    let starts = ["permit", "forbid", "@"];
    lines.next().is_some_and(|line| starts.iter().any(|start| line.starts_with(start)))
}

/// Whether a YAML text is a configuration of ToolHive's authorizer.
fn is_toolhive(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("type:") && line.contains("cedarv1"))
}

fn build_for(gateway: Gateway, request: &Request<'_>) -> Draft {
    let built = build(request.policy, request.server);
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    if gateway != Gateway::AgentCore {
        diagnostics.extend(built.limits.iter().map(|rule| permits::limit(gateway, rule)));
    }
    let names = names::names(gateway, request).unwrap_or_else(|found| {
        diagnostics.extend(found);
        Names::default()
    });
    let asks = gateway == Gateway::Docker;
    let mut permits = permits::permits(gateway, request, &built.lists, asks);
    diagnostics.append(&mut permits.diagnostics);
    let mut rates = Rates::default();
    if gateway == Gateway::AgentCore {
        let wrong = permits.named.iter().filter(|name| !names::is_tool(name));
        diagnostics.extend(wrong.map(|name| {
            let reason = format!(
                "the gateway keeps only names of tools of ASCII letters, digits, `-`, `_` and `.`, not {}",
                crate::diagnostics::quote(name)
            );
            let refusal = Refusal::new(reason, "leave the tool to a gateway that holds its name");
            request.refuse_tool(refusal, name, gateway.document())
        }));
        rates = rates::rates(request.policy, &names, &built.counted, &mut permits.origins);
        diagnostics.append(&mut rates.diagnostics);
        let statements = write::statements(gateway, &names, &permits);
        let long = permits.permits.iter().zip(&statements).filter(|(_, text)| text.chars().count() > LONGEST);
        diagnostics.extend(long.map(|(permit, _)| {
            let reason = format!("its conditions together are longer than {LONGEST} characters");
            let tool = permit.tool.as_deref().unwrap_or_default();
            request.refuse_tool(Refusal::new(reason, "write fewer or shorter conditions"), tool, gateway.document())
        }));
    }
    if gateway == Gateway::Docker {
        diagnostics.extend(listing_note(request.policy, request.server, gateway.document()));
    }
    let text = write::document(gateway, &request.policy.name, request.left_words(), &names, &permits, &rates);
    Draft { text, beside: Vec::new(), diagnostics, origins: permits.origins, stricter: permits.stricter }
}

/// Says that something is not of the form that is written here.
fn unknown(span: Span) -> Diagnostic {
    let message = "this is not of the form that policyc writes, so what it decides is not known";
    let help = "compile the policy again, and give the document as it was written";
    Diagnostic::new(codes::BAD_DOCUMENT, span, message).help(help)
}

fn decider(gateway: Gateway, statements: Statements, limits: Limits<Counted>, span: Span) -> ReadDocument {
    let numbers = match gateway {
        Gateway::ToolHive => NumberDomain::Double,
        Gateway::AgentCore | Gateway::Docker => NumberDomain::Exact,
    };
    if statements.is_empty() {
        return Err(vec![unknown(span)]);
    }
    let lists = statements.lists("No permit allows this call.");
    Ok(Box::new(ListDecider::new(lists, numbers).with_limits(limits)))
}

fn parse_docker(text: &str) -> ReadDocument {
    let mut statements = Statements::new(Gateway::Docker);
    statements.read(text).map_err(|span| vec![unknown(span)])?;
    decider(Gateway::Docker, statements, Limits::default(), Span::default())
}

/// Reads a statement that is a string of a document.
fn statement(statements: &mut Statements, node: &Node<'_>, what: &str, mistakes: &mut Mistakes) {
    let Some(text) = node.as_text(what, mistakes) else { return };
    // Escapes move places within a string, so the whole string is the place.
    if statements.read(text) != Ok(1) {
        let found = unknown(node.span);
        mistakes.report(node.span, found.message, found.help.unwrap_or_default());
    }
}

fn parse_toolhive(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Yaml).ignored_by("ToolHive");
    let mut statements = Statements::new(Gateway::ToolHive);
    let root = located::yaml(text, located::core::plain, &mut mistakes);
    let read = root.and_then(|root| read_toolhive(&root, &mut statements, &mut mistakes));
    let read: Result<(), Vec<Diagnostic>> = mistakes.into_result(read);
    read?;
    decider(Gateway::ToolHive, statements, Limits::default(), Span::default())
}

fn read_toolhive(root: &Node<'_>, statements: &mut Statements, mistakes: &mut Mistakes) -> Option<()> {
    let root = root.as_object("the document", &["version", "type", "cedar"], mistakes)?;
    root.required("version", mistakes)?.as_word("`version`", &[("1.0", ())], mistakes);
    root.required("type", mistakes)?.as_word("`type`", &[("cedarv1", ())], mistakes);
    let cedar = root.required("cedar", mistakes)?.as_object("`cedar`", &["entities_json", "policies"], mistakes)?;
    // Entities could be groups of tools; what is written here knows none.
    cedar.required("entities_json", mistakes)?.as_word("`entities_json`", &[("[]", ())], mistakes);
    for policy in cedar.required("policies", mistakes)?.as_list("`policies`", mistakes)? {
        statement(statements, policy, "a policy", mistakes);
    }
    Some(())
}

fn parse_agent_core(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Json);
    let mut statements = Statements::new(Gateway::AgentCore);
    let root = located::json(text, &mut mistakes);
    let read = root.and_then(|root| read_agent_core(&root, &mut statements, &mut mistakes));
    let limits: Limits<Counted> = mistakes.into_result(read)?;
    decider(Gateway::AgentCore, statements, limits, Span::default())
}

fn read_agent_core(root: &Node<'_>, statements: &mut Statements, mistakes: &mut Mistakes) -> Option<Limits<Counted>> {
    let root = root.as_object("the document", &["policies", "rateLimits"], mistakes)?;
    let known = ["name", "definition", "validationMode", "enforcementMode"];
    for policy in root.required("policies", mistakes)?.as_list("`policies`", mistakes)? {
        let policy = policy.as_object("a policy", &known, mistakes)?;
        policy.required("name", mistakes)?.as_text("the name of a policy", mistakes);
        // A policy in another mode decides nothing.
        let mode = policy.required("enforcementMode", mistakes)?;
        mode.as_word("`enforcementMode`", &[("ACTIVE", ())], mistakes);
        let validation = policy.required("validationMode", mistakes)?;
        validation.as_word("`validationMode`", &[("FAIL_ON_ANY_FINDINGS", ())], mistakes);
        let definition = policy.required("definition", mistakes)?.as_object("`definition`", &["cedar"], mistakes)?;
        let cedar = definition.required("cedar", mistakes)?.as_object("`cedar`", &["statement"], mistakes)?;
        statement(statements, cedar.required("statement", mistakes)?, "a statement", mistakes);
    }
    match root.optional("rateLimits") {
        Some(limits) => rates::read(limits, statements.server(), mistakes),
        None => Some(Limits::default()),
    }
}
