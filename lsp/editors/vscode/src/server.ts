// The connection to `policyc lsp`.

import { EventEmitter, type CancellationToken, type Disposable, type OutputChannel } from "vscode";
import {
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExecuteCommandRequest,
  LanguageClient,
  ReferencesRequest,
  RevealOutputChannelOn,
  State,
  TextDocumentSyncKind,
  type LanguageClientOptions,
  type Middleware,
  type StaticFeature,
} from "vscode-languageclient/node";
import { SHOW_PLACES } from "./places";
import { programPath, programVersion, sayMissing } from "./program";

/** Catalogues may be anywhere. The server looks at those that some policy names. */
const CATALOGUES = [{ scheme: "file", language: "json", pattern: "**/*.json" }];

/** Tells the server which of its commands the editor carries out. */
const COMMANDS: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    capabilities.experimental = { commands: { commands: [SHOW_PLACES] } };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};

/** Called with the arguments and the answer of a command that the server carries out for a code lens or a code action. */
export type Answered = (command: string, args: unknown[], answer: unknown) => void;

export class Server implements Disposable {
  private client: LanguageClient | undefined;
  /** Starts and stops come one after the other. */
  private turn: Promise<void> = Promise.resolve();
  private readonly started = new EventEmitter<void>();
  readonly onDidStart = this.started.event;
  private readonly filesChanged = new EventEmitter<void>();
  /** Policies, catalogues or `policyc.toml`, on disk; the server says which files to watch. */
  readonly onDidChangeFiles = this.filesChanged.event;

  /** `extension` is the folder of this extension. */
  constructor(
    private readonly extension: string,
    private readonly output: OutputChannel,
    private readonly answered: Answered,
  ) {}

  restart(): Promise<void> {
    this.turn = this.turn.then(async () => {
      await this.stop();
      await this.start();
    });
    return this.turn;
  }

  /** Has the server carry out one of its commands. */
  async ask(command: string, args: unknown[], token?: CancellationToken): Promise<unknown> {
    await this.turn;
    if (this.client?.state !== State.Running) {
      throw new Error("The language server of policyc is not running.");
    }
    return this.client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args }, token);
  }

  /** To be awaited when the editor closes, so that no process is left behind. */
  async close(): Promise<void> {
    this.turn = this.turn.then(() => this.stop());
    await this.turn;
  }

  dispose(): void {
    this.started.dispose();
    this.filesChanged.dispose();
    void this.close();
  }

  private async start(): Promise<void> {
    const path = programPath(this.extension);
    try {
      this.output.appendLine(`Starting ${path}: ${await programVersion(path)}`);
    } catch (error) {
      this.output.appendLine(`Cannot start ${path}: ${String(error)}`);
      void sayMissing(path, error);
      return;
    }
    const run = { command: path, args: ["lsp"] };
    const client = (this.client = new LanguageClient("policyc", "policyc", { run, debug: run }, this.options()));
    client.registerFeature(COMMANDS);
    try {
      await client.start();
      followCatalogues(client);
      this.started.fire();
    } catch (error) {
      // The client has shown a message.
      this.output.appendLine(`The language server did not start: ${String(error)}`);
    }
  }

  private async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      this.output.appendLine(`The language server did not stop well: ${String(error)}`);
    }
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [
        { scheme: "file", language: "policyc" },
        { scheme: "untitled", language: "policyc" },
      ],
      synchronize: {
        // The server asks for the settings itself; by this it learns when to.
        // eslint-disable-next-line @typescript-eslint/no-deprecated
        configurationSection: "policyc",
      },
      outputChannel: this.output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      middleware: this.middleware(),
    };
  }

  private middleware(): Middleware {
    return {
      executeCommand: async (command, args: unknown[], next) => {
        const answer: unknown = await next(command, args);
        this.answered(command, args, answer);
        return answer;
      },
      workspace: {
        didChangeWatchedFile: async (event, next) => {
          await next(event);
          this.filesChanged.fire();
        },
      },
    };
  }
}

/**
 * Has the server follow catalogues as they are typed, and lead from their tools to the policies. They are not in the document selector,
 * which would make the server the formatter, among other things, of every JSON file.
 */
function followCatalogues(client: LanguageClient): void {
  const registerOptions = { documentSelector: CATALOGUES };
  client.getFeature(DidOpenTextDocumentNotification.method).register({ id: "policyc-catalogues-open", registerOptions });
  client.getFeature(DidChangeTextDocumentNotification.method).register({
    id: "policyc-catalogues-change",
    registerOptions: { ...registerOptions, syncKind: TextDocumentSyncKind.Incremental },
  });
  client.getFeature(DidCloseTextDocumentNotification.method).register({ id: "policyc-catalogues-close", registerOptions });
  client.getFeature(DefinitionRequest.method).register({ id: "policyc-catalogues-definition", registerOptions });
  client.getFeature(ReferencesRequest.method).register({ id: "policyc-catalogues-references", registerOptions });
}
