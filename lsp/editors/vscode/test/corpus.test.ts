// The grammar and the compiler's lexer agree, on every policy of the repository.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IGrammar } from "vscode-textmate";
import { KEYWORDS, lex, type Kind } from "./lexer";
import { documented, policies, type Source } from "./repository";
import { grammar, scopesAt, tokenize } from "./tokenizer";

/** What the innermost scope of a token must begin with. */
const EXPECTED: Partial<Record<Kind, RegExp>> = {
  comment: /(^| )comment\.line\./,
  keyword: / (keyword|storage|constant\.language)\.[a-z.-]*$/,
  name: / (entity\.name|variable|support\.constant\.scope|keyword\.other\.(unit|valid-calls|approve[rd]))[a-z.-]*$/,
  glob: / entity\.name\.function\.tool\.glob/,
  star: / constant\.language\.everything/,
  set: / (variable\.other\.enummember|support\.constant)\.set/,
  string: / (string\.|support\.type\.property-name\.json|variable\.other\.property)/,
  number: / constant\.numeric\./,
};

/** What the compiler refuses: there only the keywords are looked at. */
const REFUSED = /^tests\/|\/(bad-number|bad-string|stray-character|unterminated-string|wrong-comment|wrong-operator|wrong-quotes)\.md/;

let rules: IGrammar;
before(async () => {
  rules = await grammar();
});

function disagreements({ name, text }: Source): string[] {
  const tokens = tokenize(rules, text);
  const cut = lex(text).filter(({ kind }) => kind !== "space");
  return cut.flatMap(({ kind, text: word, start }, index) => {
    // Strings and comments of other languages are no words here.
    const foreign = /invalid\.illegal\.(comment|quotes)/.test(scopesAt(tokens, start).join(" "));
    if (REFUSED.test(name) && (kind !== "keyword" || foreign)) {
      return [];
    }
    // After a dot a keyword is the key of an object, as the parser reads it.
    const isKey = kind === "keyword" && cut[index - 1]?.text === ".";
    const expected = isKey ? / variable\.other\.property/ : EXPECTED[kind];
    // A name with dots may be a path of several scopes; its first and last characters speak for it.
    const ends = kind === "string" ? [start + 1] : [start, start + word.length - 1];
    const wrong = ends
      .map((place) => scopesAt(tokens, place).join(" "))
      .find((scopes) => scopes.includes("invalid.") || (expected !== undefined && !expected.test(scopes)));
    const line = text.slice(0, start).split("\n").length;
    return wrong === undefined ? [] : [`${name}:${line}: ${kind} \`${word}\` is ${wrong}`];
  });
}

function agrees(sources: Source[], atLeast: number): void {
  assert.ok(sources.length >= atLeast, `only ${sources.length} policies were found`);
  assert.deepEqual(sources.flatMap(disagreements), []);
}

describe("the grammar sees what the lexer sees", () => {
  test("all keywords are known", () => {
    assert.ok(KEYWORDS.size > 35);
    for (const keyword of KEYWORDS) {
      assert.deepEqual(disagreements({ name: "alone", text: keyword }), []);
      assert.deepEqual(disagreements({ name: "in a name", text: `deny ${keyword}s, x-${keyword}, ${keyword}.x, ${keyword}_*, *${keyword};` }), []);
    }
  });
  test("in the examples", () => {
    agrees(policies("examples", "docs"), 6);
  });
  test("in the documentation", () => {
    agrees(documented(), 100);
  });
  test("in what the formatter is tested with", () => {
    agrees(policies("src/fmt/fixtures"), 3);
  });
  test("in what the compiler is tested with, mistakes included", () => {
    agrees(policies("tests"), 50);
  });
});
