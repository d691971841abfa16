//! The capabilities that client and server announce when a session starts.

use std::path::PathBuf;

use policyc_core::ide::tokens::{Modifiers, TokenType};
use tower_lsp_server::ls_types::*;

use crate::handlers::actions::FIX_ALL;
use crate::position::Encoding;
use crate::world::Client;

/// The commands that the server executes.
pub(crate) const COMMANDS: [&str; 3] = ["policyc.runTests", "policyc.evalCall", "policyc.showArtefact"];

/// What the client can do, as far as it matters.
#[must_use]
pub(crate) fn of_client(parameters: &InitializeParams) -> Client {
    let capabilities = &parameters.capabilities;
    let document = capabilities.text_document.as_ref();
    let workspace = capabilities.workspace.as_ref();
    let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
    let item = document.and_then(|document| document.completion.as_ref()?.completion_item.as_ref());
    Client {
        encoding: Encoding::negotiate(offered),
        pulls: document.is_some_and(|document| document.diagnostic.is_some()),
        refreshes_diagnostics: workspace.and_then(|all| all.diagnostics.as_ref()?.refresh_support).unwrap_or_default(),
        refreshes_lenses: workspace.and_then(|all| all.code_lens.as_ref()?.refresh_support).unwrap_or_default(),
        configuration: workspace.and_then(|all| all.configuration).unwrap_or_default(),
        watches: workspace
            .and_then(|all| all.did_change_watched_files.as_ref()?.dynamic_registration)
            .unwrap_or_default(),
        snippets: item.and_then(|item| item.snippet_support).unwrap_or_default(),
        documents_in_markdown: item
            .and_then(|item| item.documentation_format.as_ref())
            .is_some_and(|formats| formats.contains(&MarkupKind::Markdown)),
        links: document.and_then(|document| document.definition.as_ref()?.link_support).unwrap_or_default(),
        creates_files: workspace
            .and_then(|all| all.workspace_edit.as_ref()?.resource_operations.as_ref())
            .is_some_and(|operations| operations.contains(&ResourceOperationKind::Create)),
        shows_places: capabilities.experimental.as_ref().is_some_and(|experimental| {
            let commands = experimental.pointer("/commands/commands").and_then(serde_json::Value::as_array);
            commands.is_some_and(|commands| commands.iter().any(|command| command == "policyc.showPlaces"))
        }),
        nested_symbols: document
            .and_then(|document| document.document_symbol.as_ref()?.hierarchical_document_symbol_support)
            .unwrap_or_default(),
        document_changes: workspace.and_then(|all| all.workspace_edit.as_ref()?.document_changes).unwrap_or_default(),
    }
}

/// The workspace folders that the client names.
#[must_use]
pub(crate) fn folders(parameters: &InitializeParams) -> Vec<PathBuf> {
    let folders = parameters.workspace_folders.iter().flatten();
    let mut paths: Vec<PathBuf> = folders.filter_map(|folder| path(&folder.uri)).collect();
    if paths.is_empty() {
        #[expect(deprecated, reason = "older clients have nothing else")]
        paths.extend(parameters.root_uri.as_ref().and_then(path));
    }
    paths
}

/// The path of a document that is a file.
#[must_use]
pub(crate) fn path(uri: &Uri) -> Option<PathBuf> {
    if uri.scheme().as_str() != "file" {
        return None;
    }
    uri.to_file_path().map(std::borrow::Cow::into_owned)
}

/// What the server can do.
#[must_use]
pub(crate) fn of_server(client: &Client) -> ServerCapabilities {
    let work_done_progress_options = WorkDoneProgressOptions::default();
    ServerCapabilities {
        position_encoding: Some(client.encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        diagnostic_provider: client.pulls.then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some("policyc".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: true,
                work_done_progress_options,
            })
        }),
        completion_provider: Some(CompletionOptions {
            resolve_provider: Some(true),
            trigger_characters: Some([".", "@", ":", "\"", "/", "(", ">", " "].map(str::to_owned).to_vec()),
            completion_item: Some(CompletionOptionsCompletionItem { label_details_support: Some(true) }),
            ..CompletionOptions::default()
        }),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: Some([" ", "/", "{", ","].map(str::to_owned).to_vec()),
            ..SignatureHelpOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::REFACTOR,
                CodeActionKind::REFACTOR_EXTRACT,
                CodeActionKind::REFACTOR_INLINE,
                CodeActionKind::REFACTOR_REWRITE,
                CodeActionKind::new(FIX_ALL),
            ]),
            ..CodeActionOptions::default()
        })),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        inlay_hint_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_range_formatting_provider: Some(OneOf::Left(true)),
        document_on_type_formatting_provider: Some(DocumentOnTypeFormattingOptions {
            first_trigger_character: ";".to_owned(),
            more_trigger_character: Some(vec!["}".to_owned(), "\n".to_owned()]),
        }),
        definition_provider: Some(OneOf::Left(true)),
        declaration_provider: Some(DeclarationCapability::Simple(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions { prepare_provider: Some(true), work_done_progress_options })),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        document_link_provider: Some(DocumentLinkOptions { resolve_provider: Some(false), work_done_progress_options }),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: SemanticTokensLegend {
                    token_types: TokenType::ALL.map(|kind| SemanticTokenType::new(kind.name())).to_vec(),
                    token_modifiers: Modifiers::NAMES.map(SemanticTokenModifier::new).to_vec(),
                },
                range: Some(true),
                full: Some(SemanticTokensFullOptions::Delta { delta: Some(true) }),
                work_done_progress_options,
            },
        )),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            ..WorkspaceServerCapabilities::default()
        }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: COMMANDS.map(str::to_owned).to_vec(),
            work_done_progress_options,
        }),
        ..ServerCapabilities::default()
    }
}

/// The files whose changes on the disk matter.
#[must_use]
pub(crate) fn watchers() -> Vec<FileSystemWatcher> {
    let globs = ["**/*.pol", "**/policyc.toml", "**/policyc.lock", "**/*.json"];
    let watcher = |glob: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.to_owned()), kind: None };
    globs.map(watcher).to_vec()
}
