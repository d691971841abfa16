//! `policyc diff`

use std::path::Path;
use std::sync::Arc;

use super::args::{DiffArgs, DiffFormat, PolicyArgs};
use super::input::{Deciding, Input};
use super::policy::{self, Loaded};
use super::{CommandResult, Exit, Streams, files, print};
use policyc_core::analysis::ask::Domain;
use policyc_core::analysis::condition::NumberDomain;
use policyc_core::catalogue::Catalogue;
use policyc_core::decider::{Decider, PolicyDecider};
use policyc_core::diagnostics::Diagnostic;
use policyc_core::diff::catalogue::{CatalogueChange, changes};
use policyc_core::diff::{Finding, PolicyDiff, Report, compare, impact};
use policyc_core::findings::Depth;
use policyc_core::ir::{Policy, Server, ServerId};
use policyc_core::report;
use policyc_core::sema::MAX_CATALOGUE;
use policyc_core::source::SourceMap;

pub(super) fn run(arguments: &DiffArgs, streams: &mut Streams<'_>) -> CommandResult {
    let report = match &arguments.new {
        Some(new) => of_files(arguments, new, streams)?,
        None => of_catalogues(arguments, streams)?,
    };
    let Some(report) = report else { return Ok(Exit::Findings) };
    let format = if arguments.json { DiffFormat::Json } else { arguments.format };
    let text = match format {
        DiffFormat::Json => report::document(&report::diff::json(&report)),
        DiffFormat::Human => report::diff::text(&report),
        DiffFormat::Markdown => report::diff::markdown(&report),
    };
    print(streams.output, &text)?;
    let verdict = report.verdict();
    Ok(if arguments.fail_on.fails(verdict) { Exit::Findings } else { Exit::Fine })
}

fn domain(arguments: &DiffArgs) -> Domain {
    if arguments.valid { Domain::Valid } else { Domain::Any }
}

fn shown(path: &Path) -> String {
    files::shown(path)
}

/// The policies of a file that take part: those that `--policy` names, and the one of a file that has just one.
fn policies<'a>(
    loaded: &'a Loaded,
    arguments: &DiffArgs,
    streams: &mut Streams<'_>,
) -> Result<Option<Vec<&'a Policy>>, String> {
    let single = loaded.analysis.checked.as_ref().is_some_and(|checked| !checked.has_blocks());
    let wanted = arguments.source.policy.as_deref().filter(|_| !single);
    policy::usable(loaded, wanted, streams)
}

fn of_files(arguments: &DiffArgs, new: &Path, streams: &mut Streams<'_>) -> Result<Option<Report>, String> {
    if files::is_stdin(&arguments.old) && files::is_stdin(new) {
        return Err("only one side can come from standard input".to_owned());
    }
    let mut report = empty(shown(&arguments.old), shown(new), arguments);
    let read = |path: &Path, streams: &mut Streams<'_>| Input::read(path, &arguments.source, streams);
    let sides = [read(&arguments.old, streams)?, read(new, streams)?];
    let compared = |old: String, new: String, before: &dyn Decider, after: &dyn Decider| PolicyDiff {
        old,
        new,
        diff: compare(before, after, domain(arguments), false),
        selections: Vec::new(),
        conditions: Vec::new(),
    };
    let [before, after] = match sides {
        [Input::Policy(before), Input::Policy(after)] => [before, after],
        sides => {
            let numbers = numbers(&sides);
            let [before, after] = &sides;
            let before = beside_document(before, numbers, &arguments.old, arguments, streams)?;
            let Some(before) = before else { return Ok(None) };
            let Some(after) = beside_document(after, numbers, new, arguments, streams)? else { return Ok(None) };
            report.policies.push(compared(before.name, after.name, before.decider.get(), after.decider.get()));
            return Ok(Some(report));
        }
    };
    let left = policies(&before, arguments, streams)?;
    let right = policies(&after, arguments, streams)?;
    let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
    let of_policies = |old: &Policy, new: &Policy| {
        let [before, after] = [old, new].map(PolicyDecider::new);
        compared(old.name.clone(), new.name.clone(), &before, &after)
    };
    // A file without blocks is one policy, whatever the file is called.
    let blocks = [&before, &after]
        .iter()
        .all(|loaded| loaded.analysis.checked.as_ref().is_some_and(policyc_core::sema::Checked::has_blocks));
    if let ([old], [new], false) = (left.as_slice(), right.as_slice(), blocks) {
        report.policies.push(of_policies(old, new));
        return Ok(Some(report));
    }
    for old in &left {
        match right.iter().find(|new| new.name == old.name) {
            Some(new) => report.policies.push(of_policies(old, new)),
            None => report.removed.push(old.name.clone()),
        }
    }
    let added = right.iter().filter(|new| left.iter().all(|old| old.name != new.name));
    report.added = added.map(|new| new.name.clone()).collect();
    Ok(Some(report))
}

/// A side of which the other is a document, or which is one: one server, with numbers as gateways read them.
struct Beside<'a> {
    name: String,
    decider: Deciding<'a>,
}

/// How a policy beside a document reads numbers: as the gateway of the document does.
fn numbers(sides: &[Input; 2]) -> NumberDomain {
    let documents = sides.iter().filter_map(|side| match side {
        Input::Document(document, _) => Some(document.numbers()),
        Input::Policy(_) => None,
    });
    let are_exact = documents.into_iter().all(|numbers| numbers == NumberDomain::Exact);
    if are_exact { NumberDomain::Exact } else { NumberDomain::Double }
}

/// A side of which the other is a document, or which is one.
fn beside_document<'a>(
    file: &'a Input,
    numbers: NumberDomain,
    path: &Path,
    arguments: &DiffArgs,
    streams: &mut Streams<'_>,
) -> Result<Option<Beside<'a>>, String> {
    let loaded = match file {
        Input::Document(document, name) => {
            return Ok(Some(Beside { name: name.clone(), decider: Deciding::Document(document.as_ref()) }));
        }
        Input::Policy(loaded) => loaded,
    };
    let Some(policies) = policies(loaded, arguments, streams)? else { return Ok(None) };
    let [policy] = policies.as_slice() else {
        let names: Vec<String> = policies.iter().map(|policy| format!("`{}`", policy.name)).collect();
        return Err(format!(
            "a document of a gateway is compared with one policy, and `{}` has several ({}); name one with `--policy NAME`",
            files::shown(path),
            names.join(", ")
        ));
    };
    let server = match (&arguments.server, policy.servers.len()) {
        (Some(name), _) => {
            policy.find_server(name).ok_or_else(|| format!("the policy has no server named `{name}`"))?
        }
        (None, 1) => ServerId(0),
        (None, _) => {
            let names: Vec<String> = policy.servers.iter().map(|server| format!("`{}`", server.name)).collect();
            return Err(format!(
                "a document of a gateway is for one server, and the policy has several ({}); name one with `--server NAME`",
                names.join(", ")
            ));
        }
    };
    let decider = Box::new(PolicyDecider::new(policy).of_server(server, numbers));
    Ok(Some(Beside { name: policy.name.clone(), decider: Deciding::Policy(decider) }))
}

fn empty(old: String, new: String, arguments: &DiffArgs) -> Report {
    Report {
        old,
        new,
        valid_only: arguments.valid,
        policies: Vec::new(),
        added: Vec::new(),
        removed: Vec::new(),
        catalogues: Vec::new(),
        findings: Vec::new(),
    }
}

fn of_catalogues(arguments: &DiffArgs, streams: &mut Streams<'_>) -> Result<Option<Report>, String> {
    if files::is_stdin(&arguments.old) {
        return Err("the policy is read once for each catalogue, so it cannot come from standard input".to_owned());
    }
    let with = |catalogues: &[String]| PolicyArgs {
        catalogue: arguments.source.catalogue.iter().chain(catalogues).cloned().collect(),
        policy: arguments.source.policy.clone(),
        locked: arguments.source.locked,
        reads: arguments.source.reads.clone(),
    };
    let before = policy::load(&arguments.old, &with(&arguments.catalogue_old), streams)?;
    let after = policy::load(&arguments.old, &with(&arguments.catalogue_new), streams)?;
    let Some(left) = policies(&before, arguments, streams)? else { return Ok(None) };
    let names = |catalogues: &[String]| match catalogues {
        [] => "the catalogues that the policy names".to_owned(),
        catalogues => catalogues.join(", "),
    };
    let mut report = empty(names(&arguments.catalogue_old), names(&arguments.catalogue_new), arguments);
    report.findings = appeared(&before, &after);
    let right = after.analysis.checked.as_ref().map(|checked| checked.policies());
    for old in &left {
        let Some(new) = right.iter().copied().flatten().find(|new| new.name == old.name) else { continue };
        let sides = [*old, new].map(|policy| PolicyDecider::new(policy).closed());
        let [was, is] = &sides;
        let mut diff = compare(was, is, domain(arguments), true);
        impact::schemas(&mut diff, [was, is]);
        report.policies.push(PolicyDiff {
            old: old.name.clone(),
            new: new.name.clone(),
            diff,
            selections: impact::selections(old, new, &after.analysis.sources),
            conditions: impact::conditions(old, new),
        });
    }
    if let Some(old) = left.first() {
        report.catalogues = match right.and_then(<[Policy]>::first) {
            Some(new) => catalogues(old, new),
            None => unchecked(old, &arguments.catalogue_new, streams)?,
        };
    }
    Ok(Some(report))
}

/// Findings of the new side that the old one does not have.
fn appeared(before: &Loaded, after: &Loaded) -> Vec<Finding> {
    let all = |loaded: &Loaded| -> Vec<Finding> {
        let found =
            loaded.settle(loaded.analysis.diagnostics.clone(), &loaded.levels(None), &|code| Depth::Check.has(code));
        found.iter().map(|diagnostic| finding(diagnostic, &loaded.analysis.sources)).collect()
    };
    let known = all(before);
    all(after).into_iter().filter(|finding| !known.contains(finding)).collect()
}

fn finding(diagnostic: &Diagnostic, sources: &SourceMap) -> Finding {
    let span = diagnostic.primary.span;
    Finding {
        severity: diagnostic.severity.name(),
        code: format!("{} {}", diagnostic.code.id, diagnostic.code.name),
        place: format!("{}:{}", sources.name(span.file), sources.line(span)),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
    }
}

/// How the catalogues of the servers differ.
fn catalogues(old: &Policy, new: &Policy) -> Vec<CatalogueChange> {
    let alone = old.servers.len() == 1 && new.servers.len() == 1;
    let mut all = Vec::new();
    for server in new.servers.iter() {
        let before = old.servers.iter().find(|other| alone || other.name == server.name);
        let name = if alone { "" } else { server.name.as_str() };
        all.push(changes(name, before, Some(server)));
    }
    for server in old.servers.iter().filter(|_| !alone) {
        if new.find_server(&server.name).is_none() {
            all.push(changes(&server.name, Some(server), None));
        }
    }
    all.retain(|change| !change.is_empty());
    all
}

/// How the catalogues differ where the policy has errors with the new ones, so that they have to be read on their own.
fn unchecked(old: &Policy, written: &[String], streams: &mut Streams<'_>) -> Result<Vec<CatalogueChange>, String> {
    let mut all = Vec::new();
    for option in policy::catalogue_options(written)? {
        let bytes = files::read_input(&option.path, MAX_CATALOGUE, streams)?;
        let text = String::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8", files::shown(&option.path)))?;
        let mut sources = SourceMap::default();
        let file = sources.add(option.path.display().to_string(), "");
        let (catalogue, _) = Catalogue::load_shared(Arc::new(text), file);
        let alone = old.servers.len() == 1;
        let before = old.servers.iter().find(|server| alone || Some(&server.name) == option.server.as_ref());
        let name = option.server.filter(|_| !alone).unwrap_or_default();
        // A catalogue that cannot be read is among the findings.
        let Some(catalogue) = catalogue else { continue };
        let settings = before.map(|server| server.settings.clone()).unwrap_or_default();
        let locked = before.map(|server| server.locked.clone()).unwrap_or_default();
        let after = Server { name: name.clone(), catalogue: Some(Arc::new(catalogue)), settings, locked };
        all.push(changes(&name, before, Some(&after)));
    }
    all.retain(|change| !change.is_empty());
    Ok(all)
}
