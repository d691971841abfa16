// Results of tests, as a message and in the output channel.

import { Range, Uri, commands, window, workspace, type OutputChannel } from "vscode";
import type { Server } from "./server";
import { readTestRun, type TestRun } from "./text/answers";
import { details, summary } from "./text/report";

export const RUN_TESTS = "policyc.runTests";

export async function testFile(server: Server, output: OutputChannel, source: Uri): Promise<void> {
  const answer = await server.ask(RUN_TESTS, [source.toString()]);
  await showRun(output, source, answer);
}

/** For an answer that comes because someone clicked on a code lens. */
export async function showRun(output: OutputChannel, source: Uri, answer: unknown): Promise<void> {
  const run = readTestRun(answer);
  output.appendLine("");
  for (const line of details(run, workspace.asRelativePath(source))) {
    output.appendLine(line);
  }
  await say(output, source, run);
}

async function say(output: OutputChannel, source: Uri, run: TestRun): Promise<void> {
  const show = "Show Output";
  if (run.problem !== undefined) {
    await window.showWarningMessage(summary(run));
    return;
  }
  if (run.failed === 0) {
    if ((await window.showInformationMessage(summary(run), show)) === show) {
      output.show(true);
    }
    return;
  }
  const failure = run.results.find((result) => !result.passed && result.line !== undefined);
  const go = "Go to Test";
  const choice = await window.showErrorMessage(summary(run), ...(failure ? [go, show] : [show]));
  if (choice === show) {
    output.show(true);
  } else if (choice === go && failure?.line !== undefined) {
    const line = Math.max(failure.line - 1, 0);
    await commands.executeCommand("vscode.open", source, { selection: new Range(line, 0, line, 0) });
  }
}
