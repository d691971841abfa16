// Bundles the extension into dist/, and puts the grammar there, of which ../textmate has the one original.
//
//   node scripts/build.mjs [--production] [--watch]     the extension
//   node scripts/build.mjs --tests                      the tests too, into dist-test/

import { cp, mkdir, readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const flags = new Set(process.argv.slice(2));
process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const common = { bundle: true, platform: "node", format: "cjs", target: "node20", logLevel: "info" };
const extension = {
  ...common,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  external: ["vscode"],
  minify: flags.has("--production"),
  sourcemap: !flags.has("--production"),
};

await rm("dist", { recursive: true, force: true });
await mkdir("dist");
await cp("../textmate/policyc.tmLanguage.json", "dist/policyc.tmLanguage.json");

if (flags.has("--watch")) {
  const context = await esbuild.context(extension);
  await context.watch();
} else {
  await esbuild.build(extension);
}

if (flags.has("--tests")) {
  await rm("dist-test", { recursive: true, force: true });
  const tests = (await readdir("test")).filter((file) => file.endsWith(".test.ts"));
  await esbuild.build({
    ...common,
    entryPoints: tests.map((file) => `test/${file}`),
    outdir: "dist-test",
    packages: "external",
    sourcemap: "inline",
  });
}
