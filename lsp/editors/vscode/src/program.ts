// Finds the `policyc` program.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { commands, window, workspace } from "vscode";
import { carriedIn, choose, expand } from "./text/program";

/** `extension` is the folder of this extension. */
export function programPath(extension: string): string {
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  const set = expand(workspace.getConfiguration("policyc").get("path", ""), homedir(), folder);
  return choose(set, carriedIn(extension, process.platform), existsSync);
}

/** What the program says of its version; an error if it cannot be started. */
export function programVersion(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, ["--version"], { timeout: 10_000 }, (error, output) => {
      // Only that it starts is asked for here.
      if (error && (typeof error.code !== "number" || error.killed)) {
        reject(new Error(error.message, { cause: error }));
      } else {
        resolve(output.trim());
      }
    });
  });
}

export async function sayMissing(path: string, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  const set = "Set the Path";
  const message = `The program "${path}" cannot be started (${reason}). Install policyc, or set policyc.path.`;
  if ((await window.showErrorMessage(message, set)) === set) {
    await commands.executeCommand("workbench.action.openSettings", "policyc.path");
  }
}
