// The files of the repository that the tests read.

import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";

/** The bundled tests lie in lsp/editors/vscode/dist-test. */
export const EXTENSION = join(__dirname, "..");
export const ROOT = join(EXTENSION, "../../..");

export const read = (...path: string[]) => readFileSync(join(...path), "utf8");

export interface Source {
  name: string;
  text: string;
}

function files(folder: string, extension: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(extension))
    .map((file) => join(ROOT, folder, file))
    .sort();
}

export function policies(...folders: string[]): Source[] {
  return folders.flatMap((folder) => files(folder, ".pol")).map((file) => ({ name: relative(ROOT, file), text: read(file) }));
}

/** The policies within the pages of the documentation: fenced blocks that begin with `pol`. */
export function documented(): Source[] {
  return files("docs", ".md").flatMap((file) =>
    [...read(file).matchAll(/^```pol\b[^\n]*\n(.*?)^```/gms)].map((block, index) => ({
      name: `${relative(ROOT, file)} (block ${index + 1})`,
      text: block[1] ?? "",
    })),
  );
}
