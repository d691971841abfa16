// What each construct of the language looks like to a theme.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { IGrammar } from "vscode-textmate";
import { grammar, scopesAt, tokenize } from "./tokenizer";

let rules: IGrammar;
before(async () => {
  rules = await grammar();
});

/** Each part of the text, in order, has a scope that begins so; `-` before it: has none. */
type Expectation = [part: string, ...scopes: string[]];

function shows(name: string, text: string, ...expectations: Expectation[]): void {
  test(name, () => {
    const tokens = tokenize(rules, text);
    let place = 0;
    for (const [part, ...scopes] of expectations) {
      const start = text.indexOf(part, place);
      assert.notEqual(start, -1, `\`${part}\` is not in the rest of the text`);
      for (const at of [start, start + part.length - 1]) {
        const found = scopesAt(tokens, at);
        for (const scope of scopes) {
          const begins = (wanted: string) => found.some((has) => has === wanted || has.startsWith(`${wanted}.`));
          const right = scope.startsWith("-") ? !begins(scope.slice(1)) : begins(scope);
          assert.ok(right, `\`${part}\` has ${found.join(" ")}, and should have ${scope}`);
        }
      }
      place = start + part.length;
    }
  });
}

const KEYWORD = "keyword.control.rule";
const CLAUSE = "keyword.other.clause";
const TOOL = "entity.name.function.tool";
const CONSTANT = "variable.other.constant";
const STRING = "string.quoted.double";
const UNIT = "keyword.other.unit";
const NUMBER = "constant.numeric";
const PROPERTY = "variable.other.property";

shows(
  "the default and a rate",
  "deny *; limit send_dm_to_user 30/min per grant",
  ["deny", KEYWORD],
  ["*", "constant.language.everything"],
  [";", "punctuation.terminator"],
  ["limit", KEYWORD],
  ["send_dm_to_user", TOOL],
  ["30", NUMBER, "meta.rate"],
  ["/", "keyword.operator.per"],
  ["min", UNIT],
  ["per", CLAUSE],
  ["grant", "support.constant.scope"],
);
shows(
  "rates with a factor, spaces, and over lines",
  "limit a 1_000_000/24h of args.n; limit b 5 / 2 hours per server;\nlimit c 5 // often\n  / min per caller.team;",
  ["1_000_000", NUMBER],
  ["24", NUMBER],
  ["h", UNIT],
  ["of", CLAUSE],
  ["args", "variable.language"],
  ["n", PROPERTY],
  ["2", NUMBER],
  ["hours", UNIT],
  ["per", CLAUSE],
  ["server", "keyword.other.scope"],
  ["often", "comment.line"],
  ["/", "keyword.operator.per"],
  ["min", UNIT],
  ["caller", "variable.language"],
  ["team", PROPERTY],
);
shows(
  "declarations",
  'server facebook from "catalogues/x.json"; import "b.pol"; let max_charge = 50_000; group m = a, b_*; policy support { }',
  ["server", "storage.type"],
  ["facebook", "entity.name.namespace"],
  ["from", "keyword.control.import"],
  ["catalogues", STRING],
  ["import", "keyword.control.import"],
  ["let", "storage.type"],
  ["max_charge", CONSTANT],
  ["=", "keyword.operator.assignment"],
  ["50_000", NUMBER],
  ["group", "storage.type"],
  ["m", "entity.name.type.group"],
  ["a", TOOL],
  ["b_", `${TOOL}.glob`],
  ["*", `${TOOL}.glob`, "keyword.operator.wildcard"],
  ["policy", "storage.type"],
  ["support", "entity.name.class.policy"],
  ["{", "punctuation.section.block"],
);
shows("a server without a name keeps its keyword", 'server from "x.json";', ["server", "storage.type"], ["from", "keyword.control.import"]);
shows(
  "selections",
  'allow @read, @mine.own, facebook::*_message, shop :: "odd tool", drive.files-list except *_x*y, deny-*;',
  ["allow", KEYWORD],
  ["@", "punctuation.definition.set"],
  ["read", "support.constant.set"],
  ["@mine.own", "variable.other.enummember.set"],
  ["facebook", "entity.name.namespace"],
  ["::", "punctuation.separator.namespace"],
  ["*", "keyword.operator.wildcard"],
  ["_message", `${TOOL}.glob`],
  ["shop", "entity.name.namespace"],
  ["odd tool", STRING],
  ["drive.files-list", TOOL],
  ["except", CLAUSE],
  ["*_x*y", `${TOOL}.glob`],
  ["deny-*", `${TOOL}.glob`, "-keyword.control"],
);
shows("a name that begins with the name of a set is no built-in", "allow @reader, @read-only;", ["@reader", "-support.constant"], ["@read-only", "-support.constant"]);
shows(
  "conditions",
  "require approval for a when not (has args.x or args.y not in codes) and length(args.z) >= 3 unless args.b == null;",
  ["require", KEYWORD],
  ["approval", KEYWORD],
  ["for", CLAUSE],
  ["when", "keyword.control.conditional"],
  ["not", "keyword.operator.wordlike.logical"],
  ["(", "punctuation.section.parens"],
  ["has", "keyword.operator.wordlike.test"],
  ["or", "keyword.operator.wordlike.logical"],
  ["not", "keyword.operator.wordlike.logical"],
  ["in", "keyword.operator.wordlike.test"],
  ["codes", CONSTANT],
  ["and", "keyword.operator.wordlike.logical"],
  ["length", "keyword.operator.wordlike.test"],
  [">=", "keyword.operator.comparison"],
  ["3", NUMBER],
  ["unless", "keyword.control.conditional"],
  ["==", "keyword.operator.comparison"],
  ["null", "constant.language.null"],
);
shows(
  "values with a name, and lists",
  'deny a when args.n <= max and every args.to in ["x", own, -1.5e3, true];',
  ["<=", "keyword.operator.comparison"],
  ["max", CONSTANT],
  ["and", "keyword.operator.wordlike.logical"],
  ["every", "keyword.operator.wordlike.test"],
  ["in", "keyword.operator.wordlike.test"],
  ["[", "punctuation.section.brackets"],
  ["x", STRING],
  ["own", CONSTANT],
  ["-1.5e3", NUMBER],
  ["true", "constant.language.boolean"],
);
shows(
  "paths",
  'deny a when args.items[0].sku == "x" and caller."odd \\"key" . limit in ["a"] and args."Content-Type"[1].not > 1;',
  ["args", "variable.language"],
  [".", "punctuation.accessor"],
  ["items", PROPERTY],
  ["0", "constant.numeric.index"],
  ["sku", PROPERTY],
  ["caller", "variable.language"],
  ["odd ", `${STRING}.key`],
  ["\\\"", "constant.character.escape"],
  ["limit", PROPERTY, "-keyword"],
  ["in", "keyword.operator.wordlike.test"],
  ["Content-Type", `${STRING}.key`],
  ["1", "constant.numeric.index"],
  ["not", PROPERTY, "-keyword"],
  [">", "keyword.operator.comparison"],
);
shows(
  "strings",
  'deny a because "say \\"no\\" \\u00e9 \\q"; deny "a//b" ; // c',
  ["because", CLAUSE],
  ["say ", STRING],
  ["\\\"", "constant.character.escape"],
  ["\\u00e9", "constant.character.escape"],
  ["\\q", "invalid.illegal.escape"],
  ["a//b", STRING, "-comment"],
  ["// c", "comment.line.double-slash"],
);
shows("a string that does not end, ends with its line", 'deny "a\nallow b;', ["a", STRING], ["allow", KEYWORD], ["b", TOOL]);
shows(
  "like",
  'deny a when args.f like "feat/*\\\\*x" or args.f like own or args.g like\n  "y*";',
  ["like", "keyword.operator.wordlike.like"],
  ["feat/", `${STRING}.pattern`],
  ["*", "keyword.operator.wildcard"],
  ["\\\\*", "constant.character.escape.pattern"],
  ["own", CONSTANT],
  ["like", "keyword.operator.wordlike.like"],
  ["y", `${STRING}.pattern`],
  ["*", "keyword.operator.wildcard"],
);
shows(
  "matches",
  'deny a when args.s matches "(?i)^[A-Z\\\\d]{3}-\\\\d+|(?:x\\\\.y).*$" and args.t == "[a]*";',
  ["matches", "keyword.operator.wordlike.matches"],
  ["(?i)", "string.regexp", "punctuation.definition.group"],
  ["^", "keyword.control.anchor.regexp"],
  ["[", "punctuation.definition.character-class"],
  ["A", "constant.other.character-class.set"],
  ["-", "keyword.operator.range.regexp"],
  ["\\\\d", "constant.other.character-class.escape"],
  ["{3}", "keyword.operator.quantifier.regexp"],
  ["\\\\d", "constant.other.character-class.escape"],
  ["+", "keyword.operator.quantifier.regexp"],
  ["|", "keyword.operator.or.regexp"],
  ["(?:", "punctuation.definition.group"],
  ["\\\\.", "constant.character.escape.regexp"],
  [".", "constant.other.character-class.any"],
  ["*", "keyword.operator.quantifier.regexp"],
  ["$", "keyword.control.anchor.regexp"],
  ["and", "keyword.operator.wordlike.logical", "-string"],
  ["[a]*", STRING, "-string.regexp", "-keyword"],
);
shows(
  "lists of patterns",
  'deny a when args.f like ["feat/*", own] and args.s matches [ // which\n  "[a]*"] and args.t == "[b]*";',
  ["like", "keyword.operator.wordlike.like"],
  ["[", "punctuation.section.brackets"],
  ["feat/", `${STRING}.pattern`],
  ["*", "keyword.operator.wildcard"],
  ["own", CONSTANT],
  ["]", "punctuation.section.brackets"],
  ["and", "keyword.operator.wordlike.logical"],
  ["which", "comment.line"],
  ["[a]", "string.regexp"],
  ["*", "keyword.operator.quantifier.regexp"],
  ["]", "punctuation.section.brackets", "-string"],
  ["[b]*", STRING, "-string.regexp"],
);
shows(
  "each element",
  'require every args.to[*].email[ * ]."a b" like "x" for *;',
  ["args", "variable.language"],
  ["to", PROPERTY],
  ["*", "constant.language.everything.element", "meta.path"],
  ["email", PROPERTY],
  ["*", "constant.language.everything.element"],
  ["a b", `${STRING}.key`],
  ["like", "keyword.operator.wordlike.like"],
);
shows(
  "who approves",
  'require approval by "finance" for by, @changes;',
  ["approval", KEYWORD],
  ["by", "keyword.other.approver"],
  ["finance", STRING],
  ["for", CLAUSE],
  ["by", TOOL],
  ["@changes", "support.constant.set"],
);
shows(
  "what was approved, and a tool of that name",
  'call refund {"id": 1} approved from {} -> allow; call approved approved -> deny; call shop::approved -> deny; call x approved times 2 -> deny;',
  ["approved", "keyword.other.approved"],
  ["from", "keyword.control.import"],
  ["approved", TOOL],
  ["approved", "keyword.other.approved"],
  ["approved", TOOL],
  ["approved", "keyword.other.approved"],
);
shows("words kept for later", "deny after; deny x when args.y[0].until == 1;", ["after", "keyword.other.reserved"], ["until", PROPERTY]);
shows("a class that does not end, ends with its string", 'deny a when args.s matches "[a\\"b"; allow b;', ["[", "string.regexp"], ["allow", KEYWORD]);
shows(
  "comments",
  "/// documents\n//// not this\n// plain\n// policyc: allow(dead-glob, unused-let) they come\n//policyc:allow-file(x) why",
  ["/// documents", "comment.line.documentation"],
  ["//// not this", "comment.line.double-slash", "-comment.line.documentation"],
  ["// plain", "comment.line.double-slash"],
  ["policyc:", "comment.line.double-slash.suppression", "keyword.other.directive"],
  ["allow", "keyword.control.directive"],
  ["dead-glob", "support.constant.rule-name"],
  ["unused-let", "support.constant.rule-name"],
  ["they come", "comment.line.double-slash.suppression"],
  ["allow-file", "keyword.control.directive"],
);
shows(
  "tests and their JSON",
  [
    'test "a flood" {',
    '  call send {"user": "4\\u0032", "n": [1_000, {"x": null}], "in": true} times 30 as "other" from {"role": "x"} -> allow;',
    '  call facebook::"odd tool" -> deny "why";',
    "  call refund_order -> approval;",
    "  wait 1min;",
    "}",
    "allow x;",
  ].join("\n"),
  ["test", "storage.type"],
  ["a flood", "entity.name.section.test"],
  ["{", "punctuation.section.block"],
  ["call", "keyword.control.call", "meta.call"],
  ["send", TOOL],
  ["{", "punctuation.definition.dictionary"],
  ["user", "support.type.property-name.json"],
  [":", "punctuation.separator.colon"],
  ["4", STRING],
  ["\\u0032", "constant.character.escape"],
  ["1_000", NUMBER],
  ["x", "support.type.property-name.json"],
  ["null", "constant.language.null"],
  ["in", "support.type.property-name.json", "-keyword"],
  ["true", "constant.language.boolean"],
  ["times", CLAUSE],
  ["30", NUMBER],
  ["as", CLAUSE],
  ["other", STRING],
  ["from", "keyword.control.import"],
  ["role", "support.type.property-name.json"],
  ["->", "keyword.operator.outcome"],
  ["allow", KEYWORD, "-meta.call"],
  ["facebook", "entity.name.namespace"],
  ["odd tool", STRING],
  ["deny", KEYWORD],
  ["why", STRING],
  ["approval", KEYWORD],
  ["wait", "keyword.control.step"],
  ["1", NUMBER],
  ["min", UNIT],
  ["}", "punctuation.section.block"],
  ["allow", KEYWORD],
  ["x", TOOL],
);
shows(
  "a call that is being written does not spoil the next",
  'call x_y\ncall b {"x": \n  -> allow;\nwait 1s;',
  ["x_y", TOOL],
  ["call", "keyword.control.call"],
  ["b", TOOL],
  ["->", "keyword.operator.outcome"],
  ["allow", KEYWORD],
  ["wait", "keyword.control.step"],
);
shows(
  "assertions",
  "assert limit @write 60/min for valid calls; assert approval for @financial;",
  ["assert", "keyword.control.assert"],
  ["limit", KEYWORD],
  ["for", CLAUSE],
  ["valid calls", "keyword.other.valid-calls"],
  ["approval", KEYWORD],
  ["for", CLAUSE],
  ["@financial", "support.constant.set"],
);
shows(
  "what the language does not have",
  "deny 'a' && b; # no\nlet x = 007; deny é; /* not\nthis */ allow c; let y = “z”;",
  ["'a'", "invalid.illegal.quotes"],
  ["&&", "invalid.illegal.operator"],
  ["# no", "invalid.illegal.comment"],
  ["007", "invalid.illegal.number"],
  ["é", "invalid.illegal.name"],
  ["/* not", "invalid.illegal.comment"],
  ["this */", "invalid.illegal.comment"],
  ["allow", KEYWORD],
  ["“z”", "invalid.illegal.quotes"],
);

test("long and odd lines are no trouble", () => {
  const parts = ["a.", "args.a.", 'args."', "(", "[", '"\\', "-", "*a", "@", "1_", "30/", "call a {", 'matches "[', 'like "', "x-", " ", "“", "/*", "server "];
  for (const part of parts) {
    for (const line of [part.repeat(2_000), `args${part.repeat(2_000)}`, `call a {${part.repeat(2_000)}`]) {
      const begin = performance.now();
      tokenize(rules, line);
      const took = performance.now() - begin;
      assert.ok(took < 5_000, `2000 times \`${part}\` took ${took} ms`);
    }
  }
});
