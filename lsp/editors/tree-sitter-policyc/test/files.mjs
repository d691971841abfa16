// Parses every policy of the repository, and those in its pages, and compares with the compiler: what it finds no
// syntax error in parses without ERROR and MISSING. Also looks whether the generated files are those of grammar.js,
// and whether the keywords are those of the lexer.
//
// POLICYC names the compiler, TREE_SITTER the program `tree-sitter`. POLICYC_SHARED adds its folder `conformance`.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const grammar = dirname(dirname(fileURLToPath(import.meta.url)));
const root = join(grammar, '..', '..', '..');
const treeSitter = process.env.TREE_SITTER || 'tree-sitter';
const policyc = process.env.POLICYC;
const problems = [];

function run(program, args) {
  const result = spawnSync(program, args, { cwd: grammar, encoding: 'utf8' });
  if (result.error) {
    console.error(`cannot run ${program}: ${result.error.message}`);
    process.exit(1);
  }
  return { ok: result.status === 0, text: result.stdout + result.stderr };
}

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'target' || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}

// The ```pol blocks of a page; a line `// file: NAME` begins another file.
function* blocks(page) {
  for (const [, block] of readFileSync(page, 'utf8').matchAll(/^```pol\b[^\n]*\n(.*?)^```$/gms)) {
    const [first, ...others] = block.split(/^\/\/ file: (.*)\n/m);
    yield first;
    for (let i = 0; i < others.length; i += 2) if (others[i].endsWith('.pol')) yield others[i + 1];
  }
}

// Keywords

const tokens = readFileSync(join(root, 'src/syntax/token.rs'), 'utf8');
const keywords = [...tokens.matchAll(/#\[token\("([a-z]+)", priority = 20\)\]/g)].map((match) => match[1]);
const scanner = readFileSync(join(grammar, 'src/scanner.c'), 'utf8').match(/KEYWORDS\[\] = \{(.*?)\}/s)[1];
const inGrammar = readFileSync(join(grammar, 'grammar.js'), 'utf8').match(/KEYWORDS = \[(.*?)\]/s)[1];
const words = (text) => text.match(/[a-z]+/g).join(' ');
if (words(inGrammar) !== words(scanner)) problems.push('keywords: grammar.js and src/scanner.c differ in words or order');
if (words(inGrammar).split(' ').sort().join(' ') !== [...keywords].sort().join(' ')) {
  problems.push('keywords: grammar.js has others than src/syntax/token.rs');
}

const temporary = mkdtempSync(join(tmpdir(), 'policyc-tree-sitter-'));
try {
  // Generated files. Another version of tree-sitter may write them otherwise; then nothing is said.
  const wanted = JSON.parse(readFileSync(join(grammar, 'package.json'), 'utf8')).devDependencies['tree-sitter-cli'];
  if (run(treeSitter, ['--version']).text.includes(wanted)) {
    run(treeSitter, ['generate', '--abi', '14', '--output', temporary, 'grammar.js']);
    for (const name of ['parser.c', 'grammar.json', 'node-types.json']) {
      const made = join(temporary, name);
      if (!existsSync(made) || readFileSync(made, 'utf8') !== readFileSync(join(grammar, 'src', name), 'utf8')) {
        problems.push(`src/${name} is not what grammar.js makes: npm run generate`);
      }
    }
  } else {
    console.log(`not compared: src/parser.c, for which tree-sitter ${wanted} is needed`);
  }

  // Policies

  if (!policyc) {
    console.error('POLICYC names no program: nothing tells which policies have syntax errors');
    process.exit(1);
  }
  const files = [];
  for (const folder of ['examples', 'tests', 'src/fmt/fixtures', 'docs']) {
    for (const path of walk(join(root, folder))) if (path.endsWith('.pol')) files.push([path, relative(root, path)]);
  }
  const shared = process.env.POLICYC_SHARED;
  if (shared) {
    for (const path of walk(join(shared, 'conformance'))) if (path.endsWith('.pol')) files.push([path, path]);
  }
  const pages = [join(root, 'README.md'), ...walk(join(root, 'docs'))].filter((path) => path.endsWith('.md'));
  for (const page of pages) {
    let number = 0;
    for (const text of blocks(page)) {
      number += 1;
      const path = join(temporary, `${files.length}.pol`);
      writeFileSync(path, text);
      files.push([path, `${relative(root, page)}, policy ${number}`]);
    }
  }

  let good = 0;
  let passed = 0;
  for (const [path, name] of files) {
    const format = run(policyc, ['fmt', '--check', path]);
    const sound = format.ok || !/^error\[/m.test(format.text);
    const parsed = run(treeSitter, ['parse', '--quiet', path]);
    if (sound) {
      good += 1;
      if (!parsed.ok) problems.push(`${name}: ${parsed.text.trim().split('\n').pop().replace(/.*\t/s, '')}`);
    } else if (parsed.ok) {
      passed += 1;
      if (process.env.VERBOSE) console.log(`parses, but not for policyc: ${name}\n${format.text.split('\n')[0]}`);
    }
  }
  console.log(
    `${files.length} policies, ${good} without syntax errors; of the other ${files.length - good} ` +
      `${passed} parse here too`,
  );
  if (good === 0) problems.push('no policy was found');
} finally {
  rmSync(temporary, { recursive: true });
}

for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'files: ok' : `files: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
