//! The commands that the server executes: running tests, deciding a call, showing the artefact.

use policyc_core::diagnostics::codes;
use policyc_core::emit::{self, Request, Target};
use policyc_core::eval::words::one_line;
use policyc_core::eval::{Evaluator, OwnedCall};
use policyc_core::ir::{Policy, ServerId};
use policyc_core::remedy::remedy;
use policyc_core::report::trace;
use policyc_core::source::offset;
use policyc_core::testing::{self, Wanted};
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types::{ExecuteCommandParams, Uri};

use crate::check::Checked;
use crate::documents::Version;
use crate::world::{TestResults, World};

/// Executes a command.
///
/// # Errors
/// There is no such command, its arguments are wrong, or the document is not open.
pub(crate) fn execute(world: &World, parameters: &ExecuteCommandParams) -> Result<Value> {
    let command = parameters.command.as_str();
    if !crate::capabilities::COMMANDS.contains(&command) {
        return Err(Error::invalid_params(format!("there is no command {command}")));
    }
    let argument = |index: usize| parameters.arguments.get(index).filter(|value| !value.is_null());
    let uri = argument(0).and_then(|value| serde_json::from_value::<Uri>(value.clone()).ok());
    let uri =
        uri.ok_or_else(|| Error::invalid_params(format!("{command}: the first argument is the uri of a policy")))?;
    let version = world.version(&uri).filter(|_| world.is_policy(&uri));
    let version = version.or_else(|| world.closed(&crate::capabilities::path(&uri)?));
    let version =
        version.ok_or_else(|| Error::invalid_params(format!("{command}: {} is not a policy", uri.as_str())))?;
    let checked = world.checked(&version);
    let text = |index: usize| argument(index).and_then(Value::as_str);
    match command {
        "policyc.runTests" => Ok(run_tests(world, &version, &checked, text(1))),
        "policyc.evalCall" => {
            let call =
                argument(1).ok_or_else(|| Error::invalid_params("policyc.evalCall: the second argument is a call"))?;
            decide(&checked, call, text(2))
        }
        _ => artefact(world, &checked, text(1), text(2), text(3)),
    }
}

/// Why a text with errors cannot be used, as a sentence.
fn errors(checked: &Checked) -> String {
    let count = checked.told.found.iter().filter(|finding| finding.is_error()).count();
    format!("the policy has {count} error{}; the diagnostics say what to write", if count == 1 { "" } else { "s" })
}

fn run_tests(world: &World, version: &Version, checked: &Checked, name: Option<&str>) -> Value {
    let Some(sound) = &checked.analysis.checked else {
        return json!({"passed": 0, "failed": 0, "results": [], "problem": errors(checked)});
    };
    let outcome = testing::run_wanted(sound, Wanted { name, ..Wanted::default() });
    // The name is looked for anywhere in names; here one test is meant.
    let results: Vec<_> = outcome.results.iter().filter(|result| name.is_none_or(|name| result.name == name)).collect();
    let mut kept = TestResults::new();
    let mut listed = Vec::new();
    for result in &results {
        let message = result.failure.as_ref().map(|failure| failure.message.clone());
        let line =
            checked.analysis.sources.line(result.failure.as_ref().map_or(result.span, |failure| failure.primary.span));
        listed.push(json!({
            "name": result.name,
            "policy": result.policy,
            "passed": message.is_none(),
            "message": message,
            "line": line,
        }));
        // A test that runs against several policies passes if it does so against each.
        let (_, passed, said) = kept.entry(result.name.clone()).or_insert((version.stamp, true, String::new()));
        if let Some(message) = message.filter(|_| *passed) {
            (*passed, *said) = (false, message);
        }
    }
    world.keep_results(&version.uri, kept);
    let passed = results.iter().filter(|result| result.failure.is_none()).count();
    json!({"passed": passed, "failed": results.len() - passed, "results": listed})
}

/// The policy of a name, or the first.
fn chosen<'a>(checked: &'a Checked, name: Option<&str>) -> Result<&'a Policy> {
    let mut policies = checked.analysis.policies();
    let found = match name {
        None => policies.next(),
        Some(name) => policies.find(|policy| policy.name == name),
    };
    found.ok_or_else(|| match name.filter(|_| checked.told.is_sound) {
        Some(name) => Error::invalid_params(format!("the file has no policy {name}")),
        None => Error::invalid_params(errors(checked)),
    })
}

fn decide(checked: &Checked, call: &Value, policy: Option<&str>) -> Result<Value> {
    let policy = chosen(checked, policy)?;
    // A call may also be given as its text.
    let text = call.as_str().map_or_else(|| call.to_string(), str::to_owned);
    let call = OwnedCall::parse(&text).map_err(|wrong| Error::invalid_params(format!("the call: {}", wrong.reason)))?;
    let mut evaluator = Evaluator::new(policy);
    let call = call.at(0);
    let trace = evaluator.trace(&call);
    let mut text = trace::text(&trace, policy, &checked.analysis.sources);
    for sentence in remedy(&evaluator, &call).into_iter().flat_map(|remedy| remedy.sentences(call.name)) {
        text.push_str(&format!("  {sentence}\n"));
    }
    let decision = evaluator.call(&call);
    Ok(json!({
        "verdict": decision.verdict.name(),
        "rule": decision.rule(),
        "reason": one_line(&decision.reason()),
        "trace": text,
        "policy": policy.name,
    }))
}

fn artefact(
    world: &World,
    checked: &Checked,
    target: Option<&str>,
    policy: Option<&str>,
    server: Option<&str>,
) -> Result<Value> {
    let settings = world.settings();
    let configured = checked.of.config.targets.first().map(|target| target.name);
    let name = target.or(settings.target.as_deref()).or(configured);
    let target: &Target = match name {
        None => emit::TARGETS.first().ok_or_else(Error::internal_error)?,
        Some(name) => emit::find(name).ok_or_else(|| Error::invalid_params(format!("there is no target {name}")))?,
    };
    let targets: Vec<&str> = emit::TARGETS.iter().map(|target| target.name).collect();
    if !checked.told.is_sound {
        let problem = json!({"message": errors(checked), "severity": "error"});
        return Ok(json!({
            "text": null, "language": "plaintext", "target": target.name, "policy": "", "server": "", "problems": [problem],
            "policies": [], "servers": [], "targets": targets,
        }));
    }
    let policy = chosen(checked, policy)?;
    let found = match server {
        None => {
            let first = policy.servers.first().map(|_| ServerId(0));
            checked.of.config.server(target, policy).map(|configured| configured.or(first))
        }
        Some(name) => Ok(policy.find_server(name)),
    };
    let (server_name, artefact, problems) = match found {
        Ok(None) => {
            return Err(Error::invalid_params(format!("the policy has no server {}", server.unwrap_or_default())));
        }
        Ok(Some(server)) => {
            let settings = checked.of.config.options.of(target);
            let emission = target.make(&Request::new(policy, server, settings));
            let problems = emission.diagnostics.iter().map(|finding| {
                let line = checked.analysis.sources.line(finding.primary.span);
                json!({"message": finding.message, "help": finding.help, "severity": finding.severity.name(), "code": finding.code.name, "line": line})
            });
            let name = policy.server(server).map_or("", |server| server.name.as_str());
            (name, emission.artefact, problems.collect::<Vec<_>>())
        }
        Err(wrong) => {
            ("", None, vec![json!({"message": wrong, "severity": "error", "code": codes::BAD_CONFIGURATION.name})])
        }
    };
    let names = |count: usize, name: &dyn Fn(usize) -> String| (0..count).map(name).collect::<Vec<_>>();
    let servers = names(policy.servers.len(), &|index| {
        policy.server(ServerId(offset(index))).map_or_else(String::new, |server| server.name.clone())
    });
    let policies: Vec<&str> = checked.analysis.policies().map(|policy| policy.name.as_str()).collect();
    // What there is to choose from is reported without an artefact too: another server or target
    // may have one.
    let (text, language) = match artefact {
        None => (None, "plaintext"),
        // Editors name these languages as their files end.
        Some(artefact) => (Some(artefact.text), target.extension),
    };
    Ok(json!({
        "text": text,
        "language": language,
        "target": target.name,
        "policy": policy.name,
        "server": server_name,
        "problems": problems,
        "policies": policies,
        "servers": servers,
        "targets": targets,
    }))
}
