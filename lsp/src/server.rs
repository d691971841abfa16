//! The methods of the protocol: each takes its parameters apart and hands them on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use policyc_core::diagnostics::visible_lines;
use policyc_core::ide::View;
use policyc_core::source::SourceMap;
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types::request::{GotoDeclarationParams, GotoDeclarationResponse};
use tower_lsp_server::ls_types::*;
use tower_lsp_server::{Client, LanguageServer};

use crate::capabilities::{self, path};
use crate::convert::Places;
use crate::documents::Version;
use crate::guard;
use crate::handlers::{actions, colours, commands, diagnostics, navigation, outline, reading, typing};
use crate::position::Encoding;
use crate::publish::tokio_spawn;
use crate::settings::Settings;
use crate::world::World;

/// The parameters of `policyc/text`.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TextParams {
    text_document: TextDocumentIdentifier,
}

/// The server, as the protocol sees it.
#[derive(Debug)]
pub(crate) struct Server {
    client: Client,
    world: Arc<World>,
    /// Whether `shutdown` came.
    ended: Arc<AtomicBool>,
    colours: colours::Sent,
    reports: Arc<diagnostics::Reports>,
}

impl Server {
    /// A server for a client.
    #[must_use]
    pub(crate) fn new(client: Client, world: Arc<World>, ended: Arc<AtomicBool>) -> Self {
        Self { client, world, ended, colours: colours::Sent::default(), reports: Arc::default() }
    }

    /// Answers a question about an open text; `None` for one that is not open, or no policy.
    fn about<T>(&self, uri: &Uri, answer: impl FnOnce(&Places<'_>, &View<'_>) -> T) -> Result<Option<T>> {
        self.asked(uri, |version, encoding| {
            self.world.view(version, |view| answer(&self.places(version, &view.analysis().sources, encoding), view))
        })
    }

    /// As [`Server::about`], for questions that have nothing to do with what the rules mean.
    fn glance<T>(&self, uri: &Uri, answer: impl FnOnce(&Places<'_>, &View<'_>) -> T) -> Result<Option<T>> {
        self.asked(uri, |version, encoding| {
            self.world.glance(version, |view| answer(&self.places(version, &view.analysis().sources, encoding), view))
        })
    }

    fn asked<T>(&self, uri: &Uri, answer: impl FnOnce(&Version, Encoding) -> T) -> Result<Option<T>> {
        guard::answer(|| {
            let version = self.world.version(uri).filter(|_| self.world.is_policy(uri));
            Ok(version.map(|version| answer(&version, self.world.client().encoding)))
        })
    }

    fn places<'a>(&'a self, version: &'a Version, sources: &'a SourceMap, encoding: Encoding) -> Places<'a> {
        Places { version, sources, encoding, world: &self.world }
    }

    /// What is known to be said of a text. While the linter is at it that is what the checker says:
    /// nobody waits for the linter to see what can be done.
    fn known(&self, version: &Version) -> Arc<Vec<policyc_core::diagnostics::Diagnostic>> {
        match version.linted.get() {
            Some(found) => Arc::clone(found),
            None => self.world.told(version).found,
        }
    }

    /// As [`Server::about`], for questions that may have no answer.
    fn about_some<T>(&self, uri: &Uri, answer: impl FnOnce(&Places<'_>, &View<'_>) -> Option<T>) -> Result<Option<T>> {
        Ok(self.about(uri, answer)?.flatten())
    }

    /// `policyc/status`: how often each open text was checked and linted.
    ///
    /// # Errors
    /// None.
    pub(crate) async fn status(&self) -> Result<Value> {
        let counts = self.world.counts();
        let texts: Vec<Value> = counts
            .iter()
            .map(|(uri, (checked, linted))| json!({"uri": uri, "checked": checked, "linted": linted}))
            .collect();
        Ok(json!({"version": env!("CARGO_PKG_VERSION"), "documents": texts}))
    }

    /// `policyc/text`: the text of an open document as the server has it, with its version.
    ///
    /// # Errors
    /// The document is not open.
    pub(crate) async fn text(&self, parameters: TextParams) -> Result<Value> {
        let version = self.world.version(&parameters.text_document.uri);
        let version = version.ok_or_else(|| Error::invalid_params("the document is not open"))?;
        Ok(json!({"text": version.text.as_str(), "version": version.number}))
    }

    /// Takes up the section `policyc` of the settings.
    fn configure(world: &World, section: &Value) -> Vec<String> {
        let (settings, wrong) = Settings::read(section);
        world.configure(settings);
        wrong
    }

    /// Asks the client for its settings, without waiting.
    fn ask_for_settings(&self) {
        let (client, world) = (self.client.clone(), Arc::clone(&self.world));
        tokio_spawn(async move {
            let item = ConfigurationItem { scope_uri: None, section: Some("policyc".to_owned()) };
            if let Ok(sections) = client.configuration(vec![item]).await {
                for wrong in Self::configure(&world, sections.first().unwrap_or(&Value::Null)) {
                    client.show_message(MessageType::WARNING, visible_lines(&wrong)).await;
                }
            }
        });
    }

    /// Shows messages, without waiting.
    fn show(&self, messages: Vec<String>) {
        let client = self.client.clone();
        tokio_spawn(async move {
            for message in messages {
                client.show_message(MessageType::WARNING, visible_lines(&message)).await;
            }
        });
    }

    /// Tells a client that asks for diagnostics itself to ask again: something beside the texts has
    /// changed.
    fn refresh_diagnostics(&self) {
        if self.world.client().refreshes_diagnostics {
            let client = self.client.clone();
            tokio_spawn(async move { drop(client.workspace_diagnostic_refresh().await) });
        }
    }
}

impl LanguageServer for Server {
    async fn initialize(&self, parameters: InitializeParams) -> Result<InitializeResult> {
        guard::answer(|| {
            let client = capabilities::of_client(&parameters);
            let server = capabilities::of_server(&client);
            self.world.start(client, capabilities::folders(&parameters));
            if let Some(options) = &parameters.initialization_options {
                Self::configure(&self.world, options.get("policyc").unwrap_or(options));
            }
            let server_info =
                ServerInfo { name: "policyc".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
            Ok(InitializeResult { capabilities: server, server_info: Some(server_info), offset_encoding: None })
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        let _ = guard::caught(|| {
            let client = self.world.client();
            if client.watches {
                let options = DidChangeWatchedFilesRegistrationOptions { watchers: capabilities::watchers() };
                let registration = Registration {
                    id: "policyc-files".to_owned(),
                    method: "workspace/didChangeWatchedFiles".to_owned(),
                    register_options: serde_json::to_value(options).ok(),
                };
                let client = self.client.clone();
                tokio_spawn(async move { drop(client.register_capability(vec![registration]).await) });
            }
            if client.configuration {
                self.ask_for_settings();
            }
        });
    }

    async fn shutdown(&self) -> Result<()> {
        self.ended.store(true, Ordering::SeqCst);
        self.world.stop();
        Ok(())
    }

    async fn did_open(&self, parameters: DidOpenTextDocumentParams) {
        let document = parameters.text_document;
        let _ = guard::caught(|| self.world.open(document.uri, document.language_id, document.version, document.text));
    }

    async fn did_change(&self, parameters: DidChangeTextDocumentParams) {
        let document = parameters.text_document;
        let _ = guard::caught(|| self.world.edit(&document.uri, document.version, parameters.content_changes));
    }

    async fn did_save(&self, parameters: DidSaveTextDocumentParams) {
        let _ = guard::caught(|| {
            // Clients that do not watch files tell at least of those they save.
            if let Some(path) = path(&parameters.text_document.uri).filter(|_| !self.world.client().watches) {
                self.world.files_changed(&BTreeSet::from([path]));
            }
        });
    }

    async fn did_close(&self, parameters: DidCloseTextDocumentParams) {
        let uri = parameters.text_document.uri;
        let _ = guard::caught(|| {
            self.world.close(&uri);
            self.colours.forget(&uri);
        });
    }

    async fn did_change_watched_files(&self, parameters: DidChangeWatchedFilesParams) {
        let _ = guard::caught(|| {
            self.world.files_changed(&parameters.changes.iter().filter_map(|change| path(&change.uri)).collect());
            self.refresh_diagnostics();
        });
    }

    async fn did_change_configuration(&self, parameters: DidChangeConfigurationParams) {
        let _ = guard::caught(|| {
            if self.world.client().configuration {
                self.ask_for_settings();
            } else {
                let section = parameters.settings.get("policyc").unwrap_or(&parameters.settings);
                let wrong = Self::configure(&self.world, section);
                self.show(wrong);
            }
            self.refresh_diagnostics();
        });
    }

    async fn did_change_workspace_folders(&self, parameters: DidChangeWorkspaceFoldersParams) {
        let _ = guard::caught(|| {
            let paths =
                |folders: &[WorkspaceFolder]| folders.iter().filter_map(|folder| path(&folder.uri)).collect::<Vec<_>>();
            self.world.change_folders(paths(&parameters.event.added), &paths(&parameters.event.removed));
            self.refresh_diagnostics();
        });
    }

    async fn diagnostic(&self, parameters: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        guard::answer(|| diagnostics::document(&self.world, &self.reports, &parameters))
    }

    async fn workspace_diagnostic(
        &self,
        parameters: WorkspaceDiagnosticParams,
    ) -> Result<WorkspaceDiagnosticReportResult> {
        let (world, reports) = (Arc::clone(&self.world), Arc::clone(&self.reports));
        guard::answer(|| diagnostics::workspace(&world, &reports, &parameters))
    }

    async fn goto_definition(&self, parameters: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let at = parameters.text_document_position_params;
        let uri = at.text_document.uri;
        match self.about_some(&uri, |places, view| navigation::definition(places, view, at.position))? {
            Some(found) => Ok(Some(found)),
            None => guard::answer(|| navigation::from_catalogue(&self.world, &uri, at.position)),
        }
    }

    async fn goto_declaration(&self, parameters: GotoDeclarationParams) -> Result<Option<GotoDeclarationResponse>> {
        self.goto_definition(parameters).await
    }

    async fn references(&self, parameters: ReferenceParams) -> Result<Option<Vec<Location>>> {
        guard::answer(|| navigation::references(&self.world, &parameters))
    }

    async fn document_highlight(&self, parameters: DocumentHighlightParams) -> Result<Option<Vec<DocumentHighlight>>> {
        let at = parameters.text_document_position_params;
        self.glance(&at.text_document.uri, |places, view| navigation::highlights(places, view, at.position))
    }

    async fn prepare_rename(&self, at: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>> {
        let answer =
            self.about(&at.text_document.uri, |places, view| navigation::prepare_rename(places, view, at.position))?;
        answer.transpose().map_err(Error::invalid_params)
    }

    async fn rename(&self, parameters: RenameParams) -> Result<Option<WorkspaceEdit>> {
        guard::answer(|| navigation::rename(&self.world, &parameters))
    }

    async fn document_symbol(&self, parameters: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        self.glance(&parameters.text_document.uri, outline::symbols)
    }

    async fn symbol(&self, parameters: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        guard::answer(|| outline::workspace(&self.world, &parameters.query).map(Some))
    }

    async fn folding_range(&self, parameters: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.glance(&parameters.text_document.uri, outline::folds)
    }

    async fn selection_range(&self, parameters: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        let positions = parameters.positions;
        self.glance(&parameters.text_document.uri, |places, view| outline::selections(places, view, &positions))
    }

    async fn document_link(&self, parameters: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.glance(&parameters.text_document.uri, navigation::links)
    }

    async fn semantic_tokens_full(&self, parameters: SemanticTokensParams) -> Result<Option<SemanticTokensResult>> {
        self.glance(&parameters.text_document.uri, |places, view| self.colours.full(places, view))
    }

    async fn semantic_tokens_full_delta(
        &self,
        parameters: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        let since = parameters.previous_result_id;
        self.glance(&parameters.text_document.uri, |places, view| self.colours.delta(places, view, &since))
    }

    async fn semantic_tokens_range(
        &self,
        parameters: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        self.glance(&parameters.text_document.uri, |places, view| colours::range(places, view, parameters.range))
    }

    async fn hover(&self, parameters: HoverParams) -> Result<Option<Hover>> {
        let at = parameters.text_document_position_params;
        self.about_some(&at.text_document.uri, |places, view| reading::hover(places, view, at.position))
    }

    async fn completion(&self, parameters: CompletionParams) -> Result<Option<CompletionResponse>> {
        let at = parameters.text_document_position;
        let uri = at.text_document.uri;
        let found = self.glance(&uri, |places, view| typing::completion(places, view, at.position))?;
        match found {
            Some(Some(found)) => Ok(Some(found)),
            // Comments speak of findings.
            Some(None) => self.about(&uri, |places, view| typing::in_comment(places, view, at.position)),
            None => Ok(None),
        }
    }

    async fn completion_resolve(&self, mut item: CompletionItem) -> Result<CompletionItem> {
        if let Some((uri, key)) = typing::key(&item) {
            item.documentation = self.about_some(&uri, |places, view| typing::documentation(places, view, &key))?;
        }
        Ok(item)
    }

    async fn signature_help(&self, parameters: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        let at = parameters.text_document_position_params;
        Ok(self.glance(&at.text_document.uri, |places, view| typing::signature(places, view, at.position))?.flatten())
    }

    async fn code_action(&self, parameters: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let only = parameters.context.only;
        let found = self.about(&parameters.text_document.uri, |places, view| {
            // On saving, this is asked right after the last edit, before the linter has ended. What
            // it finds is all that is wanted.
            let offers = match actions::only_fix_all(only.as_deref()) && places.version.linted.get().is_none() {
                true => self.world.checked(places.version).offers(&|| self.world.turn().stopped()).map(Arc::new),
                false => None,
            };
            let found = offers.unwrap_or_else(|| self.known(places.version));
            actions::actions(places, view, &found, parameters.range, only.as_deref())
        })?;
        // What is offered may be incomplete then.
        if self.world.turn().stopped() { Err(self.world.turn().given_up()) } else { Ok(found) }
    }

    async fn code_lens(&self, parameters: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.about(&parameters.text_document.uri, |places, view| {
            reading::lenses(places, view, &self.known(places.version))
        })
    }

    async fn inlay_hint(&self, parameters: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.about(&parameters.text_document.uri, |places, view| reading::hints(places, view, parameters.range))
    }

    async fn formatting(&self, parameters: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        Ok(self.glance(&parameters.text_document.uri, typing::format)?.flatten())
    }

    async fn range_formatting(&self, parameters: DocumentRangeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.glance(&parameters.text_document.uri, |places, view| typing::format_range(places, view, parameters.range))
    }

    async fn on_type_formatting(&self, parameters: DocumentOnTypeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let at = parameters.text_document_position;
        self.glance(&at.text_document.uri, |places, view| {
            typing::format_typed(places, view, at.position, &parameters.ch)
        })
    }

    async fn execute_command(&self, parameters: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        let answer = guard::answer(|| commands::execute(&self.world, &parameters).map(Some))?;
        if parameters.command == "policyc.runTests" && self.world.client().refreshes_lenses {
            let client = self.client.clone();
            tokio_spawn(async move { drop(client.code_lens_refresh().await) });
        }
        Ok(answer)
    }
}
