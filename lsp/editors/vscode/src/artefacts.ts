// The compiled artefact beside its source, as a document that nobody can edit.

import {
  Diagnostic,
  DiagnosticRelatedInformation,
  DiagnosticSeverity,
  EventEmitter,
  Location,
  Range,
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
import { readArtefact, type Artefact, type Problem } from "./text/answers";
import { shown, type Shown } from "./text/report";

export const SCHEME = "policyc-artefact";

const QUIET_MS = 150;
/** The client waits a little before it tells the server that a file has changed on disk. */
const QUIET_FILES_MS = 600;

/** Of what an artefact is asked for; what is left out the server chooses. */
export interface Choice {
  target?: string | undefined;
  policy?: string | undefined;
  server?: string | undefined;
}

const PARTS = ["target", "policy", "server"] as const;

export class Artefacts implements TextDocumentContentProvider, Disposable {
  private readonly changed = new EventEmitter<Uri>();
  readonly onDidChange = this.changed.event;
  /** What was shown last, by document. */
  private readonly latest = new Map<string, Shown>();
  /** What the compiler says of artefacts that there are: that they are stricter than the policy, for example. */
  private readonly remarks = languages.createDiagnosticCollection("policyc artefacts");
  private readonly disposables: { dispose(): unknown }[];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly server: Server) {
    this.disposables = [
      this.changed,
      this.remarks,
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
      workspace.onDidCloseTextDocument(({ uri }) => {
        // A document in another language is closed and opened again.
        const open = workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
        if (uri.scheme === SCHEME && !open) {
          this.latest.delete(uri.toString());
          this.remarks.delete(uri);
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

  /** Asks which, where there is a choice that was not made yet. */
  async open(source: Uri, choice: Choice = {}): Promise<void> {
    const chosen = await this.choose(source, choice);
    if (chosen !== undefined) {
      await this.show(source, chosen);
    }
  }

  /** The same for another gateway. */
  async openFor(source: Uri): Promise<void> {
    const { target, targets } = await this.artefact(source, {});
    const picked = await pick("Compile for which gateway?", targets, target);
    if (picked !== undefined) {
      await this.open(source, { target: picked });
    }
  }

  async provideTextDocumentContent(uri: Uri, token: CancellationToken): Promise<string> {
    const { source, choice } = sourceOf(uri);
    const key = uri.toString();
    const before = this.latest.get(key);
    let now: Shown;
    const remarks: Diagnostic[] = [];
    try {
      const artefact = await this.artefact(source, choice, token);
      now = shown(artefact, before);
      if (now.outdated) {
        const message = `This is not compiled from the policy as it stands: ${artefact.problems[0]?.message ?? "it has errors"}.`;
        remarks.push(remark(source, { message, help: undefined, severity: "warning", code: undefined, line: undefined }));
      } else if (artefact.text !== "") {
        remarks.push(...artefact.problems.map((problem) => remark(source, problem)));
      }
    } catch (error) {
      now = { text: `${error instanceof Error ? error.message : String(error)}\n`, language: "plaintext", outdated: false };
    }
    this.remarks.set(uri, remarks);
    this.latest.set(key, now);
    return now.text;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }

  private async artefact(source: Uri, choice: Choice, token?: CancellationToken): Promise<Artefact> {
    const args = [source.toString(), ...PARTS.map((part) => choice[part] ?? null)];
    return readArtefact(await this.server.ask("policyc.showArtefact", args, token));
  }

  private async choose(source: Uri, choice: Choice): Promise<Choice | undefined> {
    const { policy, policies } = await this.artefact(source, choice);
    const chosen = { ...choice };
    if (chosen.policy === undefined && policies.length > 1) {
      chosen.policy = await pick("Which policy of this file?", policies, policy);
      if (chosen.policy === undefined) {
        return undefined;
      }
    }
    // Policies of one file can be about different servers.
    const { server, servers } = await this.artefact(source, chosen);
    if (chosen.server === undefined && servers.length > 1) {
      chosen.server = await pick("The artefact of which server?", servers, server);
      if (chosen.server === undefined) {
        return undefined;
      }
    }
    return chosen;
  }

  private async show(source: Uri, choice: Choice): Promise<void> {
    const document = await workspace.openTextDocument(artefactUri(source, choice));
    const inLanguage = await this.setLanguage(document);
    await window.showTextDocument(inLanguage, { viewColumn: ViewColumn.Beside, preserveFocus: true, preview: false });
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
    const wanted = this.latest.get(document.uri.toString())?.language;
    if (wanted === undefined || wanted === document.languageId) {
      return document;
    }
    // Of some languages, such as Rego, the editor knows nothing without another extension.
    const language = (await languages.getLanguages()).includes(wanted) ? wanted : "plaintext";
    return language === document.languageId ? document : languages.setTextDocumentLanguage(document, language);
  }
}

/** The name has no extension that an editor knows: what is shown may be JSON, YAML or a sentence. */
function artefactUri(source: Uri, choice: Choice): Uri {
  const query = new URLSearchParams({ source: source.toString() });
  const words = [];
  for (const part of PARTS) {
    const word = choice[part];
    if (word !== undefined) {
      query.set(part, word);
      words.push(word);
    }
  }
  const name = source.path.split("/").at(-1) ?? "policy";
  return Uri.from({ scheme: SCHEME, path: `/${name} (${["compiled", ...words].join(", ")})`, query: query.toString() });
}

/** The policy that an artefact is of, and what was chosen. */
export function sourceOf(uri: Uri): { source: Uri; choice: Choice } {
  const query = new URLSearchParams(uri.query);
  const choice: Choice = {};
  for (const part of PARTS) {
    choice[part] = query.get(part) ?? undefined;
  }
  return { source: Uri.parse(query.get("source") ?? ""), choice };
}

/** The first place is the one that is taken without a choice. */
async function pick(title: string, names: readonly string[], first: string): Promise<string | undefined> {
  const sorted = [...names.filter((name) => name === first), ...names.filter((name) => name !== first)];
  return window.showQuickPick(sorted, { title });
}

/** What is said of an artefact stands on its first line, and leads to the line of the policy. */
function remark(source: Uri, problem: Problem): Diagnostic {
  const help = problem.help === undefined ? "" : `\nhelp: ${problem.help}`;
  const severity = problem.severity === "info" ? DiagnosticSeverity.Information : DiagnosticSeverity.Warning;
  const diagnostic = new Diagnostic(new Range(0, 0, 0, 1), `${problem.message}${help}`, severity);
  diagnostic.source = "policyc";
  if (problem.code !== undefined) {
    diagnostic.code = problem.code;
  }
  if (problem.line !== undefined) {
    const line = Math.max(problem.line - 1, 0);
    const place = new Location(source, new Range(line, 0, line, 0));
    diagnostic.relatedInformation = [new DiagnosticRelatedInformation(place, "because of this")];
  }
  return diagnostic;
}
