// Makes the editor of the package code-server ready to run, without its own install script.
//
// That script compiles modules for terminals, log files and passwords, which needs a compiler and downloads from elsewhere. The editor
// runs without them, if it is started by its own server program and not by code-server's, which asks for a password.

import { execFileSync } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";

const vscode = fileURLToPath(new URL("../node_modules/code-server/lib/vscode/", import.meta.url));
if (!existsSync(`${vscode}node_modules/vscode-oniguruma`)) {
  execFileSync("npm", ["install", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"], { cwd: vscode, stdio: "inherit" });
}
// The page loads the grammar engine from here.
if (!existsSync(`${vscode}node_modules.asar`)) {
  symlinkSync("node_modules", `${vscode}node_modules.asar`);
}
