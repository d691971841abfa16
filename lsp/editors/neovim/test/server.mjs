// A stand-in for `policyc lsp`: it knows the three commands, and answers with what it was asked, in the form that the server has.
// The real one is tried in lsp/tests/e2e/neovim.

let input = Buffer.alloc(0);
const texts = new Map();

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
  process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
  process.stdout.write(body);
}

function execute({ command, arguments: [uri, extra] }) {
  const text = texts.get(uri) ?? '';
  if (command === 'policyc.runTests') {
    const results = [{ name: `of ${extra ?? 'all'}`, policy: 'p', passed: false, message: 'one\ntwo', line: 2 }];
    return { passed: 0, failed: 1, results };
  }
  if (command === 'policyc.evalCall') {
    return { verdict: 'allow', rule: null, reason: JSON.parse(extra).name, trace: 'because\n', policy: 'p' };
  }
  const artefact = { language: 'json', target: extra ?? 'policylayer', policy: 'p', server: null, problems: [] };
  if (text.includes('broken')) return { ...artefact, text: null, problems: [{ message: 'it is broken', help: 'mend it', line: 1, severity: 'error' }] };
  return { ...artefact, text: JSON.stringify({ target: artefact.target, source: text }, null, 1) + '\n' };
}

function handle({ id, method, params }) {
  if (method === 'initialize') {
    const executeCommandProvider = { commands: ['policyc.runTests', 'policyc.evalCall', 'policyc.showArtefact'] };
    send({ id, result: { capabilities: { textDocumentSync: 1, executeCommandProvider } } });
  } else if (method === 'textDocument/didOpen') {
    texts.set(params.textDocument.uri, params.textDocument.text);
  } else if (method === 'textDocument/didChange') {
    texts.set(params.textDocument.uri, params.contentChanges.at(-1).text);
  } else if (method === 'workspace/executeCommand') {
    send({ id, result: execute(params) });
  } else if (method === 'exit') {
    process.exit(0);
  } else if (id !== undefined && method) {
    send({ id, result: null });
  }
}

process.stdin.on('data', (chunk) => {
  input = Buffer.concat([input, chunk]);
  for (;;) {
    const end = input.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(input.subarray(0, end).toString())[1]);
    if (input.length < end + 4 + length) return;
    const message = JSON.parse(input.subarray(end + 4, end + 4 + length).toString());
    input = input.subarray(end + 4 + length);
    handle(message);
  }
});
process.stdin.on('end', () => process.exit(0));
