// The setting `policyc.path`.

import { join } from "node:path";

/** Puts folders for `~` and `${workspaceFolder}`; `./x` is in the folder of the workspace too. */
export function expand(path: string, home: string, workspaceFolder: string | undefined): string {
  const trimmed = path.trim();
  const inFolder = workspaceFolder === undefined ? trimmed : trimmed.replaceAll("${workspaceFolder}", workspaceFolder);
  const full = inFolder.replace(/^~(?=$|[\\/])/, () => home);
  if (workspaceFolder !== undefined && /^\.\.?[\\/]/.test(full)) {
    return join(workspaceFolder, full);
  }
  return full === "" ? "policyc" : full;
}
