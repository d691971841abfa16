// Answers of the server in words.

import type { Artefact, Decision, TestRun } from "./answers";

/** One sentence for a message. */
export function summary(run: TestRun): string {
  const all = run.passed + run.failed;
  if (all === 0) {
    return "There are no tests here.";
  }
  const name = run.results.length === 1 ? run.results[0]?.name : undefined;
  if (name !== undefined) {
    return run.failed === 0 ? `The test "${name}" passes.` : `The test "${name}" fails.`;
  }
  if (run.failed === 0) {
    return all === 1 ? "The test passes." : `All ${all} tests pass.`;
  }
  return `${run.failed} of ${all} tests failed.`;
}

/** All results, for the output channel. `file` is what is shown before the line numbers. */
export function details(run: TestRun, file: string): string[] {
  const lines = run.results.flatMap((result) => {
    const place = result.line === undefined ? file : `${file}:${result.line}`;
    const head = `${result.passed ? "ok    " : "FAILED"} ${result.name}  (${place})`;
    const message = result.message === undefined ? [] : result.message.split("\n").map((line) => `         ${line}`);
    return [head, ...message];
  });
  return [...lines, `${run.passed} passed, ${run.failed} failed`];
}

/** One sentence for a message. */
export function verdict(name: string, decision: Decision): string {
  // Some rules have names such as `(default deny)`.
  const rule = decision.rule === "" ? "" : ` (${decision.rule.replace(/^\((.*)\)$/, "$1")})`;
  const reason = decision.reason === "" ? "" : `: ${decision.reason}`;
  return `${name} -> ${decision.verdict}${rule}${reason}`;
}

/** What the document of an artefact shows, and in which language. */
export function shown(artefact: Artefact): { text: string; language: string } {
  if (artefact.text !== "") {
    return { text: artefact.text, language: artefact.language };
  }
  const problems = artefact.problems.length === 0 ? ["The language server did not say why."] : artefact.problems;
  return { text: `Nothing is compiled:\n\n${problems.join("\n")}\n`, language: "plaintext" };
}
