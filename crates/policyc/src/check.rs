//! `policyc check`

use std::path::{Path, PathBuf};

use super::args::{CheckArgs, Deny, Format};
use super::dead_everywhere::{self, FileFindings};
use super::files::{self, Disk, is_stdin, read_input};
use super::parts::Parts;
use super::policy::{self, Loaded, chosen};
use super::printing::{To, print_findings};
use super::{CommandResult, Exit, Streams, keep, print, written};
use policyc_core::decider::Decider;
use policyc_core::diagnostics::{Diagnostic, codes, quote, visible};
use policyc_core::emit::Target;
use policyc_core::findings::{self, Depth, Wanted};
use policyc_core::ir::{Policy, ServerId};
use policyc_core::report;
use policyc_core::sema::{self, Loader, MAX_POLICY};
use policyc_core::source::{SourceMap, Span};

pub(super) fn run(arguments: &CheckArgs, streams: &mut Streams<'_>) -> CommandResult {
    let baseline = arguments.assertions.as_deref();
    let several = arguments.files.len() > 1 || baseline.is_some();
    let parts = Parts::of(arguments.files.iter().map(PathBuf::as_path).chain(baseline).filter(|_| several));
    let mut run = Run { arguments, parts, exit: Exit::Fine, checked: Vec::new() };
    let mut baseline = match &arguments.assertions {
        Some(file) => Some(Baseline::load(file, arguments, streams)?),
        None => None,
    };
    let usable = baseline.as_ref().is_none_or(Baseline::is_usable);
    // What is said of the baseline comes at the end, and it need not hold of itself.
    let is_baseline = |file: &Path| arguments.assertions.as_deref().is_some_and(|baseline| is_same(baseline, file));
    for file in arguments.files.iter().filter(|file| usable && !is_baseline(file)) {
        // The other files are worth checking all the same.
        if let Err(message) = run.file(file, baseline.as_mut(), streams) {
            written(writeln!(streams.error, "policyc: {message}"))?;
            run.exit = Exit::Failure;
        }
    }
    let denied = arguments.deny == Some(Deny::Warnings);
    let several = run.checked.len() > 1;
    let mut said: Vec<FileFindings<'_>> = run.checked.iter_mut().map(Checked::said).collect();
    dead_everywhere::dead_in_all(&mut said, denied);
    if let Some(Baseline { loaded, found, .. }) = baseline {
        run.settle(loaded, found, false, &[]);
        // It is resolved once for all of them.
        let own = run.checked.last_mut().filter(|_| several);
        let own = own.into_iter().flat_map(|checked| &mut checked.found);
        own.filter(|finding| finding.selects_nothing()).for_each(|finding| dead_everywhere::warn(finding, denied));
    }
    run.print(streams)
}

/// Whether two paths lead to the same file. Standard input is read once and is none.
fn is_same(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| Disk::default().identity(path);
    !is_stdin(one) && !is_stdin(other) && identity(one) == identity(other)
}

struct Run<'a> {
    arguments: &'a CheckArgs,
    parts: Parts,
    exit: Exit,
    checked: Vec<Checked>,
}

/// A file that was checked. Of several files the analysis is not kept, as they may be many.
struct Checked {
    name: String,
    is_policy: bool,
    sources: SourceMap,
    found: Vec<Diagnostic>,
}

impl Checked {
    fn said(&mut self) -> FileFindings<'_> {
        let Self { name, is_policy, sources, found } = self;
        FileFindings { name, is_policy: *is_policy, sources, found }
    }
}

impl Run<'_> {
    /// Checks one file.
    fn file(&mut self, file: &Path, baseline: Option<&mut Baseline>, streams: &mut Streams<'_>) -> Result<(), String> {
        let source = &self.arguments.source;
        let is_part = self.parts.has(file);
        let Some(baseline) = baseline else {
            let loaded = policy::load(file, source, streams)?;
            return self.policy(loaded, None, is_part);
        };
        let bytes = read_input(file, MAX_POLICY, streams)?;
        match files::content(file, &bytes)? {
            files::Content::Policy => {
                let loaded = policy::load_bytes(file, bytes, None, source)?;
                self.policy(loaded, Some(baseline), is_part)
            }
            files::Content::Document(document) => {
                baseline.artefact(document.as_ref(), &files::shown(file), self.arguments.server.as_deref())
            }
            files::Content::Refused(refused) => {
                let files::Refused { sources, found, message } = *refused;
                self.checked.push(Checked { name: files::shown(file), is_policy: false, sources, found });
                Err(message)
            }
        }
    }

    fn policy(&mut self, loaded: Loaded, baseline: Option<&mut Baseline>, is_part: bool) -> Result<(), String> {
        let targets = policy::targets(&self.arguments.target, &loaded.config)?;
        let Loaded { analysis, config, .. } = &loaded;
        let wanted = Wanted { depth: Depth::Check, targets: &targets, settings: &config.options };
        let mut found = analysis.diagnostics.clone();
        if let Some(checked) = &analysis.checked {
            match chosen(checked, self.arguments.source.policy.as_deref(), Span::new(analysis.main, 0, 0)) {
                Ok(policies) => {
                    found.extend(findings::of_policies(analysis, &policies));
                    if !is_part {
                        found.extend(findings::of_targets(&policies, wanted, &|| false));
                    }
                    if let Some(baseline) = baseline {
                        let file = analysis.sources.name(analysis.main);
                        policies.iter().for_each(|policy| baseline.policy(policy, file, checked.has_blocks()));
                    }
                }
                Err(error) => found.push(*error),
            }
        }
        self.settle(loaded, found, is_part, &targets);
        Ok(())
    }

    /// Applies suppressions and levels to the findings about a file.
    fn settle(&mut self, loaded: Loaded, found: Vec<Diagnostic>, is_part: bool, targets: &[&'static Target]) {
        let mut levels = loaded.levels(self.arguments.deny);
        levels.is_part = is_part;
        let wanted = Wanted { targets, ..Depth::Check.into() };
        let found = loaded.settle(found, &levels, &|code| wanted.has(code) && !levels.leaves(code));
        let analysis = loaded.analysis;
        let name = analysis.sources.name(analysis.main).to_owned();
        let is_policy = analysis.checked.is_some() && !is_part;
        self.checked.push(Checked { name, is_policy, sources: analysis.sources.clone(), found });
        if self.arguments.files.len() == 1 {
            keep(analysis);
        }
    }

    /// Prints all findings.
    fn print(self, streams: &mut Streams<'_>) -> CommandResult {
        let mut exit = self.exit;
        let mut documents = Vec::new();
        for Checked { name, sources, found, .. } in &self.checked {
            if found.iter().any(Diagnostic::is_error) {
                exit = exit.max(Exit::Findings);
            }
            match self.arguments.format {
                Format::Json => documents.push(report::findings::json_value(found, sources)),
                format => {
                    print_findings(found, sources, format, To::Output, streams)?;
                    if format == Format::Human {
                        let line = format!("{}: {}\n", visible(name), report::findings::of_kinds(found.iter()));
                        print(streams.output, &line)?;
                    }
                }
            }
        }
        if self.arguments.format == Format::Json {
            print(streams.output, &report::findings::join_json(documents))?;
        }
        Ok(exit)
    }
}

/// Assertions that are decided for several files.
struct Baseline {
    loaded: Loaded,
    found: Vec<Diagnostic>,
}

impl Baseline {
    fn load(file: &Path, arguments: &CheckArgs, streams: &mut Streams<'_>) -> Result<Self, String> {
        let loaded = policy::load_baseline(file, &arguments.source, streams)?;
        let mut found = loaded.analysis.diagnostics.clone();
        // It decides no call, so it needs no default.
        found.retain(|diagnostic| diagnostic.code != codes::NO_DEFAULT);
        Ok(Self { loaded, found })
    }

    fn is_usable(&self) -> bool {
        self.loaded.analysis.checked.is_some()
    }

    fn parts(&self) -> &[Policy] {
        self.loaded.analysis.checked.as_ref().map(sema::Checked::policies).unwrap_or_default()
    }

    fn policy(&mut self, policy: &Policy, file: &str, has_blocks: bool) {
        let name = if has_blocks { format!("{} of {file}", policy.name) } else { file.to_owned() };
        let decide = |baseline| policyc_core::assertions::check_policy(baseline, policy, &name);
        let more: Vec<Diagnostic> = self.parts().iter().flat_map(|baseline| decide(baseline)).collect();
        self.found.extend(more);
    }

    fn artefact(&mut self, document: &dyn Decider, name: &str, server: Option<&str>) -> Result<(), String> {
        let mut more = Vec::new();
        for baseline in self.parts() {
            let found = match server {
                None if baseline.servers.len() == 1 => Some(ServerId(0)),
                None => {
                    let names: Vec<String> = baseline.servers.iter().map(|server| quote(&server.name)).collect();
                    let names = names.join(", ");
                    return Err(format!(
                        "the assertions speak of several servers ({names}); name the one of `{name}` with `--server NAME`"
                    ));
                }
                Some(wanted) => baseline.find_server(wanted),
            };
            let Some(server) = found else {
                return Err(format!("the assertions speak of no server named `{}`", server.unwrap_or_default()));
            };
            more.extend(policyc_core::assertions::check_artefact(baseline, server, document, name));
        }
        self.found.extend(more);
        Ok(())
    }
}
