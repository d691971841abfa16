// What the extension makes of answers, settings and what people type.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { UnexpectedAnswer, readArtefact, readDecision, readPlaces, readTestRun } from "../src/text/answers";
import { parseCall } from "../src/text/call";
import { carriedIn, choose, expand } from "../src/text/program";
import { details, shown, summary, verdict } from "../src/text/report";

test("a run of tests", () => {
  const run = readTestRun({
    passed: 1,
    failed: 1,
    results: [
      { name: "fine", passed: true, line: 3 },
      { name: "not fine", passed: false, message: "denied\nby deny@1", line: 7 },
    ],
  });
  assert.equal(summary(run), "1 of 2 tests failed.");
  assert.deepEqual(details(run, "x.pol"), [
    "ok     fine  (x.pol:3)",
    "FAILED not fine  (x.pol:7)",
    "         denied",
    "         by deny@1",
    "1 passed, 1 failed",
  ]);
});

test("summaries", () => {
  const run = (passed: number, failed: number, ...names: string[]) =>
    summary(readTestRun({ passed, failed, results: names.map((name) => ({ name, passed: failed === 0 })) }));
  assert.equal(run(0, 0), "There are no tests here.");
  assert.equal(run(3, 0, "a", "b", "c"), "All 3 tests pass.");
  assert.equal(run(1, 0, "a"), 'The test "a" passes.');
  assert.equal(run(0, 1, "a"), 'The test "a" fails.');
  assert.equal(run(0, 2, "a", "b"), "2 of 2 tests failed.");
  assert.equal(run(1, 1, "a", "a"), 'The test "a" fails.');
  assert.equal(summary(readTestRun({ passed: 0, failed: 1, results: [{ name: "a", passed: false, message: "why\nmore" }] })), 'The test "a" fails: why');
});

test("a test that runs against several policies is listed for each", () => {
  const result = (policy: string, passed: boolean) => ({ name: "a", policy, passed, line: 3 });
  const run = readTestRun({ passed: 1, failed: 1, results: [result("x", true), result("y", false), { ...result("x", true), name: "b" }] });
  assert.deepEqual(details(run, "p.pol").slice(0, 3), [
    "ok     a  (p.pol:3, policy x)",
    "FAILED a  (p.pol:3, policy y)",
    "ok     b  (p.pol:3)",
  ]);
});

test("a policy with errors has no tests that could run", () => {
  const run = readTestRun({ passed: 0, failed: 0, results: [], problem: "the policy has 1 error; the diagnostics say what to write" });
  assert.equal(summary(run), "No test was run: the policy has 1 error; the diagnostics say what to write.");
  assert.deepEqual(details(run, "p.pol"), [`p.pol: ${summary(run)}`]);
});

test("places of a lens", () => {
  const range = { start: { line: 1, character: 2 }, end: { line: 1, character: 4 } };
  const places = readPlaces("file:///p.pol", range.start, [{ uri: "file:///c.json", range }]);
  assert.deepEqual(places, { source: "file:///p.pol", at: range.start, found: [{ uri: "file:///c.json", range }] });
  for (const [uri, position, found] of [[1, range.start, []], ["a", {}, []], ["a", range.start, {}], ["a", range.start, [{ uri: "b" }]]]) {
    assert.throws(() => readPlaces(uri, position, found), UnexpectedAnswer);
  }
});

test("a decision", () => {
  const decision = readDecision({ verdict: "deny", rule: "deny@3", reason: "Only euros.", trace: ["step 1", "step 2"] });
  assert.equal(verdict("create_charge", decision), "create_charge -> deny (deny@3): Only euros.");
  assert.equal(verdict("a", { ...decision, rule: "(default deny)", reason: "No." }), "a -> deny (default deny): No.");
  assert.equal(decision.trace, "step 1\nstep 2");
  assert.equal(verdict("a", readDecision({ verdict: "allow", rule: "", reason: "" })), "a -> allow");
  assert.equal(readDecision({ verdict: "allow", trace: { steps: [1] } }).trace, '{\n  "steps": [\n    1\n  ]\n}');
});

test("an artefact, and none", () => {
  assert.deepEqual(shown(readArtefact({ text: "{}\n", language: "json", problems: ["stricter"] })), { text: "{}\n", language: "json", outdated: false });
  assert.deepEqual(shown(readArtefact({ text: "a: 1\n", language: "yaml" })), { text: "a: 1\n", language: "yaml", outdated: false });
  assert.deepEqual(shown(readArtefact({ text: null, problems: ["unknown tool", { line: 2, severity: "error", message: "no", help: "yes" }] })), {
    text: "Nothing is compiled:\n\nunknown tool\nline 2: error: no\n  help: yes\n",
    language: "plaintext",
    outdated: false,
  });
  assert.match(shown(readArtefact({})).text, /did not say why/);
  assert.match(shown(readArtefact({ target: "intercept" })).text, /^Nothing is compiled for intercept:/);
  const { problems, policies, targets } = readArtefact({ problems: [{ message: "stricter", severity: "warning", code: "stricter", line: 3 }], policies: ["a", 1] });
  assert.deepEqual(problems, [{ message: "stricter", help: undefined, severity: "warning", code: "stricter", line: 3 }]);
  assert.deepEqual([policies, targets], [["a"], []]);
});

test("an artefact stays while a statement is being typed", () => {
  const errors = readArtefact({ text: null, policy: "", problems: [{ message: "the policy has 1 error" }] });
  const before = { text: "{}\n", language: "json", outdated: false };
  assert.deepEqual(shown(errors, before), { ...before, outdated: true });
  assert.deepEqual(shown(errors, { ...before, outdated: true }), { ...before, outdated: true });
  assert.equal(shown(errors).language, "plaintext");
  const impossible = readArtefact({ text: null, policy: "p", problems: [{ message: "cannot be carried over" }] });
  assert.equal(shown(impossible, before).language, "plaintext");
});

test("answers of another kind are said to be so", () => {
  for (const answer of [null, undefined, 1, "x", []]) {
    assert.throws(() => readTestRun(answer), UnexpectedAnswer);
    assert.throws(() => readDecision(answer), UnexpectedAnswer);
    assert.throws(() => readArtefact(answer), UnexpectedAnswer);
  }
  assert.deepEqual(readTestRun({ passed: 0, failed: 0, results: [7] }).results.length, 1);
});

test("calls in both forms", () => {
  const call = { name: "create_charge", arguments: { amount: 5 } };
  assert.deepEqual(parseCall(' {"name": "create_charge", "arguments": {"amount": 5}} '), call);
  assert.deepEqual(parseCall('create_charge {"amount": 5}'), call);
  assert.deepEqual(parseCall('call create_charge{"amount": 5}'), call);
  assert.deepEqual(parseCall("drive.files-list"), { name: "drive.files-list", arguments: {} });
  assert.deepEqual(parseCall('"odd tool" {}'), { name: "odd tool", arguments: {} });
});

test("what is no call", () => {
  assert.throws(() => parseCall(" "), /Write a call/);
  assert.throws(() => parseCall('{"arguments": {}}'), /name of a tool/);
  assert.throws(() => parseCall("[1]"), /A call is an object/);
  assert.throws(() => parseCall('a {"x": }'), /not JSON/);
  assert.throws(() => parseCall('{"name": '), /not JSON/);
});

test("numbers that the editor would change are refused", () => {
  assert.throws(() => parseCall('a {"x": 9007199254740993}'), /too long/);
  assert.throws(() => parseCall('a {"x": 1e999}'), /too long/);
  assert.throws(() => parseCall('a {"x": 1e-999}'), /too long/);
  for (const fine of ['a {"x": 100.5, "y": 0, "z": -0.0, "e": 1e300}', 'a {"x": "9007199254740993"}', "a1234567890123456789"]) {
    assert.doesNotThrow(() => parseCall(fine), fine);
  }
});

test("the path of the program", () => {
  assert.equal(expand("policyc", "/home/me", undefined), "policyc");
  assert.equal(expand("~/bin/policyc", "/home/$&", undefined), "/home/$&/bin/policyc");
  assert.equal(expand("${workspaceFolder}/target/policyc", "/home/me", "/project"), "/project/target/policyc");
  assert.equal(expand("./bin/policyc", "/home/me", "/project"), join("/project", "bin/policyc"));
  assert.equal(expand("  ", "/home/me", undefined), "");
});

test("the program that is set comes before the one in the package, and that before the one on the path", () => {
  const carried = carriedIn("/extension", "linux");
  assert.equal(carried, join("/extension", "bin/policyc"));
  assert.equal(carriedIn("/extension", "win32"), join("/extension", "bin/policyc.exe"));
  assert.equal(choose("/opt/policyc", carried, () => true), "/opt/policyc");
  assert.equal(choose("", carried, (path) => path === carried), carried);
  assert.equal(choose("", carried, () => false), "policyc");
});
