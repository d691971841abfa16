// The extension: the server's connection, and the commands of the palette.

import { Uri, commands, window, workspace, type ExtensionContext, type OutputChannel, type TextEditor } from "vscode";
import { Artefacts, SCHEME, sourceOf } from "./artefacts";
import { decideCall } from "./decideCall";
import { SHOW_PLACES, showPlaces } from "./places";
import { Server } from "./server";
import { RUN_TESTS, showRun, testFile } from "./testRuns";

let server: Server | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const output = window.createOutputChannel("policyc");
  const started = (server = new Server(context.extensionPath, output, (command, args, answer) => {
    const source = args[0];
    if (command === RUN_TESTS && typeof source === "string") {
      void saying(output, () => showRun(output, Uri.parse(source), answer));
    }
  }));
  const artefacts = new Artefacts(started);
  context.subscriptions.push(
    output,
    started,
    artefacts,
    commands.registerCommand("policyc.openArtefact", (source?: unknown) =>
      saying(output, () => artefacts.open(policyOf(source))),
    ),
    commands.registerCommand("policyc.openArtefactFor", (source?: unknown) =>
      saying(output, () => artefacts.openFor(policyOf(source))),
    ),
    commands.registerCommand(SHOW_PLACES, (...[uri, position, places]: unknown[]) =>
      saying(output, () => showPlaces(uri, position, places)),
    ),
    commands.registerCommand("policyc.testFile", () =>
      saying(output, () => testFile(started, output, policyEditor().document.uri)),
    ),
    commands.registerCommand("policyc.decideCall", () => saying(output, () => decideCall(started, output, policyEditor()))),
    commands.registerCommand("policyc.restart", () => saying(output, () => started.restart())),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("policyc.path")) {
        void started.restart();
      }
    }),
  );
  await started.restart();
}

export async function deactivate(): Promise<void> {
  await server?.close();
}

/** The policy that a command is about: the one it is given, the one of the artefact in front, or the one in the editor. */
function policyOf(given: unknown): Uri {
  const uri = given instanceof Uri ? given : window.activeTextEditor?.document.uri;
  return uri?.scheme === SCHEME ? sourceOf(uri).source : given instanceof Uri ? given : policyEditor().document.uri;
}

function policyEditor(): TextEditor {
  const editor = window.activeTextEditor;
  if (editor?.document.languageId !== "policyc") {
    throw new Error("Open a policy first (a file that ends in .pol).");
  }
  return editor;
}

/** What goes wrong in a command becomes a message. */
async function saying(output: OutputChannel, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    output.appendLine(message);
    void window.showErrorMessage(message);
  }
}
