// Which program is started.

import { join } from "node:path";

/** Puts folders for `~` and `${workspaceFolder}`; `./x` is in the folder of the workspace too. */
export function expand(path: string, home: string, workspaceFolder: string | undefined): string {
  const trimmed = path.trim();
  const inFolder = workspaceFolder === undefined ? trimmed : trimmed.replaceAll("${workspaceFolder}", workspaceFolder);
  const full = inFolder.replace(/^~(?=$|[\\/])/, () => home);
  if (workspaceFolder !== undefined && /^\.\.?[\\/]/.test(full)) {
    return join(workspaceFolder, full);
  }
  return full;
}

/** Where a package for one platform carries the program. */
export function carriedIn(extension: string, platform: string): string {
  return join(extension, "bin", platform === "win32" ? "policyc.exe" : "policyc");
}

/** The program to start: the one that is set, the one that this package carries, or the one on the path. */
export function choose(set: string, carried: string, exists: (path: string) => boolean): string {
  if (set !== "") {
    return set;
  }
  return exists(carried) ? carried : "policyc";
}
