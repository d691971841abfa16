//! Diagnostics for clients that ask for them: of a document, and of the whole workspace.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types::{
    Diagnostic, DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentDiagnosticReportKind,
    DocumentDiagnosticReportResult, FullDocumentDiagnosticReport, RelatedFullDocumentDiagnosticReport,
    RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport, Uri, WorkspaceDiagnosticParams,
    WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult, WorkspaceDocumentDiagnosticReport,
    WorkspaceFullDocumentDiagnosticReport, WorkspaceUnchangedDocumentDiagnosticReport,
};

use crate::capabilities::path;
use crate::documents::{Version, is_configuration};
use crate::publish::{Report, Together, of_configuration, report};
use crate::settings::Settings;
use crate::world::World;

/// The error code of the protocol for a request for diagnostics that the server gave up.
const SERVER_CANCELLED: i64 = -32_802;

/// Reports on policies that are not open, kept until something that they rest on changes.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    kept: Mutex<(Arc<Settings>, BTreeMap<PathBuf, Kept>)>,
}

/// A report, and what it rests on: the text, and files with their stamps from before they were
/// read. With later stamps, a change that came while the report was made would never be noticed.
#[derive(Debug, Clone)]
struct Kept {
    text: Arc<String>,
    files: BTreeMap<PathBuf, u64>,
    report: Report,
}

impl Reports {
    /// What is said of the documents that a policy is made of.
    /// `None` if that was given up.
    fn of(&self, world: &World, version: &Version, open: bool, stopped: &dyn Fn() -> bool) -> Option<Report> {
        let settings = world.settings();
        let make = || Some(report(world, version, &world.parsed(version), world.linted(version, stopped)?.as_slice()));
        if open {
            return make();
        }
        let known = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if *kept.0 != *settings {
                *kept = (settings, BTreeMap::new());
            }
            kept.1.get(&version.path).cloned()
        };
        let fresh = |kept: &Kept| {
            kept.text == version.text && kept.files.iter().all(|(path, stamp)| world.file_stamp(path) == *stamp)
        };
        if let Some(kept) = known.filter(fresh) {
            return Some(kept.report);
        }
        let report = make()?;
        let files = world.parsed(version).files.clone();
        let text = Arc::clone(&version.text);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.1.insert(version.path.clone(), Kept { text, files, report: report.clone() });
        Some(report)
    }
}

/// What is said of a document.
///
/// # Errors
/// The request was given up. A document that is neither a policy nor a configuration has no diagnostics.
pub(crate) fn document(
    world: &World,
    reports: &Reports,
    parameters: &DocumentDiagnosticParams,
) -> Result<DocumentDiagnosticReportResult> {
    let uri = &parameters.text_document.uri;
    let open = world.version(uri);
    let is_open = open.is_some();
    let configuration = match &open {
        Some(version) => Some(Arc::clone(version)).filter(|_| world.is_configuration(uri)),
        None => path(uri).filter(|path| is_configuration(path)).and_then(|path| world.closed(&path)),
    };
    let version = match open {
        Some(version) => Some(version).filter(|_| world.is_policy(uri)),
        None => path(uri)
            .filter(|path| path.extension().is_some_and(|kind| kind == "pol"))
            .and_then(|path| world.closed(&path)),
    };
    let stopped = || world.turn().stopped();
    let mut report = match version {
        _ if configuration.is_some() => configuration.map(|text| of_configuration(world, &text)).unwrap_or_default(),
        Some(version) => reports.of(world, &version, is_open, &stopped).ok_or_else(|| again(world))?,
        None => Report::new(),
    };
    let items = report.remove(uri).unwrap_or_default();
    let related = report.into_iter().map(|(uri, items)| {
        let full = FullDocumentDiagnosticReport { result_id: Some(id(&items)), items };
        (uri, DocumentDiagnosticReportKind::Full(full))
    });
    let related = Some(related.collect::<std::collections::HashMap<_, _>>()).filter(|all| !all.is_empty());
    let result_id = id(&items);
    let report = if parameters.previous_result_id.as_ref() == Some(&result_id) {
        DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
            related_documents: related,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
        })
    } else {
        DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
            related_documents: related,
            full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(result_id), items },
        })
    };
    Ok(DocumentDiagnosticReportResult::Report(report))
}

/// What is said of all policies of the workspace, and of the files they use. What the client knows
/// already is not said again.
///
/// # Errors
/// The request was given up because something else has come. What was found until then is kept, so each try gets further.
pub(crate) fn workspace(
    world: &World,
    reports: &Reports,
    parameters: &WorkspaceDiagnosticParams,
) -> Result<WorkspaceDiagnosticReportResult> {
    let mut together: BTreeMap<Uri, Together<Diagnostic>> = BTreeMap::new();
    let mut numbers: BTreeMap<Uri, i64> = BTreeMap::new();
    for version in world.all_policies() {
        let is_open = world.version(&version.uri).is_some();
        if is_open {
            numbers.insert(version.uri.clone(), i64::from(version.number));
        }
        let found = reports.of(world, &version, is_open, &|| world.turn().is_cancelled());
        let found = found.ok_or_else(|| again(world))?;
        if world.turn().stopped() {
            return Err(again(world));
        }
        for (uri, items) in found {
            let known = together.entry(uri).or_default();
            items.into_iter().for_each(|item| known.add(item));
        }
    }
    let mut all: Report = together.into_iter().map(|(uri, found)| (uri, found.into_all())).collect();
    let previous: BTreeMap<&Uri, &str> =
        parameters.previous_result_ids.iter().map(|previous| (&previous.uri, previous.value.as_str())).collect();
    // Of documents that nothing is said of any more, that is said once.
    for uri in previous.keys() {
        all.entry((*uri).clone()).or_default();
    }
    let item = |(uri, items): (Uri, Vec<Diagnostic>)| {
        let result_id = id(&items);
        let version = numbers.get(&uri).copied();
        match previous.get(&uri) == Some(&result_id.as_str()) {
            true => WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
                uri,
                version,
                unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
            }),
            false => WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
                uri,
                version,
                full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(result_id), items },
            }),
        }
    };
    let items = all.into_iter().map(item).collect();
    Ok(WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items }))
}

/// The answer to a request that was given up: unless the client has cancelled it, it should ask
/// again.
fn again(world: &World) -> Error {
    match world.turn().is_cancelled() {
        true => world.turn().given_up(),
        false => Error {
            code: ErrorCode::from(SERVER_CANCELLED),
            message: "abandoned: something newer has arrived".into(),
            data: Some(json!({"retriggerRequest": true})),
        },
    }
}

/// A name for what is said, the same whenever the same is said.
fn id(items: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(items).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
