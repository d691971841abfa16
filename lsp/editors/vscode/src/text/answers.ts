// What the server's commands answer. The answers are read, not trusted: a server of another version must not break the editor.

export interface TestResult {
  name: string;
  passed: boolean;
  message: string | undefined;
  /** From 1. */
  line: number | undefined;
}

export interface TestRun {
  passed: number;
  failed: number;
  results: TestResult[];
}

export interface Decision {
  verdict: string;
  rule: string;
  reason: string;
  trace: string;
}

export interface Artefact {
  /** Empty if there is none. */
  text: string;
  language: "json" | "yaml";
  problems: string[];
}

export class UnexpectedAnswer extends Error {
  constructor(command: string) {
    super(`The language server gave an answer to ${command} that this version of the extension cannot read.`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function readTestRun(answer: unknown): TestRun {
  const run = fields(answer);
  if (typeof run?.["passed"] !== "number" || typeof run["failed"] !== "number") {
    throw new UnexpectedAnswer("policyc.runTests");
  }
  const results = Array.isArray(run["results"]) ? (run["results"] as unknown[]) : [];
  return {
    passed: run["passed"],
    failed: run["failed"],
    results: results.map((result) => {
      const { name, passed, message, line } = fields(result) ?? {};
      return {
        name: text(name),
        passed: passed === true,
        message: typeof message === "string" ? message : undefined,
        line: typeof line === "number" ? line : undefined,
      };
    }),
  };
}

export function readDecision(answer: unknown): Decision {
  const decision = fields(answer);
  if (typeof decision?.["verdict"] !== "string") {
    throw new UnexpectedAnswer("policyc.evalCall");
  }
  return {
    verdict: decision["verdict"],
    rule: text(decision["rule"]),
    reason: text(decision["reason"]),
    trace: trace(decision["trace"]),
  };
}

export function readArtefact(answer: unknown): Artefact {
  const artefact = fields(answer);
  if (artefact === undefined) {
    throw new UnexpectedAnswer("policyc.showArtefact");
  }
  const problems = Array.isArray(artefact["problems"]) ? (artefact["problems"] as unknown[]) : [];
  return {
    text: text(artefact["text"]),
    language: artefact["language"] === "yaml" ? "yaml" : "json",
    problems: problems.map(problem),
  };
}

function trace(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) {
    return value.join("\n");
  }
  return value === undefined || value === null ? "" : JSON.stringify(value, undefined, 2);
}

/** A problem is a sentence, or an object with one and perhaps its place. */
function problem(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  const { message, line, severity, help } = fields(value) ?? {};
  if (typeof message !== "string") {
    return JSON.stringify(value);
  }
  const place = typeof line === "number" ? `line ${line}: ` : "";
  const kind = typeof severity === "string" ? `${severity}: ` : "";
  return `${place}${kind}${message}${typeof help === "string" ? `\n  help: ${help}` : ""}`;
}
