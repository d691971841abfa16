// Asks for a call, and says what becomes of it.

import { window, type OutputChannel, type TextEditor } from "vscode";
import type { Server } from "./server";
import { readArtefact, readDecision } from "./text/answers";
import { parseCall } from "./text/call";
import { verdict } from "./text/report";

/** What was typed last, by document. */
const typed = new Map<string, string>();

export async function decideCall(server: Server, output: OutputChannel, editor: TextEditor): Promise<void> {
  const source = editor.document.uri.toString();
  const input = await window.showInputBox({
    title: "Decide one call",
    prompt: 'As JSON, with "name" and "arguments", or as in a test: create_charge {"amount": 5}',
    value: selected(editor) ?? typed.get(source) ?? "",
    ignoreFocusOut: true,
    validateInput: mistake,
  });
  if (input === undefined) {
    return;
  }
  typed.set(source, input);
  const call = parseCall(input);
  // Without a name the server takes the first policy of the file.
  const { policies } = readArtefact(await server.ask("policyc.showArtefact", [source]));
  const policy = policies.length > 1 ? await window.showQuickPick(policies, { title: "By which policy?" }) : undefined;
  if (policies.length > 1 && policy === undefined) {
    return;
  }
  const decision = readDecision(await server.ask("policyc.evalCall", [source, call, policy ?? null]));
  const answer = verdict(call.name, decision);
  output.appendLine("");
  output.appendLine(answer);
  if (decision.trace !== "") {
    output.appendLine(decision.trace);
  }
  const show = decision.trace === "" ? "Show Output" : "Show Trace";
  const say = decision.verdict === "allow" ? window.showInformationMessage : window.showWarningMessage;
  if ((await say(answer, show)) === show) {
    output.show(true);
  }
}

/** What is selected, if it is a call. */
function selected(editor: TextEditor): string | undefined {
  const text = editor.document.getText(editor.selection);
  return text !== "" && mistake(text) === undefined ? text.trim() : undefined;
}

function mistake(text: string): string | undefined {
  try {
    parseCall(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
