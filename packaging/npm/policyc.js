#!/usr/bin/env node
// Starts the program, which the package for this platform carries.
"use strict";

const { spawn } = require("node:child_process");

const name = `@policyc/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "policyc.exe" : "policyc";

function find() {
  try {
    return require.resolve(`${name}/${file}`);
  } catch {
    console.error(
      `policyc: the package ${name} is not installed.\n` +
        "It is an optional dependency, which npm leaves out with --no-optional or --omit=optional, or if a lock file was made on\n" +
        "another platform: install again without these, or remove node_modules and the lock file first.\n" +
        "If there is no package for your platform, `cargo install` builds policyc.",
    );
    process.exit(2);
  }
}

const child = spawn(find(), process.argv.slice(2), { stdio: "inherit" });
// An editor that stops the server, or a terminal that is closed, knows this process alone.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`policyc: ${error.message}`);
  process.exit(2);
});
child.on("exit", (code, signal) => {
  if (signal !== null) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exit(code);
  }
});
