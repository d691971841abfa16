// The compiled artefact beside its source, as a document that nobody can edit.

import {
  EventEmitter,
  Uri,
  ViewColumn,
  languages,
  window,
  workspace,
  type CancellationToken,
  type Disposable,
  type TextDocument,
  type TextDocumentContentProvider,
} from "vscode";
import type { Server } from "./server";
import { readArtefact } from "./text/answers";
import { shown } from "./text/report";

export const SCHEME = "policyc-artefact";

const QUIET_MS = 150;
/** The client waits a little before it tells the server that a file has changed on disk. */
const QUIET_FILES_MS = 600;

export class Artefacts implements TextDocumentContentProvider, Disposable {
  private readonly changed = new EventEmitter<Uri>();
  readonly onDidChange = this.changed.event;
  private readonly wanted = new Map<string, string>();
  private readonly disposables: { dispose(): unknown }[];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly server: Server) {
    this.disposables = [
      this.changed,
      workspace.registerTextDocumentContentProvider(SCHEME, this),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length === 0) {
          return;
        }
        if (document.uri.scheme === SCHEME) {
          void this.setLanguage(document);
        } else if (document.languageId === "policyc" || document.languageId === "json") {
          // Another policy may be imported by this one, and JSON may be its catalogue.
          this.refresh();
        }
      }),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("policyc")) {
          this.refresh();
        }
      }),
      server.onDidStart(() => {
        this.refresh();
      }),
      server.onDidChangeFiles(() => {
        this.refresh(QUIET_FILES_MS);
      }),
    ];
  }

  async open(source: Uri, target?: string): Promise<void> {
    const document = await workspace.openTextDocument(artefactUri(source, target));
    const inLanguage = await this.setLanguage(document);
    await window.showTextDocument(inLanguage, { viewColumn: ViewColumn.Beside, preserveFocus: true, preview: false });
  }

  async provideTextDocumentContent(uri: Uri, token: CancellationToken): Promise<string> {
    const { source, target } = sourceOf(uri);
    const { text, language } = await this.ask(source, target, token);
    this.wanted.set(uri.toString(), language);
    return text;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private async ask(source: string, target: string | undefined, token: CancellationToken) {
    try {
      const args = target === undefined ? [source] : [source, target];
      return shown(readArtefact(await this.server.ask("policyc.showArtefact", args, token)));
    } catch (error) {
      return { text: `${error instanceof Error ? error.message : String(error)}\n`, language: "plaintext" };
    }
  }

  private refresh(quiet = QUIET_MS): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      for (const document of workspace.textDocuments) {
        if (document.uri.scheme === SCHEME && !document.isClosed) {
          this.changed.fire(document.uri);
        }
      }
    }, quiet);
  }

  private async setLanguage(document: TextDocument): Promise<TextDocument> {
    const language = this.wanted.get(document.uri.toString());
    if (language === undefined || language === document.languageId) {
      return document;
    }
    return languages.setTextDocumentLanguage(document, language);
  }
}

/** The name has no extension that an editor knows: what is shown may be JSON, YAML or a sentence. */
function artefactUri(source: Uri, target: string | undefined): Uri {
  const query = new URLSearchParams({ source: source.toString() });
  if (target !== undefined) {
    query.set("target", target);
  }
  const name = source.path.split("/").at(-1) ?? "policy";
  return Uri.from({ scheme: SCHEME, path: `/${name} (compiled)`, query: query.toString() });
}

function sourceOf(uri: Uri): { source: string; target: string | undefined } {
  const query = new URLSearchParams(uri.query);
  return { source: query.get("source") ?? "", target: query.get("target") ?? undefined };
}
