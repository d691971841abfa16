// The files that the editor reads: the manifest, the language configuration, the snippets, and that they fit together.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KEYWORDS } from "./lexer";
import { EXTENSION, read } from "./repository";
import { GRAMMAR } from "./tokenizer";

interface Pattern {
  pattern: string;
  flags?: string;
}
interface LanguageConfiguration {
  wordPattern: Pattern;
  indentationRules: { increaseIndentPattern: Pattern; decreaseIndentPattern: Pattern };
  onEnterRules: { beforeText: Pattern; afterText?: Pattern; action: { appendText: string } }[];
}
interface Manifest {
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command: string }[]>;
    configuration: { properties: Record<string, { default: unknown }> };
    semanticTokenModifiers: { id: string }[];
    semanticTokenScopes: { scopes: Record<string, string[]> }[];
    languages: { icon: Record<string, string>; configuration: string }[];
  };
}

const { contributes } = JSON.parse(read(EXTENSION, "package.json")) as Manifest;
const language = JSON.parse(read(EXTENSION, "language-configuration.json")) as LanguageConfiguration;
const snippets = JSON.parse(read(EXTENSION, "snippets/policyc.json")) as Record<string, { prefix: string; body: string | string[] }>;
const regex = ({ pattern, flags }: Pattern, more = "") => new RegExp(pattern, (flags ?? "") + more);

test("commands of the palette are registered, and do not collide with those of the server", () => {
  const declared = contributes.commands.map(({ command }) => command).sort();
  const registered = [...read(EXTENSION, "src/extension.ts").matchAll(/registerCommand\("([^"]+)"/g)].map((match) => match[1]).sort();
  assert.deepEqual(declared, registered);
  for (const ofServer of ["policyc.runTests", "policyc.evalCall", "policyc.showArtefact"]) {
    assert.ok(!declared.includes(ofServer));
  }
  for (const { command } of Object.values(contributes.menus).flat()) {
    assert.ok(declared.includes(command), command);
  }
});

test("settings", () => {
  const settings = Object.entries(contributes.configuration.properties).map(([name, { default: value }]) => [name, value]);
  assert.deepEqual(Object.fromEntries(settings), {
    "policyc.path": "",
    "policyc.target": "",
    "policyc.catalogues": {},
    "policyc.lint.select": null,
    "policyc.lint.ignore": [],
    "policyc.codeLens": true,
    "policyc.inlayHints": true,
    "policyc.trace.server": "off",
  });
});

test("semantic tokens: modifiers are declared, and scopes are of the grammar or of themes", () => {
  const modifiers = contributes.semanticTokenModifiers.map(({ id }) => id);
  assert.deepEqual(modifiers, ["read", "write", "destructive", "execute", "financial", "unknown"]);
  const scopes = contributes.semanticTokenScopes[0]?.scopes ?? {};
  const types = ["keyword", "function", "enumMember", "variable", "property", "namespace", "type", "string", "number", "operator", "comment", "macro", "decorator"];
  for (const type of types) {
    assert.ok(type in scopes, type);
  }
  for (const selector of Object.keys(scopes)) {
    const [type = "", ...used] = selector.split(".");
    assert.ok(types.includes(type), selector);
    assert.ok(used.every((modifier) => modifiers.includes(modifier)), selector);
  }
});

test("files that the manifest names exist", () => {
  for (const { icon, configuration } of contributes.languages) {
    for (const file of [...Object.values(icon), configuration]) {
      assert.ok(existsSync(join(EXTENSION, file)), file);
    }
  }
});

test("the bundle has the one grammar", () => {
  assert.equal(read(EXTENSION, "dist/policyc.tmLanguage.json"), read(GRAMMAR));
});

test("words", () => {
  const words = (text: string) => text.match(regex(language.wordPattern, "g"));
  assert.deepEqual(words("allow @read, drive.files-list, delete_*, *_a*b, * when args.n<-1.5;"), [
    "allow", "@read", "drive.files-list", "delete_*", "*_a*b", "*", "when", "args.n", "-1.5",
  ]);
  assert.deepEqual(words('shop::"x" 30/min 50_000 "a". x->deny'), ["shop", "x", "30", "min", "50_000", "a", "x", "deny"]);
});

test("lines that open a block indent the next", () => {
  const opens = regex(language.indentationRules.increaseIndentPattern);
  for (const line of ["policy a {", 'test "a {" { // why {', "let x = [", "deny a when (", 'call a {"x": ["']) {
    assert.equal(opens.test(line), !line.endsWith('["'), line);
  }
  for (const line of ["deny a;", "// policy a {", 'call a {"x": 1} -> allow;', 'test "{"', "let x = [1, 2];", "policy a { }"]) {
    assert.ok(!opens.test(line), line);
  }
  assert.ok(regex(language.indentationRules.decreaseIndentPattern).test("  }"));
  const long = `deny ${"a".repeat(20_000)} (`;
  const begin = performance.now();
  opens.test(`${long}"`);
  assert.ok(performance.now() - begin < 1000);
});

test("Enter continues a documentation comment, and no other line", () => {
  const appended = (before: string, after = "") =>
    language.onEnterRules.find((rule) => regex(rule.beforeText).test(before) && (rule.afterText === undefined || regex(rule.afterText).test(after)))?.action.appendText;
  assert.equal(appended("  /// Says why."), "/// ");
  assert.equal(appended("///"), undefined);
  assert.equal(appended("//// x"), undefined);
  assert.equal(appended("// first", " second"), "// ");
  assert.equal(appended("// first"), undefined);
  assert.equal(appended("deny a; /// x"), undefined);
});

test("snippets begin with a keyword or a comment, and have a place for the cursor to go", () => {
  const prefixes = Object.values(snippets).map(({ prefix }) => prefix);
  assert.equal(new Set(prefixes).size, prefixes.length);
  for (const [name, { body }] of Object.entries(snippets)) {
    const text = Array.isArray(body) ? body.join("\n") : body;
    assert.ok(text.startsWith("//") || KEYWORDS.has(/^[a-z]+/.exec(text)?.[0] ?? ""), name);
    assert.match(text, /\$\{?1/, name);
  }
});
