// The connection to `policyc lsp`.

import { EventEmitter, workspace, type CancellationToken, type Disposable, type OutputChannel } from "vscode";
import {
  ExecuteCommandRequest,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  type LanguageClientOptions,
  type Middleware,
} from "vscode-languageclient/node";
import { programPath, programVersion, sayMissing } from "./program";

/** Called with the arguments and the answer of a command that the server carries out for a code lens or a code action. */
export type Answered = (command: string, args: unknown[], answer: unknown) => void;

export class Server implements Disposable {
  private client: LanguageClient | undefined;
  /** Starts and stops come one after the other. */
  private turn: Promise<void> = Promise.resolve();
  private readonly started = new EventEmitter<void>();
  readonly onDidStart = this.started.event;
  private readonly filesChanged = new EventEmitter<void>();
  /** Catalogues or `policyc.toml`, on disk. */
  readonly onDidChangeFiles = this.filesChanged.event;
  private readonly others = ["**/catalogues/*.json", "**/policyc.toml"].map((glob) => workspace.createFileSystemWatcher(glob));
  private readonly watchers = [workspace.createFileSystemWatcher("**/*.pol"), ...this.others];

  constructor(
    private readonly output: OutputChannel,
    private readonly answered: Answered,
  ) {
    const changed = () => {
      this.filesChanged.fire();
    };
    for (const watcher of this.others) {
      watcher.onDidChange(changed);
      watcher.onDidCreate(changed);
      watcher.onDidDelete(changed);
    }
  }

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
    for (const watcher of this.watchers) {
      watcher.dispose();
    }
    void this.close();
  }

  private async start(): Promise<void> {
    const path = programPath();
    try {
      this.output.appendLine(`Starting ${path}: ${await programVersion(path)}`);
    } catch (error) {
      this.output.appendLine(`Cannot start ${path}: ${String(error)}`);
      void sayMissing(path, error);
      return;
    }
    const run = { command: path, args: ["lsp"] };
    this.client = new LanguageClient("policyc", "policyc", { run, debug: run }, this.options());
    try {
      await this.client.start();
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
        { scheme: "file", language: "json", pattern: "**/catalogues/*.json" },
      ],
      synchronize: {
        // The server asks for the settings itself; by this it learns when to.
        // eslint-disable-next-line @typescript-eslint/no-deprecated
        configurationSection: "policyc",
        fileEvents: this.watchers,
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
    };
  }
}
