// Runs the grammar as editors do.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OnigScanner, OnigString, loadWASM } from "vscode-oniguruma";
import { INITIAL, Registry, parseRawGrammar, type IGrammar } from "vscode-textmate";
import { EXTENSION, read } from "./repository";

export const GRAMMAR = join(EXTENSION, "../textmate/policyc.tmLanguage.json");

export interface Scoped {
  /** Within the text, in UTF-16 units. */
  start: number;
  end: number;
  text: string;
  scopes: string[];
}

export async function grammar(): Promise<IGrammar> {
  const wasm = readFileSync(createRequire(__filename).resolve("vscode-oniguruma/release/onig.wasm"));
  await loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new OnigScanner(patterns),
      createOnigString: (text) => new OnigString(text),
    }),
    loadGrammar: (scope) => Promise.resolve(scope === "source.policyc" ? parseRawGrammar(read(GRAMMAR), GRAMMAR) : null),
  });
  const found = await registry.loadGrammar("source.policyc");
  if (found === null) {
    throw new Error("there is no grammar");
  }
  return found;
}

export function tokenize(grammar: IGrammar, text: string): Scoped[] {
  const tokens: Scoped[] = [];
  let stack = INITIAL;
  let base = 0;
  for (const line of text.split("\n")) {
    const result = grammar.tokenizeLine(line, stack);
    for (const { startIndex, endIndex, scopes } of result.tokens) {
      const end = Math.min(endIndex, line.length);
      tokens.push({ start: base + startIndex, end: base + end, text: line.slice(startIndex, end), scopes });
    }
    stack = result.ruleStack;
    base += line.length + 1;
  }
  return tokens;
}

/** The scopes of the character at a place. */
export function scopesAt(tokens: Scoped[], place: number): string[] {
  return tokens.find((token) => token.start <= place && place < token.end)?.scopes ?? [];
}
