// Bundles the extension into dist/, and puts the grammar there, of which ../textmate has the one original.
//
//   node scripts/build.mjs [--production] [--watch]     the extension
//   node scripts/build.mjs --tests                      the tests too, into dist-test/

import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
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
  metafile: true,
};

/** The licenses of the packages within the bundle, which ask to go with it. */
async function notices({ inputs }) {
  const folders = Object.keys(inputs).flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map(async (folder) => {
    const { name, version } = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
    const license = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
    if (license === undefined) {
      throw new Error(`${name} has no license file`);
    }
    return `${name} ${version}\n\n${(await readFile(`${folder}/${license}`, "utf8")).trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

await rm("dist", { recursive: true, force: true });
await mkdir("dist");
await cp("../textmate/policyc.tmLanguage.json", "dist/policyc.tmLanguage.json");

if (flags.has("--watch")) {
  const context = await esbuild.context(extension);
  await context.watch();
} else {
  const { metafile } = await esbuild.build(extension);
  await writeFile("dist/licenses.txt", await notices(metafile));
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
