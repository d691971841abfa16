// What the server's commands answer. The answers are read, not trusted: a server of another version must not break the editor.

export interface TestResult {
  name: string;
  /** A test outside the blocks runs against every policy of the file. */
  policy: string;
  passed: boolean;
  message: string | undefined;
  /** From 1. */
  line: number | undefined;
}

export interface TestRun {
  passed: number;
  failed: number;
  results: TestResult[];
  /** Why nothing was run. */
  problem: string | undefined;
}

export interface Decision {
  verdict: string;
  rule: string;
  reason: string;
  trace: string;
  policy: string;
}

export interface Problem {
  message: string;
  help: string | undefined;
  severity: string | undefined;
  code: string | undefined;
  /** In the policy; from 1. */
  line: number | undefined;
}

export interface Artefact {
  /** Empty if there is none. */
  text: string;
  language: "json" | "yaml";
  problems: Problem[];
  target: string;
  policy: string;
  server: string;
  /** What there is to choose from. */
  policies: string[];
  servers: string[];
  targets: string[];
}

/** From 0, in UTF-16 code units. */
export interface Place {
  line: number;
  character: number;
}

export interface Places {
  source: string;
  at: Place;
  found: { uri: string; range: { start: Place; end: Place } }[];
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
      const { name, policy, passed, message, line } = fields(result) ?? {};
      return {
        name: text(name),
        policy: text(policy),
        passed: passed === true,
        message: typeof message === "string" ? message : undefined,
        line: typeof line === "number" ? line : undefined,
      };
    }),
    problem: typeof run["problem"] === "string" ? run["problem"] : undefined,
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
    policy: text(decision["policy"]),
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
    target: text(artefact["target"]),
    policy: text(artefact["policy"]),
    server: text(artefact["server"]),
    policies: names(artefact["policies"]),
    servers: names(artefact["servers"]),
    targets: names(artefact["targets"]),
  };
}

/** The arguments of `policyc.showPlaces`, which the server wrote. */
export function readPlaces(source: unknown, position: unknown, places: unknown): Places {
  const unexpected = () => new UnexpectedAnswer("textDocument/codeLens");
  const place = (value: unknown): Place => {
    const { line, character } = fields(value) ?? {};
    if (typeof line !== "number" || typeof character !== "number") {
      throw unexpected();
    }
    return { line, character };
  };
  if (typeof source !== "string" || !Array.isArray(places)) {
    throw unexpected();
  }
  const found = (places as unknown[]).map((location) => {
    const { uri, range } = fields(location) ?? {};
    const { start, end } = fields(range) ?? {};
    if (typeof uri !== "string") {
      throw unexpected();
    }
    return { uri, range: { start: place(start), end: place(end) } };
  });
  return { source, at: place(position), found };
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).filter((name) => typeof name === "string") : [];
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
function problem(value: unknown): Problem {
  const { message, line, severity, help, code } = fields(value) ?? {};
  const optional = (field: unknown) => (typeof field === "string" ? field : undefined);
  return {
    message: optional(value) ?? optional(message) ?? JSON.stringify(value),
    help: optional(help),
    severity: optional(severity),
    code: optional(code),
    line: typeof line === "number" ? line : undefined,
  };
}
