// Answers of the server in words.

import type { Artefact, Decision, Problem, TestRun } from "./answers";

/** One sentence for a message. */
export function summary(run: TestRun): string {
  if (run.problem !== undefined) {
    return `No test was run: ${run.problem}.`;
  }
  const all = run.passed + run.failed;
  if (all === 0) {
    return "There are no tests here.";
  }
  const name = run.results[0]?.name;
  if (name !== undefined && run.results.every((result) => result.name === name)) {
    const reason = run.results.find((result) => !result.passed)?.message?.split("\n", 1)[0];
    return run.failed === 0 ? `The test "${name}" passes.` : `The test "${name}" fails${reason === undefined ? "." : `: ${reason}`}`;
  }
  if (run.failed === 0) {
    return all === 1 ? "The test passes." : `All ${all} tests pass.`;
  }
  return `${run.failed} of ${all} tests failed.`;
}

/** All results, for the output channel. `file` is what is shown before the line numbers. */
export function details(run: TestRun, file: string): string[] {
  if (run.problem !== undefined) {
    return [`${file}: ${summary(run)}`];
  }
  const names = run.results.map((result) => result.name);
  const lines = run.results.flatMap((result, index) => {
    const place = result.line === undefined ? file : `${file}:${result.line}`;
    // A test that runs against several policies is listed for each.
    const several = names.indexOf(result.name) !== index || names.lastIndexOf(result.name) !== index;
    const policy = several && result.policy !== "" ? `, policy ${result.policy}` : "";
    const head = `${result.passed ? "ok    " : "FAILED"} ${result.name}  (${place}${policy})`;
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

export interface Shown {
  text: string;
  language: string;
  /** Whether it is of a policy that has been edited since. */
  outdated: boolean;
}

/**
 * What the document of an artefact shows, and in which language. While a statement is being typed the policy has errors; then what was
 * shown before stays, so that it does not come and go with every key.
 */
export function shown(artefact: Artefact, before?: Shown): Shown {
  if (artefact.text !== "") {
    return { text: artefact.text, language: artefact.language, outdated: false };
  }
  // Of a policy with errors the server does not know which it is.
  if (artefact.policy === "" && before !== undefined && before.language !== "plaintext") {
    return { ...before, outdated: true };
  }
  const problems = artefact.problems.length === 0 ? ["The language server did not say why."] : artefact.problems.map(sentence);
  const target = artefact.target === "" ? "" : ` for ${artefact.target}`;
  return { text: `Nothing is compiled${target}:\n\n${problems.join("\n")}\n`, language: "plaintext", outdated: false };
}

function sentence({ message, help, severity, line }: Problem): string {
  const place = line === undefined ? "" : `line ${line}: `;
  const kind = severity === undefined ? "" : `${severity}: `;
  return `${place}${kind}${message}${help === undefined ? "" : `\n  help: ${help}`}`;
}
