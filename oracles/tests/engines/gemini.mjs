// Decides calls with the policy engine of Gemini CLI. A line of input is a policy file, a tab and a call; a line of output is
// the decision, a tab and the arguments as the program passes them on. Mistakes in a file end the program, unless it is
// called `*.trap.toml`. POLICYC_GEMINI is the folder of the package.
import { createInterface } from 'node:readline';

console.debug = () => {};
const policy = `${process.env.POLICYC_GEMINI}/dist/src/policy`;
const { PolicyEngine } = await import(`${policy}/policy-engine.js`);
const { loadPoliciesFromToml } = await import(`${policy}/toml-loader.js`);
const { generateValidName } = await import(`${process.env.POLICYC_GEMINI}/dist/src/tools/mcp-tool.js`);

const USER = 4;
const engines = new Map();

async function engine(file) {
  if (!engines.has(file)) {
    const { rules, errors } = await loadPoliciesFromToml([file], () => USER);
    const failed = errors.filter((error) => error.severity !== 'warning');
    if (failed.length > 0 && !file.endsWith('.trap.toml')) throw new Error(`${file}: ${JSON.stringify(failed)}`);
    engines.set(file, new PolicyEngine({ rules, approvalMode: 'default', nonInteractive: false }));
  }
  return engines.get(file);
}

const out = [];
for await (const line of createInterface({ input: process.stdin })) {
  const [file, call] = line.split('\t');
  const { server, name, arguments: args } = JSON.parse(call);
  const asked = { name: generateValidName(`${server}_${name}`), args };
  const { decision } = await (await engine(file)).check(asked, server, { _serverName: server });
  out.push(`${decision}\t${JSON.stringify(args)}`);
}
process.stdout.write(out.join('\n') + '\n');
