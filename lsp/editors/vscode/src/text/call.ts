// Calls as people type them.

export interface Call {
  name: string;
  [field: string]: unknown;
}

/**
 * Reads `{"name": ..., "arguments": {...}}`, or the short form of the language's own tests: `name {"argument": ...}`.
 * Throws an error with what to write instead.
 */
export function parseCall(text: string): Call {
  const input = text.trim();
  if (input === "") {
    throw new Error('Write a call, such as create_charge {"amount": 5}');
  }
  if (unsafeNumber(input)) {
    throw new Error("A number is too long for the editor to send it exactly; use `policyc eval` for this call.");
  }
  const short = /^(?:call\s+)?([A-Za-z_][^\s{"]*|"(?:[^"\\]|\\.)*")\s*(\{.*\})?$/s.exec(input);
  if (short) {
    const [, name = "", fields] = short;
    return { name: name.startsWith('"') ? (parse(name) as string) : name, arguments: fields === undefined ? {} : parse(fields) };
  }
  const call = parse(input);
  if (typeof call !== "object" || call === null || Array.isArray(call)) {
    throw new Error('A call is an object: {"name": "create_charge", "arguments": {"amount": 5}}');
  }
  if (typeof (call as Partial<Call>).name !== "string") {
    throw new Error('The call needs the name of a tool: {"name": ...}');
  }
  return call as Call;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new Error(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Whether some number could change on its way through JavaScript's. */
function unsafeNumber(input: string): boolean {
  const withoutStrings = input.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const numbers = withoutStrings.match(/(?<![\w.-])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
  return numbers.some((number) => {
    const digits = number.replace(/[eE].*$/, "").replace(/[-.]/g, "").replace(/^0+/, "");
    return digits.length > 15 || !Number.isFinite(Number(number)) || (digits !== "" && Number(number) === 0);
  });
}
