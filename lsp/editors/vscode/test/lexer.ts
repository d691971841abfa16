// Words as the compiler's own lexer cuts them, for texts without mistakes. What is a keyword is read from the compiler's source.

import { ROOT, read } from "./repository";

export type Kind = "space" | "comment" | "keyword" | "name" | "glob" | "star" | "set" | "string" | "number" | "other";

export interface Token {
  kind: Kind;
  text: string;
  start: number;
}

export const KEYWORDS: ReadonlySet<string> = new Set(
  [...read(ROOT, "src/syntax/token.rs").matchAll(/#\[token\("([a-z]+)", priority = 20\)\]/g)].map((match) => match[1] ?? ""),
);

/** The longest match wins, then the first. */
const RULES: [Kind, RegExp][] = [
  ["space", /[ \t\r\n\f\u{feff}]+/uy],
  ["comment", /\/\/[^\n\r]*/y],
  ["star", /\*/y],
  ["name", /[A-Za-z_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?/y],
  ["glob", /[A-Za-z_*](?:[A-Za-z0-9_.*-]*[A-Za-z0-9_*])?/y],
  ["set", /@[A-Za-z_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?/y],
  ["string", /"(?:[^"\\\n\r]|\\[^\n\r])*"/y],
  ["number", /-?(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9]+)?/y],
  ["other", /::|->|==|!=|<=|>=|[^]/y],
];

export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  for (let start = 0; start < text.length; ) {
    let best: Token = { kind: "other", text: "", start };
    for (const [kind, rule] of RULES) {
      rule.lastIndex = start;
      const found = rule.exec(text)?.[0];
      if (found !== undefined && found.length > best.text.length) {
        best = { kind, text: found, start };
      }
    }
    if (best.kind === "name" && KEYWORDS.has(best.text)) {
      best.kind = "keyword";
    }
    tokens.push(best);
    start += best.text.length;
  }
  return tokens;
}
